import fc from 'fast-check'
import { expect, test } from 'vitest'
import { onlyHandlers } from '../../../test/support/contract-handlers.ts'
import { type AppContract, appContract, type WireJobMessage } from '../../shared/contract/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { silentLog } from '../log/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import { serveContract } from './serve-contract.ts'

const server = (handlers: Partial<HandlersOf>, events: unknown[] = [], nowEpochMs = () => 0) =>
  serveContract({
    handlers: onlyHandlers(handlers),
    broadcast: (channel, payload) => events.push(structuredClone({ channel, payload })),
    checksOutputs: true,
    nowEpochMs,
    log: silentLog,
  })

const exportInput = {
  projectId: 'project_1',
  folderGrantId: null,
  fileName: 'out',
  tags: { title: '', author: '', album: '' },
  formats: [{ format: 'opus', sampleRateHz: 24000, channelCount: 1, bitrateKbps: 48 }],
}
const started = async (handlers: Partial<HandlersOf>, nowEpochMs?: () => number) => {
  const messages: WireJobMessage[] = []
  const contract = server(handlers, [], nowEpochMs)
  const answer = await contract.start({ channel: 'export.run', input: exportInput, jobId: 'job_1' }, (message) =>
    messages.push(structuredClone(message)),
  )
  return { contract, answer, messages }
}

test('ten thousand malformed messages are all refused by name and reach no handler', async () => {
  const contract = server({})
  const channels = Object.keys(appContract)
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true })
  const message = fc.oneof(
    anything,
    fc.record({
      channel: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString')),
      input: anything,
    }),
    fc.record({ channel: fc.constantFrom(...channels), input: anything, jobId: anything }),
  )
  const refusals = new Set<string>()
  let sent = 0
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom('call' as const, 'start' as const), async (value, kind) => {
      // A command without input is the one thing that random values can get right; it is no malformed message.
      const channel = (value as { channel?: keyof AppContract } | null)?.channel
      const row = channel && Object.hasOwn(appContract, channel) ? appContract[channel] : undefined
      if (row && row.kind !== 'event' && row.input.safeParse((value as { input?: unknown }).input).success) return
      sent += 1
      const answer = kind === 'call' ? await contract.call(value) : await contract.start(value, () => undefined)
      expect(answer.ok).toBe(false)
      if (!answer.ok) refusals.add(answer.error.code)
      contract.cancel(value)
    }),
    { numRuns: 10_500 },
  )
  expect(sent).toBeGreaterThan(10_000)
  expect([...refusals].sort()).toEqual(['contract.invalid-input', 'contract.unknown-channel'])
  expect(contract.runningJobs()).toEqual([])
})

test('a failure travels as a value, and one that nobody named is called a bug', async () => {
  const contract = server({
    'project.open': () => {
      throw new AppError('project.not-found', { remedies: ['reload-project'] })
    },
    'project.list': () => {
      throw new TypeError('oops')
    },
  })
  const named = await contract.call({ channel: 'project.open', input: { projectId: 'project_1' } })
  expect(named).toMatchObject({ ok: false, error: { code: 'project.not-found', remedies: ['reload-project'] } })
  const unnamed = await contract.call({ channel: 'project.list', input: undefined })
  expect(unnamed).toMatchObject({ ok: false, error: { code: 'internal.bug' } })
})

test('an output that breaks the contract is found where it is made', async () => {
  const contract = server({ 'project.create': () => ({ projectId: 'nonsense' }) as never })
  const answer = await contract.call({ channel: 'project.create', input: { title: 'x' } })
  expect(answer).toMatchObject({ ok: false, error: { code: 'contract.invalid-input' } })
})

test('a job reports progress, then items, then exactly one end', async () => {
  const { contract, answer, messages } = await started({
    'export.run': async (_input, job) => {
      job.progress({ doneSamples: 1, totalSamples: 2 })
      job.progress({ doneSamples: 2, totalSamples: 2 })
      return { files: [], unrenderedLines: 0 }
    },
  })
  await contract.close()
  expect(answer).toEqual({ ok: true, output: undefined })
  expect(messages.map((message) => message.kind)).toEqual(['progress', 'progress', 'done'])
  expect(messages[1]).toMatchObject({ progress: { doneSamples: 2 } })
})

test('progress is coalesced to ten a second and never loses the last word', async () => {
  let now = 0
  const { contract, messages } = await started(
    {
      'export.run': async (_input, job) => {
        for (let doneSamples = 1; doneSamples <= 1000; doneSamples++) {
          now += 1
          job.progress({ doneSamples, totalSamples: 1000 })
        }
        return { files: [], unrenderedLines: 0 }
      },
    },
    () => now,
  )
  await contract.close()
  const progress = messages.filter((message) => message.kind === 'progress')
  expect(progress.length).toBeLessThanOrEqual(12)
  expect(progress.at(-1)).toMatchObject({ progress: { doneSamples: 1000 } })
})

test('cancelling ends a job as cancelled, not as failed', async () => {
  const { contract, messages } = await started({
    'export.run': (_input, job) =>
      new Promise((_resolve, reject) => job.signal.addEventListener('abort', () => reject(new AppCancel()))),
  })
  expect(contract.runningJobs()).toHaveLength(1)
  contract.cancel({ jobId: 'job_1' })
  await contract.close()
  expect(messages).toEqual([{ jobId: 'job_1', kind: 'cancelled' }])
  expect(contract.runningJobs()).toEqual([])
})

test('a job id that is in use cannot be started again', async () => {
  const { contract } = await started({
    'export.run': (_input, job) =>
      new Promise((_resolve, reject) => job.signal.addEventListener('abort', () => reject(new AppCancel()))),
  })
  const again = await contract.start({ channel: 'export.run', input: exportInput, jobId: 'job_1' }, () => undefined)
  expect(again).toMatchObject({ ok: false, error: { code: 'contract.invalid-input' } })
  await contract.close()
})

test('events are checked against the table before they leave', () => {
  const events: unknown[] = []
  const contract = server({}, events)
  contract.emit('project.changed', { projectIds: [] })
  expect(events).toEqual([{ channel: 'project.changed', payload: { projectIds: [] } }])
  expect(() => contract.emit('project.changed', { projectIds: ['x'] } as never)).toThrow()
})
