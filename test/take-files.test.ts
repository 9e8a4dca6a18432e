import { rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { exportProject, importScript } from '../src/main/studio/index.ts'
import type { TakeId } from '../src/shared/kernel/index.ts'
import { anEngineId } from './support/a-project.ts'
import { aStudio } from './support/a-studio.ts'
import { temporaryFolder } from './support/test-disk.ts'

const script = new TextEncoder().encode('One line.\nAnother line.\nA third.\n')

test('a take file deleted behind the app’s back stops the export by name, and its line counts as never rendered', async () => {
  using folder = temporaryFolder()
  const removed: TakeId[] = []
  await using studio = aStudio(folder.directory, {
    defaultEngineId: () => anEngineId('tone'),
    onTakesRemoved: (_projectId, takeIds) => removed.push(...takeIds),
  })
  await studio.start()
  const projectId = studio.createProject('Three', 'Narrator')
  importScript(studio, projectId, { name: 'three.txt', bytes: script }, {}, 'replace')
  await studio.enqueue(projectId, { kind: 'project' })
  await studio.queue.whenIdle()
  const [first] = studio.listTakes(projectId, null)
  if (!first) throw new Error('nothing was rendered')
  rmSync(studio.takePath(first.takeId) ?? '')

  const out = path.join(folder.directory, 'out.wav')
  const exported = () =>
    exportProject(studio, projectId, {
      files: [{ path: out, settings: { format: 'wav', sampleRateHz: 24000, channelCount: 1, sampleFormat: 'int16' } }],
      tags: { title: '', author: '', album: '' },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onFile: () => undefined,
    })
  await expect(exported()).rejects.toMatchObject({ code: 'take.missing', remedies: ['render-first'] })
  expect(removed).toEqual([first.takeId])
  expect(studio.unrenderedLineIds(projectId)).toEqual([first.lineId])

  const again = await studio.enqueue(projectId, { kind: 'project' })
  expect(again).toMatchObject({ queuedLines: 1, readyLines: 2 })
  await studio.queue.whenIdle()
  expect(await exported()).toHaveLength(1)
})

test('what disappeared while the app was closed is noticed when it starts', async () => {
  using folder = temporaryFolder()
  const engine = { defaultEngineId: () => anEngineId('tone') }
  const projectId = await (async () => {
    await using studio = aStudio(folder.directory, engine)
    await studio.start()
    const created = studio.createProject('Three', 'Narrator')
    importScript(studio, created, { name: 'three.txt', bytes: script }, {}, 'replace')
    await studio.enqueue(created, { kind: 'project' })
    await studio.queue.whenIdle()
    return created
  })()
  rmSync(path.join(folder.directory, 'takes'), { recursive: true })
  await using studio = aStudio(folder.directory, engine)
  expect(await studio.missingTakes()).toHaveLength(3)
  await studio.start()
  expect(studio.listTakes(projectId, null)).toEqual([])
  expect(studio.unrenderedLineIds(projectId)).toHaveLength(3)
})
