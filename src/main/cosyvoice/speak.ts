import { concatFloat32 } from '../../shared/audio/index.ts'
import { assert } from '../../shared/kernel/index.ts'
import type { ModelDescription } from '../model-bundle/index.ts'
import type { Flow } from './flow/flow.ts'
import { generateSpeech } from './llm/generate.ts'
import { createRetryDecoders, type LlmDecoder } from './llm/llm-decoder.ts'
import { type LengthProblem, withRetries } from './llm/plausible-length.ts'
import { createSeededRandom, type RandomSource } from './llm/seeded-random.ts'
import { createSilentTokenFilter } from './llm/silent-tokens.ts'
import type { Llm } from './open-model.ts'
import { renderMel, renderSound, streamSpeech } from './stream/speech-stream.ts'
import { NO_TRACE, type Trace } from './trace/trace.ts'
import type { SpeechVocoder } from './vocoder/create-vocoder.ts'

/** What makes speech tokens of text. */
export type TokenModel = { readonly description: ModelDescription; readonly llm: Llm }
/** What makes sound of speech tokens. */
export type SoundModel = { readonly flow: Flow; readonly vocoder: SpeechVocoder }
/** The stages of an open model. */
export type SpeakingModel = TokenModel & SoundModel

/** A voice as the stages hear it: what the language model continues, and what the flow draws after. */
export type SpokenVoice = {
  /** Speech tokens of the prompt audio; none for a voice that is a speaker vector alone. */
  readonly promptTokens: readonly number[]
  /** Row-major [frames, mel bins], two frames a token. */
  readonly promptMel: Float32Array
  /** [192] */
  readonly speaker: Float32Array
}

export type SpokenLine = {
  /** Ids of the prompt's text, which is not spoken, and of the line's. */
  readonly promptIds: readonly number[]
  readonly textIds: readonly number[]
  /** Of `textIds`, those that are the line's own and that lengths of speech are reckoned from; preset: all. */
  readonly ownTextTokens?: number
  readonly voice: SpokenVoice
  /** Whether the language model continues the prompt audio, as it does where the text begins with the transcript of it. */
  readonly continuesPrompt: boolean
  readonly seed: number
  /** Euler steps of the flow: a number the model has a table for. */
  readonly steps: number
  /** 2 is twice as fast. Only a whole line can be stretched. */
  readonly speed: number
}

export type SpeakJob = {
  readonly signal: AbortSignal
  readonly trace?: Trace
  /** A line that no attempt gave a plausible length. */
  readonly onProblem?: (problem: LengthProblem) => void
  /** How much of the line is done, 0 to 1, as far as its length can be foreseen; goes back where the line is said again. */
  readonly onProgress?: (fraction: number) => void
}

/** Speech tokens that a text token usually takes, for foreseeing. */
const USUAL_TOKENS = 7
/** About how the time of a whole line goes on a processor. */
const DRAWN_SHARE = 0.2
const MEL_SHARE = 0.9

const textTokensOf = ({ textIds, ownTextTokens = textIds.length }: SpokenLine): number => Math.max(1, ownTextTokens)

/** Scores that a trace keeps: those of the first steps tell whether a model is right. */
const TRACED_STEPS = 16

/** [positions, hidden]: sos, text, task, speech of the prompt. @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py inference */
const promptOf = async (llm: Llm, line: SpokenLine, trace: Trace): Promise<Float32Array> => {
  const text = trace.numbers('text') ?? [...line.promptIds, ...line.textIds]
  const speech = trace.numbers('prompt_speech') ?? (line.continuesPrompt ? line.voice.promptTokens : [])
  trace.record('text', text)
  trace.record('prompt_speech', speech)
  return concatFloat32([await llm.sos(), await llm.text(text), await llm.task(), await llm.speech(speech)])
}

/** Speech tokens of a line as they are drawn, without the runs of silence that the flow must not hear. */
async function* tokensOf(
  { llm, description }: TokenModel,
  line: SpokenLine,
  decoder: LlmDecoder,
  prompt: Float32Array,
  random: RandomSource,
  { signal, trace = NO_TRACE, onProgress }: SpeakJob,
): AsyncGenerator<number> {
  const scores: Float32Array[] = []
  const forced = trace.numbers('forced')
  const textTokens = textTokensOf(line)
  const ids = generateSpeech({
    decoder,
    prompt,
    speechRow: async (id) => llm.speech([id]),
    description: description.llm,
    textTokens,
    random,
    ...(forced && { forced }),
    onLogits: (step, logits) => {
      onProgress?.(Math.min(1, step / (textTokens * USUAL_TOKENS)))
      if (step >= TRACED_STEPS) return
      scores.push(Float32Array.from(logits))
      const table = new Float32Array(scores.length * logits.length)
      for (const [row, values] of scores.entries()) table.set(values, row * logits.length)
      trace.record('llm_logits', table, [scores.length, logits.length])
    },
    signal,
  })
  const isHeard = createSilentTokenFilter(description.architecture)
  for await (const id of ids) if (isHeard(id)) yield id
}

