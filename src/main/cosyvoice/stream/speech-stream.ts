import { AppCancel, assert } from '../../../shared/kernel/index.ts'
import type { FlowJob } from '../flow/euler-solver.ts'
import { type Flow, flowLine } from '../flow/flow.ts'
import type { SpeechVocoder } from '../vocoder/create-vocoder.ts'
import { stretchMel } from '../vocoder/stretch-mel.ts'
import type { SynthesisInput } from '../vocoder/vocoder.ts'
import { nextChunk, startChunks } from './chunk-schedule.ts'

/** How a line shall sound. */
export type SpeechVoice = {
  /** Speech tokens of the prompt audio; may be empty, and the mel with them. */
  readonly promptTokens: readonly number[]
  /** Mel of the prompt audio, row-major [frames, mel bins] as it is measured, framesPerToken frames a token. */
  readonly promptMel: Float32Array
  /** [192] as the speaker network gives it */
  readonly speaker: Float32Array
  /** Euler steps of the flow: a number the bundle has a table for. */
  readonly steps: number
}

export type MelInput = SpeechVoice & { readonly flow: Flow; readonly tokens: readonly number[] }

export type SpeechInput = MelInput & {
  readonly vocoder: SpeechVocoder
  /** Of the noise in the voice, where the model draws it. */
  readonly seed: number
  /** 2 is twice as fast; preset 1 */
  readonly speed?: number
}

export type SpeechStreamInput = Omit<SpeechInput, 'tokens' | 'speed'> & {
  /** Speech tokens as they are made. Pulled one by one, and ended (`return`) when the stream is. */
  readonly tokens: AsyncIterable<number>
  /**
   * Preset true. The last chunk is then computed with the mask of the chunks before it, so that nothing changes where it begins.
   * False is what the original does: the last chunk alone sees the whole line and so continues one that was never heard. Its
   * first frame then differs by 0.3 % (CosyVoice 3) and 5 % (CosyVoice 2) of the level of the mel, as the small checkpoints of
   * the tests measure it.
   */
  readonly keepsChunkMask?: boolean
}

const checkVoice = ({ promptTokens, promptMel }: SpeechVoice, { melBins, framesPerToken }: Flow['description']): void =>
  assert(
    promptMel.length === promptTokens.length * framesPerToken * melBins,
    'the mel of the prompt has framesPerToken frames for each of its tokens',
  )

/**
 * The mel of a whole line, every frame of which sees every other. On its own where memory is short: the language model may be
 * closed before it, and the flow before the vocoder is opened.
 * @returns row-major [mel bins, frames], framesPerToken frames for each token; empty without tokens
 * @throws AppCancel between two calls of the network, once the signal is aborted
 */
export const renderMel = async (
  { flow, tokens, ...voice }: MelInput,
  job: FlowJob = {},
): Promise<Float32Array<ArrayBuffer>> => {
  checkVoice(voice, flow.description)
  if (tokens.length === 0) return new Float32Array()
  return flow.render({ ...voice, tokens: [...voice.promptTokens, ...tokens], isFinal: true }, job)
}

/**
 * The sound of a mel.
 * @param mel row-major [mel bins, frames]; may be empty
 * @returns mono samples at the vocoder's rate
 * @throws AppCancel before a network is asked, once the signal is aborted
 */
export const renderSound = async (
  mel: Float32Array,
  { vocoder, seed, speed = 1 }: Pick<SpeechInput, 'vocoder' | 'seed' | 'speed'>,
  { signal, onSource }: Pick<SynthesisInput, 'signal' | 'onSource'> = {},
): Promise<Float32Array<ArrayBuffer>> => {
  if (mel.length === 0) return new Float32Array()
  const stretched = speed === 1 ? mel : stretchMel(mel, mel.length / vocoder.description.melBins, speed)
  return vocoder.render(stretched, { seed, ...(signal && { signal }), ...(onSource && { onSource }) })
}

/**
 * A whole line at once: what a line sounds best as, and the only way to another speed.
 * @returns mono samples at the vocoder's rate: 960 for each token at speed 1
 * @throws AppCancel between two calls of a network, once the signal is aborted
 */
export const renderSpeech = async (input: SpeechInput, job: FlowJob = {}): Promise<Float32Array<ArrayBuffer>> =>
  renderSound(await renderMel(input, job), input, job)

/**
 * A line while its tokens are still being made, in blocks of samples that will not change any more. What it sounds like depends
 * on the tokens and not on when they came. The flow draws chunks that grow, and computes the prompt and the line before them anew
 * where it remembers nothing; the vocoder only ever makes what is new.
 * @returns blocks that together have 960 samples for each token; none without tokens
 * @throws AppCancel between two tokens and between two calls of a network, once the signal is aborted
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/model.py CosyVoice2Model.tts, CosyVoice3Model.token2wav
 */
export async function* streamSpeech(
  { tokens, flow, vocoder, seed, keepsChunkMask = true, ...voice }: SpeechStreamInput,
  job: Pick<FlowJob, 'signal'> = {},
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const { chunkTokens, lookaheadTokens } = flow.description
  checkVoice(voice, flow.description)
  const spoken: number[] = []
  using drawn = flowLine(flow, voice, { keepsChunkMask })
  const line = vocoder.line(seed)
  const promptTokens = voice.promptTokens.length
  let schedule = startChunks({ promptTokens, chunkTokens, lookaheadTokens, beginsSoon: flow.line !== undefined })
  const stopIfCancelled = (): void => {
    if (job.signal?.aborted) throw new AppCancel()
  }
  async function* speak(hasEnded: boolean): AsyncGenerator<Float32Array<ArrayBuffer>> {
    const next = nextChunk(schedule, spoken.length, hasEnded)
    if (!next) return
    const { tokensEnd, isFinal } = next.call
    const mel = await drawn.push(spoken.slice(0, tokensEnd), isFinal, job)
    schedule = next.schedule
    yield* line.push(mel, isFinal, job.signal)
  }

  stopIfCancelled()
  for await (const token of tokens) {
    stopIfCancelled()
    spoken.push(token)
    yield* speak(false)
  }
  stopIfCancelled()
  yield* speak(true)
}
