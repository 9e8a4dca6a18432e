import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { voiceLikeSound } from '../../../../test/support/a-voice.ts'
import { relativeError } from '../../../../test/support/arrays.ts'
import { writeCommunityModel } from '../../../../test/support/community-model.ts'
import { columnsOf, peakError, someIds, someNumbers } from '../../../../test/support/run-graph.ts'
import { type TestFolder, temporaryFolder } from '../../../../test/support/test-disk.ts'
import { writeVoiceModel } from '../../../../test/support/tiny-voice-model.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { FlowInput } from '../flow/flow.ts'
import type { ModelStages } from '../model-stages.ts'
import { openBundleModel } from '../open-bundle-model.ts'
import { extractPromptFeatures } from '../prompt/prompt-features.ts'
import { openNetwork } from '../sessions.ts'
import { type SpeakingModel, type SpokenLine, speakStream, speakWhole } from '../speak.ts'
import { NO_TRACE, type Trace } from '../trace/trace.ts'
import { COMMUNITY_GRAPHS, type CommunityGraph } from './community-files.ts'
import { createCommunityDecoder } from './community-llm.ts'
import { openCommunityModel } from './open-community-model.ts'

const never = new AbortController().signal
const onProcessor = { wish: 'cpu', certificates: [] } as const
let folder: TestFolder
const opened = new AsyncDisposableStack()
let stages: ModelStages
let ownStages: ModelStages
let community: SpeakingModel
let own: SpeakingModel

const openAll = async (from: ModelStages): Promise<SpeakingModel> => ({
  description: from.description,
  llm: opened.use(await from.openLlm()),
  flow: opened.use(await from.openFlow()),
  vocoder: opened.use(await from.openVocoder()),
})

beforeAll(async () => {
  folder = temporaryFolder()
  const [ownFolder, communityFolder] = ['own', 'community'].map((name) => path.join(folder.directory, name))
  await writeVoiceModel('cosyvoice3', ownFolder ?? '')
  await writeCommunityModel(communityFolder ?? '')
  stages = await openCommunityModel(communityFolder ?? '', onProcessor)
  community = await openAll(stages)
  ownStages = await openBundleModel(ownFolder ?? '', onProcessor)
  own = await openAll(ownStages)
})
afterAll(async () => {
  await opened.disposeAsync()
  folder[Symbol.dispose]()
})

const aLine = (changes: Partial<SpokenLine> = {}): SpokenLine => ({
  promptIds: [3, 1, 4],
  textIds: [1, 5, 9, 2, 6, 5, 3, 5],
  voice: {
    promptTokens: someIds(12, 48, 1),
    promptMel: someNumbers(24 * 80, 2),
    speaker: someNumbers(192, 3),
  },
  continuesPrompt: true,
  seed: 7,
  steps: 5,
  speed: 1,
  ...changes,
})

/** Keeps what the stages make. */
const keptTrace = (given: Readonly<Record<string, readonly number[]>> = {}) => {
  const kept = new Map<string, ArrayLike<number>>()
  const trace: Trace = {
    ...NO_TRACE,
    numbers: (what) => given[what]?.slice(),
    record: (what, data) => {
      kept.set(what, Float32Array.from(data))
    },
  }
  return { trace, of: (what: string) => kept.get(what) ?? [] }
}
const streamed = async (model: SpeakingModel, line: SpokenLine, trace = NO_TRACE): Promise<Float32Array> => {
  const samples: number[] = []
  for await (const block of speakStream(model, line, { signal: never, trace })) samples.push(...block)
  return Float32Array.from(samples)
}