const voiceOf = ({ voice }: SpokenLine, trace: Trace): SpokenVoice => {
  const heard = {
    promptTokens: trace.numbers('prompt_token') ?? voice.promptTokens,
    promptMel: trace.floats('prompt_feat') ?? voice.promptMel,
    speaker: trace.floats('embedding') ?? voice.speaker,
  }
  trace.record('prompt_token', heard.promptTokens)
  trace.record('embedding', heard.speaker, [1, heard.speaker.length])
  return heard
}

const collected = async (ids: AsyncIterable<number>): Promise<number[]> => {
  const all: number[] = []
  for await (const id of ids) all.push(id)
  return all
}

/**
 * Draws the speech tokens of a whole line. A line whose length is implausible is said again.
 * @throws AppCancel; AppError model.graph-rejected
 */
export const drawTokens = async (
  model: TokenModel,
  line: SpokenLine,
  { signal, trace = NO_TRACE, onProblem, onProgress }: SpeakJob,
): Promise<readonly number[]> => {
  const prompt = await promptOf(model.llm, line, trace)
  const job = { signal, trace, ...(onProgress && { onProgress }) }
  using attempts = createRetryDecoders(model.llm.decoder())
  const { ids, problem } = await withRetries(
    (random) => collected(tokensOf(model, line, attempts.next(), prompt, random, job)),
    {
      seed: line.seed,
      textTokens: textTokensOf(line),
      ...(trace.numbers('forced') && { retries: 0 }),
    },
  )
  if (problem) onProblem?.(problem)
  const tokens = trace.numbers('token') ?? ids
  trace.record('token', tokens)
  return tokens
}

/**
 * The sound of speech tokens.
 * @returns mono samples at the vocoder's rate
 * @throws AppCancel; AppError model.graph-rejected
 */
export const soundOfTokens = async (
  { flow, vocoder }: SoundModel,
  tokens: readonly number[],
  line: SpokenLine,
  { signal, trace = NO_TRACE, onProgress }: SpeakJob,
): Promise<Float32Array<ArrayBuffer>> => {
  const melBins = flow.description.melBins
  const voice = voiceOf(line, trace)
  trace.record('prompt_feat', voice.promptMel, [voice.promptMel.length / melBins, melBins])
  const drawn = await renderMel(
    { flow, tokens, ...voice, steps: line.steps },
    { signal, onStep: (doneSteps) => onProgress?.((MEL_SHARE * doneSteps) / line.steps) },
  )
  trace.record('flow_mel', drawn, [melBins, drawn.length / melBins])
  const mel = trace.floats('mel') ?? drawn
  trace.record('mel', mel, [melBins, mel.length / melBins])
  const source: Float32Array[] = []
  const samples = await renderSound(
    mel,
    { vocoder, seed: line.seed, speed: line.speed },
    { signal, ...(trace.isKept && { onSource: (part) => source.push(part) }) },
  )
  if (trace.isKept) trace.record('hift_source', concatFloat32(source))
  trace.record('hift_wav', samples)
  onProgress?.(1)
  return samples
}

/** A part of a line's progress, as progress of the line. */
export const partOfProgress = ({ onProgress, ...job }: SpeakJob, from: number, to: number): SpeakJob =>
  onProgress ? { ...job, onProgress: (fraction) => onProgress(from + (to - from) * fraction) } : job

/**
 * Speaks a whole line: what it sounds best as, and what can be stretched.
 * @returns mono samples at the vocoder's rate
 * @throws AppCancel; AppError model.graph-rejected
 */
export const speakWhole = async (
  model: SpeakingModel,
  line: SpokenLine,
  job: SpeakJob,
): Promise<Float32Array<ArrayBuffer>> => {
  const tokens = await drawTokens(model, line, partOfProgress(job, 0, DRAWN_SHARE))
  return soundOfTokens(model, tokens, line, partOfProgress(job, DRAWN_SHARE, 1))
}

/**
 * Speaks a line while it is still being thought of: blocks of samples as soon as they are final.
 * @throws AppCancel; AppError model.graph-rejected
 */
export async function* speakStream(
  model: SpeakingModel,
  line: SpokenLine,
  job: SpeakJob,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  assert(line.speed === 1, 'a stream has its own speed')
  const { signal, trace = NO_TRACE } = job
  const prompt = await promptOf(model.llm, line, trace)
  using decoder = model.llm.decoder()
  const drawn: number[] = []
  async function* tokens(): AsyncGenerator<number> {
    const given = trace.numbers('token')
    if (given) yield* given
    else yield* tokensOf(model, line, decoder, prompt, createSeededRandom(line.seed), job)
  }
  async function* recorded(): AsyncGenerator<number> {
    for await (const token of tokens()) {
      drawn.push(token)
      yield token
    }
    trace.record('token', drawn)
  }
  const { flow, vocoder } = model
  yield* streamSpeech(
    { tokens: recorded(), flow, vocoder, seed: line.seed, steps: line.steps, ...voiceOf(line, trace) },
    { signal },
  )
}
