import { AppError } from '../../shared/kernel/index.ts'
import type { ModelStages } from './model-stages.ts'
import type { Llm } from './open-model.ts'
import { createPartRoom } from './part-room.ts'
import { type FeatureCache, type FeatureKey, featureKey } from './prompt/feature-cache.ts'
import { withLeadIn } from './prompt/lead-in.ts'
import { extractPromptFeatures, type PromptFeatures, type PromptNetworks } from './prompt/prompt-features.ts'
import { type PromptAudio, trimSilence } from './prompt/trim-silence.ts'
import {
  drawTokens,
  partOfProgress,
  type SoundModel,
  type SpeakingModel,
  type SpeakJob,
  type SpokenLine,
  type SpokenVoice,
  soundOfTokens,
  speakStream,
  speakWhole,
} from './speak.ts'
import { layoutPrompt, type PromptMode } from './text/layouts.ts'
import { normaliseText } from './text/normalise.ts'
import { spokenPieces } from './text/spoken-pieces.ts'
import type { TextTokenizer } from './text/tokenizer.ts'
import { writtenLanguageOf } from './text/written-language.ts'
import { NO_TRACE, type Trace } from './trace/trace.ts'

/** Text as it is pronounced, in katakana. */
type Katakana = (text: string) => string

/** A line as a person wrote it. */
export type TextLine = Pick<SpokenLine, 'voice' | 'seed' | 'steps' | 'speed'> & {
  readonly text: string
  /** BCP 47, or null: told from the text. */
  readonly language: string | null
  readonly prompt: PromptMode
  /** False leaves numbers and signs to the model. */
  readonly normalises: boolean
  /** Heard while it is still being thought of; only at speed 1, and where the whole model is in memory. */
  readonly isStreamed: boolean
}

export type TextJob = Omit<SpeakJob, 'trace'> & {
  /** Of each piece that the text is cut into. */
  readonly traceOf?: (piece: number, pieces: number) => Trace
}

export type SpeakerOptions = {
  readonly stages: ModelStages
  /** `resident`: all that speaks stays in memory. `staged`: one part at a time. */
  readonly memory: 'resident' | 'staged'
  /** Where features of voices are kept between runs. */
  readonly cache?: FeatureCache
  /** Japanese as it is read, for CosyVoice 3. Asked for when the first Japanese line comes. */
  readonly openKatakana?: () => Promise<Katakana>
}

export type ListenOptions = {
  readonly signal: AbortSignal
  /** For lines that are streamed: some silence may go before the recording, so that they are heard sooner. Preset false. */
  readonly isStreamed?: boolean
  readonly trace?: Trace
}

/** A model that speaks text. Lines may be asked for at the same time; a part of the model serves one of them at a time. */
export interface Speaker extends AsyncDisposable {
  /** Opens what a line needs; free where it is open. @throws AppError as `ModelStages` says; AppCancel */
  load(signal: AbortSignal): Promise<void>
  /**
   * What the model knows of a voice; a trace is told what its networks hear where they are asked.
   * @throws AppError voice.prompt-*; as `ModelStages` says; AppCancel
   */
  listen(audio: PromptAudio, options: ListenOptions): Promise<SpokenVoice>
  /**
   * Speaks a line, piece by piece.
   * @returns blocks of mono samples at the vocoder's rate
   * @throws AppError engine.nothing-to-say; model.graph-rejected; as `ModelStages` says; AppCancel
   */
  speak(line: TextLine, job: TextJob): AsyncGenerator<Float32Array<ArrayBuffer>>
}

type Parts = {
  prompt: PromptNetworks & AsyncDisposable
  llm: Llm
  sound: SoundModel & AsyncDisposable
  all: SpeakingModel & AsyncDisposable
}

/** Silence around the words is no part of a voice. @source FunAudioLLM/CosyVoice webui.py postprocess top_db */
export const TRIM_BELOW_PEAK_DB = 60
/** Voices that are remembered without a look at the disk. */
const REMEMBERED_VOICES = 32

/** Pieces of a line do not draw the same numbers, nor those of a line said again. */
const pieceSeed = (seed: number, piece: number): number => (seed + piece * PIECE_STEP) >>> 0
const PIECE_STEP = 0x85ebca6b