describe('a model of the community', () => {
  test('is described as the same model in a bundle of our own', () => {
    const { llm, flow, vocoder } = own.description
    expect(stages.description).toEqual({
      architecture: 'cosyvoice3',
      llm: { ...llm, form: 'cpu', weights: 'int4', textTable: 'float32' },
      flow: { ...flow, weights: 'fp32', modulation: { ...flow.modulation, rows: 0, width: 0 } },
      vocoder: { ...vocoder, sourceWeights: [], sourceBias: 0 },
    })
  })

  test('says a whole line as the bundle does, from the scores of its tokens to its sound', async () => {
    const forced = someIds(30, 48, 11)
    const [ours, theirs] = [keptTrace({ forced }), keptTrace({ forced })]
    const expected = await speakWhole(own, aLine(), { signal: never, trace: ours.trace })
    const found = await speakWhole(community, aLine(), { signal: never, trace: theirs.trace })
    expect(peakError(theirs.of('llm_logits'), ours.of('llm_logits'))).toBeLessThan(1e-4)
    expect(peakError(theirs.of('flow_mel'), ours.of('flow_mel'))).toBeLessThan(1e-3)
    expect(peakError(found, expected)).toBeLessThan(1e-3)
  })

  test('says a line of its own as the bundle does, the same tokens for the same seed', async () => {
    for (const seed of [7, 8]) {
      const [ours, theirs] = [keptTrace(), keptTrace()]
      const expected = await speakWhole(own, aLine({ seed }), { signal: never, trace: ours.trace })
      const found = await speakWhole(community, aLine({ seed }), { signal: never, trace: theirs.trace })
      expect(ours.of('token').length).toBeGreaterThan(10)
      expect(theirs.of('token')).toEqual(ours.of('token'))
      expect(peakError(found, expected)).toBeLessThan(1e-3)
    }
  })

  test('says a line without a prompt', async () => {
    const voice = { promptTokens: [], promptMel: new Float32Array(), speaker: someNumbers(192, 3) }
    const line = aLine({ promptIds: [], voice, continuesPrompt: false })
    const found = await speakWhole(community, line, { signal: never })
    expect(peakError(found, await speakWhole(own, line, { signal: never }))).toBeLessThan(1e-3)
  })

  test('hears a recording as the bundle does', async () => {
    await using theirs = await stages.openPromptNetworks()
    await using ours = await ownStages.openPromptNetworks()
    const options = { architecture: 'cosyvoice3' } as const
    const audio = { pcm: voiceLikeSound({ durationSec: 2, sampleRateHz: 24_000 }), sampleRateHz: 24_000 }
    const found = await extractPromptFeatures(audio, { ...options, ...theirs })
    expect(found.speechTokens.length).toBeGreaterThan(40)
    expect(found).toEqual(await extractPromptFeatures(audio, { ...options, ...ours }))
  })

  test('has the embeddings of the marks and of nothing at all', async () => {
    for (const row of ['sos', 'task'] as const) expect(await community.llm[row]()).toEqual(await own.llm[row]())
    expect(await community.llm.speech([0, 47])).toEqual(await own.llm.speech([0, 47]))
    expect(await community.llm.text([])).toEqual(new Float32Array())
    expect(await community.llm.speech([])).toEqual(new Float32Array())
  })

  test('goes on with a prompt in two ways, each as if there were no other', async () => {
    await using graphs = new AsyncDisposableStack()
    const open = async (graph: CommunityGraph) =>
      graphs.use(await openNetwork(path.join(folder.directory, 'community', COMMUNITY_GRAPHS[graph].file)))
    const networks = {
      initial: await open('llmInitial'),
      decode: await open('llmDecode'),
      head: await open('llmHead'),
    }
    const decoder = () => createCommunityDecoder(networks, stages.description.llm)
    const [prompt, one, other] = [
      await community.llm.text([1, 2, 3]),
      await community.llm.speech([4]),
      await community.llm.speech([5]),
    ]
    const alone = decoder()
    await alone.forward(prompt)
    const expected = Float32Array.from(await alone.forward(other))
    const start = decoder()
    await start.forward(prompt)
    const fork = start.fork()
    const elsewhere = Float32Array.from(await fork.forward(one))
    expect(await start.forward(other)).toEqual(expected)
    expect(elsewhere).not.toEqual(expected)
    expect([start.length, fork.length]).toEqual([4, 4])
    const atOnce = decoder()
    await atOnce.forward(prompt)
    const both = new Float32Array([...one, ...other])
    expect(await atOnce.forward(both)).toEqual(await fork.forward(other))
    expect(atOnce.length).toBe(5)
  })
})

describe('a streamed line', () => {
  test('is the whole line where that is one chunk', async () => {
    const forced = someIds(20, 48, 11)
    const line = aLine()
    const whole = await speakWhole(community, line, { signal: never, trace: keptTrace({ forced }).trace })
    const stream = await streamed(community, line, keptTrace({ forced }).trace)
    expect(peakError(stream, whole)).toBeLessThan(1e-5)
  })

  test('of several chunks has as many samples, is near the whole line, and the same every time', async () => {
    const token = someIds(70, 48, 12)
    const whole = await speakWhole(community, aLine(), { signal: never, trace: keptTrace({ token }).trace })
    const stream = await streamed(community, aLine(), keptTrace({ token }).trace)
    expect(stream).toHaveLength(70 * 960)
    expect(stream.every((sample) => Math.abs(sample) <= Math.fround(0.99))).toBe(true)
    const error = relativeError(stream, whole)
    expect(error).toBeGreaterThan(1e-5)
    expect(error).toBeLessThan(1e-3)
    expect(await streamed(community, aLine(), keptTrace({ token }).trace)).toEqual(stream)
  })

  const flowInput = (tokens: number, changes: Partial<FlowInput> = {}): FlowInput => ({
    tokens: someIds(tokens, 48, 5),
    promptMel: someNumbers(8 * 80, 2),
    speaker: someNumbers(192, 3),
    steps: 5,
    isFinal: false,
    ...changes,
  })

  test('tells the estimator exactly what comes next, as far as the flow looks ahead', async () => {
    const tokens = someIds(60, 48, 5)
    for (const isFinal of [true, false]) {
      const [found, expected] = [
        await community.flow.condition(flowInput(60, { isFinal })),
        await own.flow.condition(flowInput(60, { isFinal })),
      ]
      expect(found.frames).toBe(isFinal ? 120 : 114)
      expect(peakError(found.mu, expected.mu)).toBeLessThan(1e-5)
      expect(peakError(found.spks, expected.spks)).toBeLessThan(1e-5)
    }
    const [early, late] = [
      await community.flow.condition(flowInput(60, { tokens: tokens.slice(0, 33) })),
      await community.flow.condition(flowInput(60, { tokens })),
    ]
    expect(columnsOf(late.mu, 80, 0, 60)).toEqual(early.mu)
  })

  test('is drawn beside the frames known so far: as a bundle draws it within a chunk, and whatever the mask beyond', async () => {
    const short = flowInput(28)
    expect(peakError(await community.flow.render(short), await own.flow.render(short))).toBeLessThan(1e-3)
    const long = flowInput(60)
    const drawn = await community.flow.render(long)
    expect(drawn).toHaveLength(80 * (114 - 8))
    expect(await community.flow.render({ ...long, keepsChunkMask: true })).toEqual(drawn)
    expect(peakError(drawn, await own.flow.render(long))).toBeGreaterThan(1e-4)
  })

  test('ends with its signal', async () => {
    const cancelled = AbortSignal.abort()
    await expect(community.flow.render(flowInput(28), { signal: cancelled })).rejects.toBeInstanceOf(AppCancel)
    const mel = someNumbers(80 * 10, 8)
    await expect(community.vocoder.render(mel, { seed: 1, signal: cancelled })).rejects.toBeInstanceOf(AppCancel)
  })
})
