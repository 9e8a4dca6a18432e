import { assert } from '../../../shared/kernel/index.ts'

export type ChunkGeometry = {
  /** Speech tokens of the prompt audio. */
  readonly promptTokens: number
  /** Tokens of an attention chunk: what a call asks for at first. */
  readonly chunkTokens: number
  /** Tokens behind those of a call that it must know. */
  readonly lookaheadTokens: number
  /**
   * Preset false. Whether the first call may only fill the prompt's last attention chunk, so that it is made sooner: for a flow
   * that draws a chunk no more than once.
   */
  readonly beginsSoon?: boolean
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

/** Fewer are not worth a call. */
export const leastFirstTokens = (chunkTokens: number): number => Math.ceil(0.4 * chunkTokens)

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
  const { chunkTokens, lookaheadTokens, beginsSoon = false } = geometry
  assert(tokens >= offset, 'a line has the tokens that were rendered')
  if (isDone) return undefined
  const pad = offset === 0 ? padTokens(geometry) : 0
  const isPadAlone = beginsSoon && pad >= leastFirstTokens(chunkTokens)
  const spokenEnd = offset + pad + (isPadAlone ? 0 : hopTokens)
  const tokensEnd = spokenEnd + lookaheadTokens
  if (tokens >= tokensEnd) {
    const next = isPadAlone ? hopTokens : Math.min(hopTokens * GROWTH, chunkTokens * LARGEST_GROWTH)
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