const openSound = async (stages: ModelStages): Promise<Parts['sound']> => {
  await using stack = new AsyncDisposableStack()
  const flow = stack.use(await stages.openFlow())
  const vocoder = stack.use(await stages.openVocoder())
  const opened = stack.move()
  return { flow, vocoder, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const openAll = async (stages: ModelStages): Promise<Parts['all']> => {
  await using stack = new AsyncDisposableStack()
  const llm = stack.use(await stages.openLlm())
  const { flow, vocoder } = stack.use(await openSound(stages))
  const opened = stack.move()
  return { description: stages.description, llm, flow, vocoder, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const voiceOf = ({ speechTokens, mel, speaker }: PromptFeatures): SpokenVoice => ({
  promptTokens: speechTokens,
  promptMel: mel,
  speaker,
})

type Piece = { readonly line: SpokenLine; readonly from: number; readonly to: number; readonly job: SpeakJob }

export const createSpeaker = ({ stages, memory, cache, openKatakana }: SpeakerOptions): Speaker => {
  const room = createPartRoom<Parts>({
    prompt: () => stages.openPromptNetworks(),
    llm: () => stages.openLlm(),
    sound: () => openSound(stages),
    all: () => openAll(stages),
  })
  const heard = new Map<FeatureKey, PromptFeatures>()
  const { description } = stages
  const { architecture } = description
  const isStaged = memory === 'staged'
  let tokenizer: Promise<TextTokenizer> | undefined
  let katakana: Promise<Katakana> | undefined

  const getTokenizer = (): Promise<TextTokenizer> => {
    tokenizer ??= stages.openTokenizer().catch((error: unknown) => {
      tokenizer = undefined
      throw error
    })
    return tokenizer
  }

  const getKatakana = (open: () => Promise<Katakana>): Promise<Katakana> => {
    katakana ??= open().catch((error: unknown) => {
      katakana = undefined
      throw error
    })
    return katakana
  }

  const normaliseOptions = async (text: string, language: string | null) => {
    const isRead = architecture === 'cosyvoice3' && writtenLanguageOf(text, language) === 'ja'
    return isRead && openKatakana ? { language, toKatakana: await getKatakana(openKatakana) } : { language }
  }

  /** The words of a recording are in its own language, whatever the line's is. */
  const promptOf = async ({ prompt, normalises }: TextLine): Promise<PromptMode> =>
    prompt.mode === 'zero-shot' && normalises
      ? {
          mode: 'zero-shot',
          transcript: normaliseText(prompt.transcript, {
            architecture,
            ...(await normaliseOptions(prompt.transcript, null)),
          }),
        }
      : prompt

  const piecesOf = async (line: TextLine, { traceOf, ...job }: TextJob): Promise<Piece[]> => {
    const words = await getTokenizer()
    const options = { normalises: line.normalises, ...(await normaliseOptions(line.text, line.language)) }
    const texts = spokenPieces(line.text, words, options)
    if (texts.length === 0) throw new AppError('engine.nothing-to-say')
    const prompt = await promptOf(line)
    const layouts = texts.map((text) => layoutPrompt(words, { ...prompt, text }))
    const total = layouts.reduce((sum, { ttsTextIds }) => sum + ttsTextIds.length, 0)
    let highest = 0
    const forward = job.onProgress && {
      onProgress: (fraction: number): void => {
        highest = Math.max(highest, fraction)
        job.onProgress?.(highest)
      },
    }
    let spoken = 0
    return layouts.map(({ promptIds, textIds, ttsTextIds, usesPromptSpeech }, index): Piece => {
      const from = spoken / total
      spoken += ttsTextIds.length
      const { voice, steps, speed } = line
      return {
        line: {
          ...{ promptIds, textIds, voice, steps, speed },
          ownTextTokens: ttsTextIds.length,
          continuesPrompt: usesPromptSpeech,
          seed: pieceSeed(line.seed, index),
        },
        from,
        to: spoken / total,
        job: { ...job, ...forward, ...(traceOf && { trace: traceOf(index, layouts.length) }) },
      }
    })
  }

  async function* speakResident(pieces: readonly Piece[], isStreamed: boolean, signal: AbortSignal) {
    await using lease = await room.enter('all', signal)
    for (const { line, from, to, job } of pieces) {
      const own = partOfProgress(job, from, to)
      if (isStreamed && line.speed === 1) yield* speakStream(lease.part, line, own)
      else yield await speakWhole(lease.part, line, own)
    }
  }

  async function* speakStaged(pieces: readonly Piece[], signal: AbortSignal) {
    const drawn: (readonly number[])[] = []
    {
      await using lease = await room.enter('llm', signal)
      const model = { description, llm: lease.part }
      for (const { line, from, to, job } of pieces)
        drawn.push(await drawTokens(model, line, partOfProgress(job, from / 2, to / 2)))
    }
    await using lease = await room.enter('sound', signal)
    for (const [index, { line, from, to, job }] of pieces.entries())
      yield await soundOfTokens(lease.part, drawn[index] ?? [], line, partOfProgress(job, 0.5 + from / 2, 0.5 + to / 2))
  }

  const remember = (key: FeatureKey, features: PromptFeatures): void => {
    heard.delete(key)
    heard.set(key, features)
    for (const oldest of heard.keys()) {
      if (heard.size <= REMEMBERED_VOICES) break
      heard.delete(oldest)
    }
  }

  const extract = async (
    key: FeatureKey,
    recording: PromptAudio,
    isLed: boolean,
    { signal, trace = NO_TRACE }: ListenOptions,
  ): Promise<PromptFeatures> => {
    await using lease = await room.enter('prompt', signal)
    // Another line may have asked for the same voice, and been first.
    const known = heard.get(key)
    if (known) return known
    const words = trimSilence(recording, TRIM_BELOW_PEAK_DB)
    const audio = isLed ? withLeadIn(words, description.flow) : words
    const features = await extractPromptFeatures(audio, { architecture, signal, trace, ...lease.part })
    remember(key, features)
    return features
  }

  return {
    async load(signal) {
      await getTokenizer()
      await using _lease = await room.enter(isStaged ? 'llm' : 'all', signal)
    },
    async listen(recording, options) {
      const isLed = options.isStreamed === true && stages.streamsInChunks
      // Of the recording itself: with every line it is looked up, and only once prepared.
      const key = featureKey(recording, isLed ? `${stages.promptFingerprint} led in` : stages.promptFingerprint)
      const make = (): Promise<PromptFeatures> => extract(key, recording, isLed, options)
      const features = heard.get(key) ?? (await (cache ? cache.findOrMake(key, make) : make()))
      remember(key, features)
      return voiceOf(features)
    },
    async *speak(line, job) {
      const pieces = await piecesOf(line, job)
      yield* isStaged ? speakStaged(pieces, job.signal) : speakResident(pieces, line.isStreamed, job.signal)
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  }
}
