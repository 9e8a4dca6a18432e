import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { promptRecording } from '../../../../test/support/a-voice.ts'
import { writeCommunityModel } from '../../../../test/support/community-model.ts'
import { type TestFolder, temporaryFolder } from '../../../../test/support/test-disk.ts'
import { writeVoiceModel } from '../../../../test/support/tiny-voice-model.ts'
import { voiceIdSchema } from '../../../shared/kernel/index.ts'
import type { RenderRequest } from '../../../shared/render/index.ts'
import { type SpawnWorker, spawnOnNode, type WorkerChannel } from '../../worker-process/index.ts'
import { conformanceRequest, engineConformance, pcmDigest, renderWhole } from '../engine-conformance.ts'
import type { EngineDescription } from '../engine-description.ts'
import { createWorkerEngine, type WorkerEngine } from '../worker-engine.ts'
import { describeLocal } from './local-description.ts'
import { LocalEngine } from './local-engine.ts'
import type { LocalSetup } from './local-setup.ts'

const ZH = '夜色渐深。'
const EN = 'Chapter one.'

let scratch: TestFolder
let setup: LocalSetup
let description: EngineDescription
let voice: RenderRequest['voice']
const problems: unknown[] = []

const setupOf = async (
  patch: Partial<LocalSetup> = {},
): Promise<{ setup: LocalSetup; description: EngineDescription }> => {
  const patched = { ...setup, ...patch }
  return { setup: patched, description: await describeLocal(patched) }
}

beforeAll(async () => {
  scratch = temporaryFolder()
  const modelDirectory = path.join(scratch.directory, 'model')
  await writeVoiceModel('cosyvoice3', modelDirectory)
  const voicesDirectory = path.join(scratch.directory, 'voices')
  mkdirSync(voicesDirectory)
  const audioSha256 = 'ab'.repeat(32)
  const { transcript } = await promptRecording(path.join(voicesDirectory, `${audioSha256}.wav`))
  voice = {
    voiceId: voiceIdSchema.parse('voice_recorded'),
    source: { kind: 'promptAudio', audioSha256, promptText: transcript },
  }
  setup = {
    modelId: 'tiny',
    modelName: 'Tiny',
    modelDirectory,
    layout: 'bundle',
    voicesDirectory,
    featuresDirectory: path.join(scratch.directory, 'features'),
    device: 'automatic',
    certificates: [],
    memory: 'resident',
    speaking: 'whole',
    lines: 1,
    steps: 5,
  }
  description = await describeLocal(setup)
})
afterAll(() => scratch[Symbol.dispose]())

const onProblem = (error: unknown): void => {
  problems.push(error)
}
const localEngine = (): LocalEngine => new LocalEngine({ description, setup, onProblem })

describe.each(['whole', 'streamed', 'staged'] as const)('%s', (how) => {
  let made: { setup: LocalSetup; description: EngineDescription }
  beforeAll(async () => {
    made = await setupOf(how === 'staged' ? { memory: 'staged' } : { speaking: how })
  })
  engineConformance(`local CosyVoice, ${how}`, () => new LocalEngine({ ...made, onProblem }), {
    lines: [ZH, EN],
    longLine: `${ZH}${EN}`.repeat(6),
    secPerCharacter: { min: 0.02, max: 1.2 },
    isDeterministic: true,
    unreadable: null,
    request: () => ({ voice, mode: 'zeroShot' }),
  })
})

test('what is spoken depends on the voice, the mode, the instruct, the seed and the speed', async () => {
  await using engine = localEngine()
  const spoken = async (patch: Partial<RenderRequest>): Promise<string> =>
    pcmDigest(
      (await renderWhole(engine, conformanceRequest(engine, { text: EN, voice, mode: 'zeroShot', ...patch }))).pcm,
    )
  const [instruct] = engine.capabilities.instructs
  const digests = [
    await spoken({}),
    await spoken({ seed: 1 }),
    await spoken({ speed: 1.5 }),
    await spoken({ mode: 'crossLingual' }),
    await spoken({ mode: 'instruct', instruct: instruct?.text ?? '' }),
    await spoken({ mode: 'instruct', instruct: 'Please whisper.' }),
  ]
  expect(new Set(digests).size).toBe(digests.length)
  expect(await spoken({ seed: 1 })).toBe(digests[1])
})

test('memory changes nothing of the sound', async () => {
  const staged = await setupOf({ memory: 'staged' })
  await using engine = localEngine()
  await using other = new LocalEngine({ ...staged, onProblem })
  const request = conformanceRequest(engine, { text: ZH + EN, voice, mode: 'zeroShot' })
  expect(pcmDigest((await renderWhole(other, request)).pcm)).toBe(pcmDigest((await renderWhole(engine, request)).pcm))
})

test('a voice without its recording, and one that is no recording, are refused by name', async () => {
  await using engine = localEngine()
  const lost = { ...voice, source: { kind: 'promptAudio', audioSha256: 'cd'.repeat(32), promptText: '' } } as const
  await expect(
    renderWhole(engine, conformanceRequest(engine, { text: EN, voice: lost, mode: 'crossLingual' })),
  ).rejects.toMatchObject({ code: 'voice.audio-missing', params: { file: `${'cd'.repeat(32)}.wav` } })
})

