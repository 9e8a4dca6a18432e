import { RECORDING_LIMITS } from '../../../shared/voice/index.ts'
import { leastFirstTokens } from '../stream/chunk-schedule.ts'
import type { PromptAudio } from './trim-silence.ts'

/** Of speech tokens, whatever the model. */
const TOKENS_PER_SEC = 25

type ChunkSize = { readonly chunkTokens: number; readonly lookaheadTokens: number }

/**
 * Tokens of silence in front of a recording of so many, after which a stream is heard soonest: the recording's last chunk has
 * what its neighbours look ahead to, so that all before it are finished whatever line follows, and leaves as much room for the
 * line as is worth a call. Half a chunk at most.
 */
export const leadInTokens = (promptTokens: number, { chunkTokens, lookaheadTokens }: ChunkSize): number => {
  const begun = promptTokens % chunkTokens
  const isSoon = begun >= lookaheadTokens && chunkTokens - begun >= leastFirstTokens(chunkTokens)
  return isSoon ? 0 : (lookaheadTokens - begun + chunkTokens) % chunkTokens
}

/** A recording with such silence; as it is where it would become longer than recordings may be. */
export const withLeadIn = (audio: PromptAudio, size: ChunkSize): PromptAudio => {
  const { pcm, sampleRateHz } = audio
  const promptTokens = Math.floor((pcm.length * TOKENS_PER_SEC) / sampleRateHz)
  const silence = Math.round((leadInTokens(promptTokens, size) * sampleRateHz) / TOKENS_PER_SEC)
  const length = silence + pcm.length
  if (silence === 0 || length > RECORDING_LIMITS.longestSec * sampleRateHz) return audio
  const led = new Float32Array(length)
  led.set(pcm, silence)
  return { pcm: led, sampleRateHz }
}
