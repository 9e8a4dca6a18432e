import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { promptRecording, voiceLikeSound } from '../../../test/support/a-voice.ts'
import { type TestFolder, temporaryFolder } from '../../../test/support/test-disk.ts'
import { writeVoiceModel } from '../../../test/support/tiny-voice-model.ts'
import { concatFloat32 } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { readAudio } from '../audio-file/index.ts'
import type { ModelStages } from './model-stages.ts'
import { openBundleModel } from './open-bundle-model.ts'
import { type PromptAudio, trimSilence } from './prompt/trim-silence.ts'
import type { SpokenVoice } from './speak.ts'
import { createSpeaker, type Speaker, type SpeakerOptions, type TextLine, TRIM_BELOW_PEAK_DB } from './speaker.ts'

const never = new AbortController().signal
const LONG = 'The night boat left, and nobody on the bank waved. '.repeat(8)

let scratch: TestFolder
let stages: ModelStages
let audio: PromptAudio
let voice: SpokenVoice
const opened: Speaker[] = []
beforeAll(async () => {
  scratch = temporaryFolder()
  const { directory } = await writeVoiceModel('cosyvoice3', path.join(scratch.directory, 'model'))
  stages = await openBundleModel(directory, { wish: 'cpu', certificates: [] })
  const { file } = promptRecording(path.join(scratch.directory, 'prompt.wav'))
  audio = await readAudio(file, { longestSec: 31, signal: never })
  await using speaker = createSpeaker({ stages, memory: 'staged' })
  voice = await speaker.listen(audio, { signal: never })
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((speaker) => speaker[Symbol.asyncDispose]()))
})
afterAll(() => scratch[Symbol.dispose]())

/** The model, and which of its parts are open. */
const watched = (patch: Partial<ModelStages> = {}) => {
  const counts = new Map<string, number>()
  const open = new Set<string>()
  const seen = new Set<string>()
  const patched = { ...stages, ...patch }
  const watch =
    <Stage extends AsyncDisposable>(name: string, opener: () => Promise<Stage>) =>
    async (): Promise<Stage> => {
      const stage = await opener()
      counts.set(name, (counts.get(name) ?? 0) + 1)
      open.add(name)
      seen.add([...open].toSorted().join(' '))
      return {
        ...stage,
        [Symbol.asyncDispose]: async () => {
          open.delete(name)
          await stage[Symbol.asyncDispose]()
        },
      }
    }
  const model: ModelStages = {
    ...patched,
    openLlm: watch('llm', patched.openLlm),
    openFlow: watch('flow', patched.openFlow),
    openVocoder: watch('vocoder', patched.openVocoder),
    openPromptNetworks: watch('prompt', patched.openPromptNetworks),
  }
  return { model, open, seen, openings: () => Object.fromEntries(counts) }
}

const aSpeaker = (model: ModelStages, options: Partial<SpeakerOptions> = {}): Speaker => {
  const speaker = createSpeaker({ stages: model, memory: 'resident', ...options })
  opened.push(speaker)
  return speaker
}
const aLine = (text: string, patch: Partial<TextLine> = {}): TextLine => ({
  ...{ text, language: null, prompt: { mode: 'cross-lingual' }, voice, seed: 1 },
  ...{ steps: 5, speed: 1, normalises: true, isStreamed: false },
  ...patch,
})
const spoken = async (speaker: Speaker, line: TextLine, signal = never): Promise<Float32Array> => {
  const blocks: Float32Array[] = []
  for await (const block of speaker.speak(line, { signal })) blocks.push(block)
  return concatFloat32(blocks)
}
/** What fails the first time it is asked. */
const failingOnce = <Result>(error: Error, then: () => Promise<Result>): (() => Promise<Result>) => {
  let isFirst = true
  return async () => {
    if (!isFirst) return then()
    isFirst = false
    throw error
  }
}
const corrupt = (): AppError => new AppError('model.corrupt', { params: { file: 'vocoder.onnx' } })

test('a resident model is opened once for all lines and closed with its speaker', async () => {
  const { model, open, openings } = watched()
  const speaker = aSpeaker(model)
  await speaker.load(never)
  for (const text of ['Hello.', 'Good evening.']) await spoken(speaker, aLine(text))
  await Promise.all([spoken(speaker, aLine('Hello.')), spoken(speaker, aLine('Hello.', { isStreamed: true }))])
  expect(openings()).toEqual({ llm: 1, flow: 1, vocoder: 1 })
  await speaker[Symbol.asyncDispose]()
  expect([...open]).toEqual([])
})

test('a staged model has one part in memory at a time, changes it once for lines that come together, and sounds the same', async () => {
  const { model, seen, openings } = watched()
  const staged = aSpeaker(model, { memory: 'staged' })
  const texts = ['Hello.', 'Good evening.', '你好。']
  const together = await Promise.all(texts.map((text) => spoken(staged, aLine(text))))
  expect([...seen].toSorted()).toEqual(['flow', 'flow vocoder', 'llm'])
  expect(openings()).toEqual({ llm: 1, flow: 1, vocoder: 1 })
  const resident = aSpeaker(stages)
  for (const [index, text] of texts.entries())
    expect(await spoken(resident, aLine(text)), text).toEqual(together[index])
})