test('what the engine can do is known from the manifest: the instructs of the model, its languages, a version of its own', async () => {
  expect(description.capabilities.instructs).toHaveLength(26)
  expect(description.capabilities.languages).toContain('ru')
  expect(description.capabilities.unavailable).toBeNull()
  const { description: streamed } = await setupOf({ speaking: 'streamed' })
  const { description: finer } = await setupOf({ steps: 10 })
  const versions = [description, streamed, finer].map(({ capabilities }) => capabilities.version)
  expect(new Set(versions).size).toBe(3)
})

describe('in a process of its own', () => {
  const fork = spawnOnNode(path.join(import.meta.dirname, '..'), '.ts')
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
  const hosted = (patch: Partial<EngineDescription> = {}): WorkerEngine =>
    createWorkerEngine({ ...description, ...patch }, spawnWorker, { description, setup })
  const requestOf = (text: string): RenderRequest => conformanceRequest(hosted(), { text, voice, mode: 'zeroShot' })

  test('it speaks as it does in this one, and tells where its graphs run and what memory it takes', async () => {
    await using engine = hosted()
    await using here = localEngine()
    const { pcm } = await renderWhole(engine, requestOf(ZH))
    expect(pcmDigest(pcm)).toBe(pcmDigest((await renderWhole(here, requestOf(ZH))).pcm))
    const report = await engine.report(new AbortController().signal)
    expect(report.placements.map(({ graph }) => graph)).toContain('estimator')
    expect(report.placements.every(({ provider }) => provider === 'cpu')).toBe(true)
    expect(report.peakMemoryBytes).toBeGreaterThanOrEqual(report.memoryBytes * 0.9)
  })

  test('a process that has grown too large is ended between lines, and the next line is spoken by a fresh one', async () => {
    await using engine = hosted({ memoryLimitBytes: 1 })
    const first = await renderWhole(engine, requestOf(EN))
    await channels[0]?.hasExited
    const second = await renderWhole(engine, requestOf(EN))
    expect(pcmDigest(second.pcm)).toBe(pcmDigest(first.pcm))
    expect(channels).toHaveLength(2)
  })

  test('a process that is to retire speaks its line to the end first', async () => {
    const engine = hosted()
    let retired: Promise<void> | undefined
    const { pcm } = await renderWhole(engine, requestOf(`${ZH}${EN}`.repeat(6)), {
      onBlock: () => {
        retired ??= engine.retire()
      },
    })
    expect(pcm.length).toBeGreaterThan(24_000)
    await retired
    await channels[0]?.hasExited
  })

  test('a process that dies in the middle of a line fails that line, worth trying again', async () => {
    await using engine = hosted()
    const dying = renderWhole(engine, requestOf(`${ZH}${EN}`.repeat(20)), {
      onBlock: () => channels[0]?.channel.kill(),
    })
    await expect(dying).rejects.toMatchObject({ code: 'engine.crashed', retryable: true })
    expect((await renderWhole(engine, requestOf(EN))).pcm.length).toBeGreaterThan(0)
  })
})

test('the community export speaks through the same engine', async () => {
  const modelDirectory = path.join(scratch.directory, 'community')
  await writeCommunityModel(modelDirectory)
  writeFileSync(
    path.join(modelDirectory, 'downloaded.json'),
    JSON.stringify({ formatVersion: 1, modelId: 'community', layout: 'sokuji', files: [] }),
  )
  const made = await setupOf({ modelDirectory, layout: 'sokuji' })
  await using engine = new LocalEngine({ ...made, onProblem })
  const request = conformanceRequest(engine, { text: `${EN}${ZH}`, voice, mode: 'zeroShot' })
  const { pcm } = await renderWhole(engine, request)
  expect(pcm.some((sample) => sample !== 0)).toBe(true)
  expect(pcmDigest((await renderWhole(engine, request)).pcm)).toBe(pcmDigest(pcm))
})

test('a graph that is damaged or gone is told with its name, and the model can be repaired meanwhile', async () => {
  const copy = path.join(scratch.directory, 'damaged')
  await writeVoiceModel('cosyvoice3', copy)
  const graph = path.join(copy, 'vocoder.onnx')
  const whole = readFileSync(graph)
  writeFileSync(graph, Buffer.alloc(whole.length, 7))
  const damaged = await setupOf({ modelDirectory: copy })
  await using engine = new LocalEngine({ ...damaged, onProblem })
  const request = conformanceRequest(engine, { text: EN, voice, mode: 'zeroShot' })
  await expect(renderWhole(engine, request)).rejects.toMatchObject({
    code: 'model.graph-rejected',
    params: { graph: 'vocoder.onnx' },
  })
  rmSync(graph)
  await expect(renderWhole(engine, request)).rejects.toMatchObject({ code: 'model.not-found' })
  writeFileSync(graph, whole)
  expect((await renderWhole(engine, request)).pcm.length).toBeGreaterThan(0)
  expect(problems).toEqual([])
})
