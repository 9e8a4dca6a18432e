import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAudio } from '../../src/main/audio-file/index.ts'
import {
  extractPromptFeatures,
  layoutPrompt,
  type ModelFolder,
  openFlow,
  openLlm,
  openPromptNetworks,
  openTokenizer,
  openVocoder,
  type PromptFeatures,
  type PromptMode,
  type SpeakingModel,
  type SpokenLine,
  speakStream,
  speakWhole,
  type TextTokenizer,
} from '../../src/main/cosyvoice/index.ts'
import { generateSpeech } from '../../src/main/cosyvoice/llm/generate.ts'
import { implausible } from '../../src/main/cosyvoice/llm/plausible-length.ts'
import { createSeededRandom } from '../../src/main/cosyvoice/llm/seeded-random.ts'
import { checkBundle, openBundle } from '../../src/main/model-bundle/index.ts'
import { concatFloat32 } from '../../src/shared/audio/index.ts'
import { promptRecording, voiceLikeSound } from './a-voice.ts'
import { highestMagnitude, levelDb } from './decode.ts'
import { type TestFolder, temporaryFolder } from './test-disk.ts'
import { writeVoiceModel } from './tiny-voice-model.ts'

const signal = new AbortController().signal
const TEXTS = ['Hi.', 'Good evening.', '你好，夜船已经开了。', 'The night boat left, and nobody on the bank waved.']

const openTexts = ({ directory, description: { architecture } }: ModelFolder): Promise<TextTokenizer> =>
  openTokenizer({
    vocabFile: path.join(directory, 'vocab.json'),
    mergesFile: path.join(directory, 'merges.txt'),
    architecture,
  })

const openStages = async (folder: ModelFolder, stack: AsyncDisposableStack): Promise<SpeakingModel> => ({
  description: folder.description,
  llm: stack.use(await openLlm(folder)),
  flow: stack.use(await openFlow(folder)),
  vocoder: stack.use(await openVocoder(folder)),
})