test.each(['resident', 'staged'] as const)(
  'a part that does not open fails that line by its name, leaves nothing open, and is tried again, %s',
  async (memory) => {
    const { model, open } = watched({ openVocoder: failingOnce(corrupt(), stages.openVocoder) })
    const speaker = aSpeaker(model, { memory })
    await expect(spoken(speaker, aLine('Hello.'))).rejects.toMatchObject({ code: 'model.corrupt' })
    expect([...open]).toEqual([])
    expect((await spoken(speaker, aLine('Hello.'))).length).toBeGreaterThan(0)
  },
)

test('a tokenizer that does not open is tried again', async () => {
  const speaker = aSpeaker({ ...stages, openTokenizer: failingOnce(corrupt(), stages.openTokenizer) })
  await expect(speaker.load(never)).rejects.toMatchObject({ code: 'model.corrupt' })
  await speaker.load(never)
  expect((await spoken(speaker, aLine('Hello.'))).length).toBeGreaterThan(0)
})

test('a line that holds no sound is refused before anything is opened', async () => {
  const { model, openings } = watched()
  await expect(spoken(aSpeaker(model), aLine(' … !'))).rejects.toMatchObject({ code: 'engine.nothing-to-say' })
  expect(openings()).toEqual({})
})

test.each(['ja', 'ja-JP', null])('Japanese is read in katakana where its language is %s', async (language) => {
  const read: string[] = []
  const openKatakana = async () => (text: string) => {
    read.push(text)
    return 'オハヨー'
  }
  const speaker = aSpeaker(stages, { openKatakana })
  const line = aLine('お早う。', { language, prompt: { mode: 'zero-shot', transcript: 'おやすみ。' } })
  expect((await spoken(speaker, line)).length).toBeGreaterThan(0)
  expect(new Set(read)).toEqual(new Set(['お早う。', 'おやすみ。']))
})

test('what is no Japanese needs no reader, and a reader that does not open is tried again', async () => {
  const openKatakana = failingOnce(new Error('no dictionary'), async () => () => 'オハヨー')
  const speaker = aSpeaker(stages, { openKatakana })
  for (const text of ['Good morning.', '早上好。']) await spoken(speaker, aLine(text))
  await expect(spoken(speaker, aLine('おはよう。'))).rejects.toThrow('no dictionary')
  expect((await spoken(speaker, aLine('おはよう。'))).length).toBeGreaterThan(0)
})

test('a voice that several lines ask for at once is heard once, though the first of them gives up', async () => {
  let hearings = 0
  const { model, openings } = watched({
    openPromptNetworks: async () => {
      const networks = await stages.openPromptNetworks()
      return {
        ...networks,
        speakerVector: (fbank, frames) => {
          hearings++
          return networks.speakerVector(fbank, frames)
        },
      }
    },
  })
  const speaker = aSpeaker(model, { memory: 'staged' })
  const controller = new AbortController()
  const first = speaker.listen(audio, { signal: controller.signal })
  const others = [1, 2, 3].map(() => speaker.listen(audio, { signal: never }))
  controller.abort()
  await expect(first).rejects.toBeInstanceOf(AppCancel)
  for (const heard of await Promise.all(others)) expect(heard).toEqual(voice)
  expect(hearings).toBe(1)
  expect(openings()).toEqual({ prompt: 1 })
  const pcm = voiceLikeSound({ durationSec: 2, sampleRateHz: 24_000 })
  expect(await speaker.listen({ pcm, sampleRateHz: 24_000 }, { signal: never })).not.toEqual(voice)
  expect(hearings).toBe(2)
})

test('a voice for streams has some silence before it where its model draws in chunks', async () => {
  const speaker = aSpeaker(stages, { memory: 'staged' })
  const recording = trimSilence(audio, TRIM_BELOW_PEAK_DB)
  const whole = await speaker.listen(recording, { signal: never })
  const streamed = await speaker.listen(recording, { signal: never, isStreamed: true })
  expect([whole.promptTokens.length, streamed.promptTokens.length]).toEqual([75, 78])
  expect(streamed.promptMel).toHaveLength(78 * 2 * 80)
  const other = aSpeaker({ ...stages, streamsInChunks: false }, { memory: 'staged' })
  expect(await other.listen(recording, { signal: never, isStreamed: true })).toEqual(whole)
})

test.each(['resident', 'staged'] as const)(
  'a line that is cancelled on the way, or left, makes room for the next, %s',
  async (memory) => {
    const speaker = aSpeaker(stages, { memory })
    const controller = new AbortController()
    const cancelled = async (): Promise<void> => {
      const onProgress = (fraction: number): void => {
        if (fraction > 0.2) controller.abort()
      }
      for await (const _ of speaker.speak(aLine(LONG), { signal: controller.signal, onProgress }));
    }
    await expect(cancelled()).rejects.toBeInstanceOf(AppCancel)
    for await (const block of speaker.speak(aLine(LONG), { signal: never })) {
      expect(block.length).toBeGreaterThan(0)
      break
    }
    expect((await spoken(speaker, aLine('Hello.'))).length).toBeGreaterThan(0)
  },
)
