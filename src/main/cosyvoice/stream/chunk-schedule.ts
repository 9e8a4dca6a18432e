import { assert } from '../../../shared/kernel/index.ts'

export type ChunkGeometry = {
  /** Speech tokens of the prompt audio. */
  readonly promptTokens: number
  /** Tokens of an attention chunk: what a call asks for at first. */
  readonly chunkTokens: number
  /** Tokens behind those of a call that it must know. */
  readonly lookaheadTokens: number
}

/** One call of the flow. Tokens are counted from the first one that is spoken. */
export type ChunkCall = {
  /** The first token not rendered yet. */
  readonly offset: number
  /** Behind the last token the call is given: of one that is not final, the last few are context alone. */
  readonly tokensEnd: number
  /** Behind the last token the call renders. */
  readonly spokenEnd: number
  readonly isFinal: boolean
}

/** How far a line has come. Belongs to the line: a line never begins with the chunks another one had grown to. */
export type ChunkSchedule = {
  readonly geometry: ChunkGeometry
  readonly offset: number
  readonly hopTokens: number
  readonly isDone: boolean
}

/** How much longer each chunk is than the one before, and how many times the first the longest one is. */
const GROWTH = 2
const LARGEST_GROWTH = 4

export const startChunks = (geometry: ChunkGeometry): ChunkSchedule => ({
  geometry,
  offset: 0,
  hopTokens: geometry.chunkTokens,
  isDone: false,
})

/** Tokens that fill the prompt's last attention chunk, so that every later call ends where a chunk does. */
const padTokens = ({ promptTokens, chunkTokens }: ChunkGeometry): number =>
  Math.ceil(promptTokens / chunkTokens) * chunkTokens - promptTokens

/**
 * The next call, which depends on how many tokens the line has and not on when they came: a line sounds the same however fast
 * its tokens are made.
 * @param tokens how many there are by now
 * @param hasEnded no more will come
 * @returns the call and how the line stands after it; undefined while tokens are missing, and when the line is done
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/model.py CosyVoice2Model.tts
 */
export const nextChunk = (
  schedule: ChunkSchedule,
  tokens: number,
  hasEnded: boolean,
): { readonly call: ChunkCall; readonly schedule: ChunkSchedule } | undefined => {
  const { geometry, offset, hopTokens, isDone } = schedule
  assert(tokens >= offset, 'a line has the tokens that were rendered')
  if (isDone) return undefined
  const spokenEnd = offset + hopTokens + (offset === 0 ? padTokens(geometry) : 0)
  const tokensEnd = spokenEnd + geometry.lookaheadTokens
  if (tokens >= tokensEnd) {
    const next = Math.min(hopTokens * GROWTH, geometry.chunkTokens * LARGEST_GROWTH)
    return {
      call: { offset, tokensEnd, spokenEnd, isFinal: false },
      schedule: { ...schedule, offset: spokenEnd, hopTokens: next },
    }
  }
  // A line without a token is done without a call.
  if (!hasEnded || tokens === offset) return undefined
  return {
    call: { offset, tokensEnd: tokens, spokenEnd: tokens, isFinal: true },
    schedule: { ...schedule, offset: tokens, isDone: true },
  }
}
