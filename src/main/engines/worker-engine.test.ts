import { afterEach, expect, test } from 'vitest'
import { type SpawnWorker, spawnOnNode, type WorkerChannel, WorkerClient } from '../worker-process/index.ts'
import { draftDescription } from './draft/draft-description.ts'
import { createDraftEngine } from './draft/draft-engine.ts'
import { conformanceRequest, engineConformance, pcmDigest, renderWhole } from './engine-conformance.ts'
import type { EngineDescription } from './engine-description.ts'
import { engineDescriptionSchema } from './engine-messages.ts'
import { toneDescription } from './tone/tone-description.ts'
import { createToneEngine } from './tone/tone-engine.ts'
import { createWorkerEngine } from './worker-engine.ts'

const ZH = '夜色渐深，城里的灯一盏盏亮起来。'

/** Runs the real entry from source in a process of its own, and remembers the processes. */
const fork = spawnOnNode(import.meta.dirname, '.ts')
let channels: { channel: WorkerChannel; hasExited: Promise<void> }[] = []
const spawnWorker: SpawnWorker = (entry) => {
  const channel = fork(entry)
  channels.push({ channel, hasExited: new Promise((resolve) => channel.onExit(() => resolve())) })
  return channel
}
afterEach(async () => {
  for (const { channel } of channels) channel.kill()
  await Promise.all(channels.map(({ hasExited }) => hasExited))
  channels = []
})

engineConformance('tone in a worker', () => createWorkerEngine(toneDescription, spawnWorker), {
  lines: [ZH, 'Chapter 1.'],
  longLine: ZH.repeat(100),
  secPerCharacter: { min: 0.06, max: 0.06 },
  isDeterministic: true,
  unreadable: null,
})

engineConformance('draft in a worker', () => createWorkerEngine(draftDescription, spawnWorker), {
  lines: [ZH, 'Chapter one. It was raining.'],
  longLine: ZH.repeat(20),
  secPerCharacter: { min: 0.03, max: 0.5 },
  isDeterministic: true,
  unreadable: { text: 'བོད་ཡིག', language: null },
})

test('a worker speaks exactly as the engine does in this process', async () => {
  await using direct = createDraftEngine()
  await using hosted = createWorkerEngine(draftDescription, spawnWorker)
  for (const { name, voiceId, source } of direct.presetVoices) {
    const request = conformanceRequest(direct, { text: ZH, voice: { voiceId, source } })
    const [there, here] = [await renderWhole(hosted, request), await renderWhole(direct, request)]
    expect(pcmDigest(there.pcm), name).toBe(pcmDigest(here.pcm))
  }
})

test('what is known without starting a worker is what the worker says of itself', async () => {
  await using client = new WorkerClient(spawnWorker, 'engine-worker')
  for (const description of [draftDescription, toneDescription] satisfies EngineDescription[]) {
    const told = await client.call('describe', { engineId: description.capabilities.engineId, setup: null })
    expect(engineDescriptionSchema.parse(told)).toEqual(description)
  }
})

test('a worker starts with the first call and ends with the engine', async () => {
  const engine = createWorkerEngine(toneDescription, spawnWorker)
  expect(engine.presetVoices.length).toBeGreaterThan(0)
  expect(channels).toHaveLength(0)
  await engine.prepare(new AbortController().signal)
  expect(channels).toHaveLength(1)
  await engine[Symbol.asyncDispose]()
  await channels[0]?.hasExited
})

test('a worker that dies while it speaks fails that line, and the next line is spoken by a fresh one', async () => {
  await using engine = createWorkerEngine(draftDescription, spawnWorker)
  const long = conformanceRequest(engine, { text: ZH.repeat(200) })
  const dying = renderWhole(engine, long, { onBlock: () => channels[0]?.channel.kill() })
  await expect(dying).rejects.toMatchObject({
    name: 'AppError',
    code: 'engine.crashed',
    retryable: true,
    remedies: ['try-again', 'report'],
  })
  const next = await renderWhole(engine, conformanceRequest(engine, { text: ZH }))
  expect(next.pcm.length).toBeGreaterThan(0)
  expect(channels).toHaveLength(2)
})

test('the blocks that came before a failure are heard before it', async () => {
  const engine = createToneEngine()
  const { blockLengths } = await renderWhole(engine, conformanceRequest(engine, { text: ZH }))
  await using hosted = createWorkerEngine(toneDescription, spawnWorker)
  const heard: number[] = []
  const killAtThird = renderWhole(hosted, conformanceRequest(hosted, { text: ZH.repeat(100) }), {
    onBlock: () => {
      heard.push(heard.length)
      if (heard.length === 3) channels[0]?.channel.kill()
    },
  })
  await expect(killAtThird).rejects.toMatchObject({ code: 'engine.crashed' })
  expect(heard.length).toBeGreaterThanOrEqual(3)
  expect(blockLengths.length).toBeGreaterThan(3)
})

test('a line that is asked of a retired engine is spoken, and its process ends', async () => {
  const engine = createWorkerEngine(toneDescription, spawnWorker)
  await engine.prepare(new AbortController().signal)
  await engine.retire()
  const { pcm } = await renderWhole(engine, conformanceRequest(engine, { text: ZH }))
  expect(pcm.length).toBeGreaterThan(0)
  expect(channels).toHaveLength(2)
  for (const { hasExited } of channels) await hasExited
})

test('a process that has grown too large is ended though lines keep coming', async () => {
  await using engine = createWorkerEngine({ ...toneDescription, memoryLimitBytes: 1 }, spawnWorker)
  const long = conformanceRequest(engine, { text: ZH.repeat(400) })
  const short = conformanceRequest(engine, { text: ZH })
  const longest = renderWhole(engine, long)
  await renderWhole(engine, short)
  const waiting = renderWhole(engine, short)
  expect(channels).toHaveLength(1)
  await Promise.all([longest, waiting])
  expect(channels).toHaveLength(2)
})