describe.each(['cosyvoice2', 'cosyvoice3'] as const)('a tiny %s that speaks', (architecture) => {
  let scratch: TestFolder
  const opened = new AsyncDisposableStack()
  let folder: ModelFolder
  let tokenizer: TextTokenizer
  let model: SpeakingModel
  let transcript: string
  let features: PromptFeatures

  const featuresOf = async (file: string): Promise<PromptFeatures> => {
    const { speechCodes } = folder.description.flow
    await using networks = await openPromptNetworks(folder.directory, { architecture, speechCodes })
    return await extractPromptFeatures(await readAudio(file, { longestSec: 31 }), { architecture, ...networks })
  }
  const lineOf = (text: string, mode: PromptMode = { mode: 'zero-shot', transcript }, voice = features): SpokenLine => {
    const { promptIds, textIds, usesPromptSpeech } = layoutPrompt(tokenizer, { ...mode, text })
    const { speechTokens, mel, speaker } = voice
    return {
      promptIds,
      textIds,
      continuesPrompt: usesPromptSpeech,
      voice: { promptTokens: speechTokens, promptMel: mel, speaker },
      seed: 1,
      steps: 5,
      speed: 1,
    }
  }

  beforeAll(async () => {
    scratch = temporaryFolder()
    folder = await writeVoiceModel(architecture, path.join(scratch.directory, 'model'))
    tokenizer = await openTexts(folder)
    model = await openStages(folder, opened)
    const recording = promptRecording(path.join(scratch.directory, 'prompt.wav'))
    transcript = recording.transcript
    features = await featuresOf(recording.file)
  })
  afterAll(async () => {
    await opened.disposeAsync()
    scratch[Symbol.dispose]()
  })

  test('is a whole bundle that lacks nothing', async () => {
    const { manifest } = await openBundle(folder.directory)
    expect(manifest.missing).toEqual([])
    await checkBundle(folder.directory, { signal, onBytes: () => undefined })
  })

  test('is the same every time it is written, in folders of its own', async () => {
    const again = await writeVoiceModel(architecture, path.join(scratch.directory, 'again'))
    const { manifest } = await openBundle(again.directory)
    expect(manifest).toEqual((await openBundle(folder.directory)).manifest)
    expect(again).toEqual({ ...folder, directory: path.join(scratch.directory, 'again') })
  })

  test('has a row for every id that its tokenizer gives', async () => {
    const rows = folder.description.llm.textVocabularySize
    const last = architecture === 'cosyvoice3' ? '[ǜ]' : '[mn]'
    expect(tokenizer.encode(last, { marks: 'sounds' })).toEqual([rows - 1])
    const table = await model.llm.text(Array.from({ length: rows }, (_, id) => id))
    const { hiddenSize } = folder.description.llm
    const distinct = new Set(
      Array.from({ length: rows }, (_, row) => table.subarray(row * hiddenSize, (row + 1) * hiddenSize).join()),
    )
    expect(distinct.size).toBe(rows)
  })

  test('hears who speaks, and what', async () => {
    const { speechTokens, melFrames, speaker } = features
    expect(melFrames).toBe(150)
    expect(speechTokens).toHaveLength(75)
    expect(new Set(speechTokens).size).toBeGreaterThan(10)
    const other = path.join(scratch.directory, 'other.wav')
    promptRecording(other, { durationSec: 2, sampleRateHz: 16_000 })
    const heard = await featuresOf(other)
    expect(heard.speechTokens).toHaveLength(50)
    expect(heard.speaker).not.toEqual(speaker)
    expect(Math.hypot(...speaker)).toBeGreaterThan(1)
    const said = await speakWhole(model, lineOf('Good evening.'), { signal })
    expect(await speakWhole(model, lineOf('Good evening.', undefined, heard), { signal })).not.toEqual(said)
    const withOtherSpeaker = { ...features, speaker: heard.speaker }
    expect(await speakWhole(model, lineOf('Good evening.', undefined, withOtherSpeaker), { signal })).not.toEqual(said)
  })

  test('ends its lines by itself', async () => {
    for (const text of TEXTS) {
      const { promptIds, textIds } = lineOf(text)
      const ids = [...promptIds, ...textIds]
      const { llm } = model
      const prompt = concatFloat32([
        await llm.sos(),
        await llm.text(ids),
        await llm.task(),
        await llm.speech(features.speechTokens),
      ])
      const lengths: number[] = []
      for (let seed = 0; seed < 20; seed++) {
        let tokens = 0
        const drawn = generateSpeech({
          decoder: llm.decoder(),
          prompt,
          speechRow: (id) => llm.speech([id]),
          description: folder.description.llm,
          textTokens: textIds.length,
          random: createSeededRandom(seed),
        })
        for await (const _ of drawn) tokens++
        lengths.push(tokens)
        expect(implausible({ tokens, textTokens: textIds.length }), `${text}, seed ${seed}: ${tokens}`).toBeUndefined()
      }
      expect(new Set(lengths).size, text).toBeGreaterThan(3)
    }
  })

  test.each([
    ['zero-shot', 'Good evening.', undefined],
    ['zero-shot', '你好。', undefined],
    ['cross-lingual', '你好。', { mode: 'cross-lingual' }],
    ['instruct', 'Good evening.', { mode: 'instruct', instruct: 'Speak slowly.' }],
  ] as const)('speaks in mode %s, whole and streamed, %s', async (_mode, text, mode) => {
    const problems: string[] = []
    const line = lineOf(text, mode)
    const whole = await speakWhole(model, line, { signal, onProblem: (problem) => problems.push(problem) })
    expect(problems).toEqual([])
    expect(await speakWhole(model, line, { signal })).toEqual(whole)
    expect(await speakWhole(model, { ...line, seed: 2 }, { signal })).not.toEqual(whole)
    const blocks: Float32Array[] = []
    for await (const block of speakStream(model, line, { signal })) blocks.push(block)
    for (const pcm of [whole, concatFloat32(blocks)]) {
      expect(pcm.length).toBeGreaterThanOrEqual(line.textIds.length * 2 * 960)
      expect(levelDb(pcm)).toBeGreaterThan(-40)
      expect(highestMagnitude(pcm)).toBeLessThanOrEqual(1)
    }
    expect(concatFloat32(blocks).length).toBe(whole.length)
  })

  test.each([
    { precision: 'cpu' },
    { precision: 'cpu', llmWeights: 'int4' },
    // In 16 bits the keys of this form can only stay where they were made; the processor gives them back.
    { precision: 'gpu', llmWeights: 'fp32' },
  ] as const)('speaks with %o too', async (precision) => {
    await using stack = new AsyncDisposableStack()
    const name = Object.values(precision).join('-')
    const other = await writeVoiceModel(architecture, path.join(scratch.directory, name), precision)
    expect((await openBundle(other.directory)).manifest.precision).toBe(precision.precision)
    expect(other.description.llm).toMatchObject({
      form: precision.precision,
      weights: 'llmWeights' in precision ? precision.llmWeights : 'int8',
    })
    const problems: string[] = []
    const onProblem = (problem: string) => problems.push(problem)
    const pcm = await speakWhole(await openStages(other, stack), lineOf('你好。'), { signal, onProblem })
    expect(problems).toEqual([])
    expect(levelDb(pcm)).toBeGreaterThan(-40)
  })
})

test('a recording is as long as it is asked to be, the same every time, and has pauses between its sounds', async () => {
  using scratch = temporaryFolder()
  const files = ['a.wav', 'b.wav'].map((name) => path.join(scratch.directory, name))
  for (const file of files) promptRecording(file, { durationSec: 4, sampleRateHz: 44_100 })
  const [first = '', second = ''] = files
  expect(readFileSync(second)).toEqual(readFileSync(first))
  const { pcm, sampleRateHz } = await readAudio(first, { longestSec: 31 })
  expect([pcm.length, sampleRateHz]).toEqual([4 * 44_100, 44_100])
  const sound = voiceLikeSound({ durationSec: 4, sampleRateHz: 16_000 })
  expect(sound).toHaveLength(64_000)
  const levels = Array.from({ length: 80 }, (_, index) => levelDb(sound, index * 800, (index + 1) * 800))
  expect(levels.filter((level) => level > -30).length).toBeGreaterThan(40)
  expect(levels.filter((level) => level < -50).length).toBeGreaterThan(8)
})
