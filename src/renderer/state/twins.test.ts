import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createInMemoryCosy } from '../../../test/support/renderer-harness/in-memory-cosy.ts'
import type { EngineId } from '../../shared/kernel/index.ts'
import { createBridge } from '../bridge/index.ts'
import { copyKeyOf, createTwins } from './twins.ts'

const FAR = 'dashscope-abc123' as EngineId
const POOL = 'openai-pool01' as EngineId

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('location', { search: '?remote=some' })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const aWindow = async () => {
  const wire = createInMemoryCosy({
    ...{ lines: 1, chapters: 1, rendered: 0, settings: {}, hasProject: true, failingLine: null },
    outputFallback: false,
  })
  const bridge = createBridge(wire, () => crypto.randomUUID())
  const twins = createTwins(bridge)
  const voice = (await bridge.call('voice.list')).find(({ source }) => source.kind === 'promptAudio')
  if (!voice) throw new Error('there is a voice with a recording')
  const { voiceId } = voice
  const jobAt = (engineId: EngineId) => twins.copies.getState().get(copyKeyOf(voiceId, engineId))
  const asked = (engineId: EngineId) => ({ voiceId, engineId, sampleUrl: null })
  return { bridge, twins, voiceId, jobAt, asked }
}

test('a copy that nobody allowed fails and says so; allowed, it runs, tells how far it is, and is forgotten when it is done', async () => {
  const { bridge, twins, voiceId, jobAt, asked } = await aWindow()
  twins.copy('enrol', asked(POOL))
  expect(jobAt(POOL)).toEqual({ kind: 'running', deed: 'enrol', progress: null })
  await vi.advanceTimersByTimeAsync(100)
  expect(jobAt(POOL)).toMatchObject({ kind: 'failed', deed: 'enrol', error: { code: 'cloud.consent-needed' } })
  twins.forgetCopy(voiceId, POOL)
  expect(jobAt(POOL)).toBeUndefined()

  await bridge.call('consent.give', { subjectId: voiceId, engineId: POOL })
  twins.copy('enrol', asked(POOL))
  await vi.advanceTimersByTimeAsync(1300)
  expect(jobAt(POOL)).toMatchObject({ kind: 'running', progress: { doneMembers: 1, totalMembers: 2 } })
  twins.forgetCopy(voiceId, POOL)
  expect(jobAt(POOL)).toMatchObject({ kind: 'running' })
  await vi.advanceTimersByTimeAsync(1300)
  expect(jobAt(POOL)).toBeUndefined()
  expect((await bridge.call('engine.list')).twins.map(({ status }) => status)).toEqual(['ready', 'ready'])
})

test('a copy that is stopped is no failure, and what was made by then stays', async () => {
  const { bridge, twins, voiceId, jobAt, asked } = await aWindow()
  await bridge.call('consent.give', { subjectId: voiceId, engineId: FAR })
  twins.copy('enrol', asked(FAR))
  await vi.advanceTimersByTimeAsync(100)
  // Asked for again while it runs, it runs once.
  twins.copy('enrol', asked(FAR))
  twins.cancelCopy(voiceId, FAR)
  await vi.advanceTimersByTimeAsync(2000)
  expect(jobAt(FAR)).toBeUndefined()
  expect((await bridge.call('engine.list')).twins.map(({ status }) => status)).toEqual(['pending'])
})

test('what endpoints have is known as they answer; one that does not is told among the others', async () => {
  const { twins } = await aWindow()
  const found = () => twins.syncs.getState().get(POOL)
  twins.sync(POOL)
  await vi.advanceTimersByTimeAsync(700)
  expect(found()).toMatchObject({ isRunning: true, progress: { doneMembers: 1, totalMembers: 3 } })
  expect(found()?.members).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1300)
  expect(found()).toMatchObject({ isRunning: false, error: null })
  expect(found()?.members.map(({ error }) => error?.code ?? null)).toEqual([null, 'cloud.unreachable', null])
  twins.sync(POOL)
  expect(found()).toMatchObject({ isRunning: true, members: [] })
  await vi.advanceTimersByTimeAsync(100)
  twins.cancelSync(POOL)
  await vi.advanceTimersByTimeAsync(700)
  expect(found()).toMatchObject({ isRunning: false, error: null })
})
