import { expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import { HARNESS_PROJECT } from '../../../test/support/renderer-harness/sample-records.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { createBridge } from './bridge.ts'

const aWire = () =>
  createInMemoryCosy({
    lines: 6,
    chapters: 1,
    rendered: 1,
    settings: {},
    hasProject: true,
    failingLine: null,
    outputFallback: false,
  })
const aBridge = (wire = aWire()) => createBridge(wire, () => crypto.randomUUID())
const exportInput = {
  projectId: HARNESS_PROJECT,
  folderGrantId: null,
  fileName: 'out',
  tags: { title: '', author: '', album: '' },
  formats: [
    { format: 'wav' as const, sampleRateHz: 24000 as const, channelCount: 1 as const, sampleFormat: 'int16' as const },
  ],
}

test('a failure comes back as the error main named', async () => {
  const failed = aBridge().call('project.undo', { projectId: HARNESS_PROJECT })
  await expect(failed).rejects.toBeInstanceOf(AppError)
  await expect(failed).rejects.toMatchObject({ code: 'project.nothing-to-undo' })
})

test('a job reports progress and items, then its output', async () => {
  const progress = vi.fn()
  const item = vi.fn()
  const { files } = await aBridge().start('export.run', exportInput, { progress, item }).result
  expect(files).toHaveLength(1)
  expect(item).toHaveBeenCalledTimes(1)
  expect(progress.mock.calls.at(-1)?.[0]).toMatchObject({ doneSamples: progress.mock.calls[0]?.[0].totalSamples })
})

test('a job that is cancelled rejects with a cancel, not an error', async () => {
  const job = aBridge().start('export.run', exportInput, { progress: () => job.cancel() })
  await expect(job.result).rejects.toBeInstanceOf(AppCancel)
})

test('a window that loads while a job runs finds it, hears it to its end, and can cancel it', async () => {
  for (const cancels of [false, true]) {
    const wire = aWire()
    const { jobId, result } = aBridge(wire).start('export.run', exportInput)
    const first = result.catch((error: unknown) => error)
    const reloaded = aBridge(wire)
    const item = vi.fn()
    const watched = reloaded.watch('export.run', jobId, { item })
    if (cancels) {
      watched.cancel()
      await expect(watched.result).rejects.toBeInstanceOf(AppCancel)
    } else expect((await watched.result).files).toHaveLength(item.mock.calls.length)
    await first
  }
})

test('an event reaches those who listen, until they stop', async () => {
  const bridge = aBridge()
  const heard = vi.fn()
  const stop = bridge.on('settings.changed', heard)
  await bridge.call('settings.change', { theme: 'dark' })
  stop()
  await bridge.call('settings.change', { theme: 'light' })
  expect(heard).toHaveBeenCalledTimes(1)
  expect(heard.mock.calls[0]?.[0]).toMatchObject({ theme: 'dark' })
})
