import type { RandomSource } from './seeded-random.ts'
import { createSeededRandom } from './seeded-random.ts'

export type LengthRatios = {
  /** Speech tokens for each text token. @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py inference */
  readonly minRatio?: number
  readonly maxRatio?: number
}
const MIN_RATIO = 2
const MAX_RATIO = 20

/** How many speech tokens a text may take, from `min` to `max`, both included. */
export const lengthLimits = (
  textTokens: number,
  { minRatio = MIN_RATIO, maxRatio = MAX_RATIO }: LengthRatios = {},
): { min: number; max: number } => ({ min: Math.trunc(textTokens * minRatio), max: Math.trunc(textTokens * maxRatio) })

/** `too-short`: it ended before all can have been said. `too-long`: it went on until it was stopped. */
export type LengthProblem = 'too-short' | 'too-long'

/** @param tokens how many ids were said for a text of `textTokens` */
export const implausible = ({
  tokens,
  textTokens,
  ...ratios
}: { tokens: number; textTokens: number } & LengthRatios): LengthProblem | undefined => {
  const { min, max } = lengthLimits(textTokens, ratios)
  if (tokens < min) return 'too-short'
  return tokens >= max ? 'too-long' : undefined
}

/** Seeds of a line said again: the line's own first, then others that are the same every time. */
export const retrySeed = (seed: number, attempt: number): number => (seed + attempt * SEED_STEP) >>> 0
/** 2^32 over the golden ratio: what follows one seed does not meet what follows its neighbours. */
const SEED_STEP = 0x9e3779b9
const MAX_RETRIES = 2

export type SpokenIds = {
  readonly ids: readonly number[]
  /** What the ids were drawn with. */
  readonly seed: number
  readonly attempts: number
  /** Of the ids, where no attempt had a plausible length. */
  readonly problem?: LengthProblem
}

/**
 * Says a line until its length is plausible, `retries` times more at most. Where none is, the longest attempt is kept: what is
 * missing cannot be put back, what is too much can be cut.
 * @param speak says the whole line with these random numbers
 * @throws what `speak` throws, at once
 */
export const withRetries = async (
  speak: (random: RandomSource) => Promise<readonly number[]>,
  {
    seed,
    textTokens,
    retries = MAX_RETRIES,
    ...ratios
  }: { seed: number; textTokens: number; retries?: number } & LengthRatios,
): Promise<SpokenIds> => {
  let best: Omit<SpokenIds, 'attempts'> | undefined
  for (let attempt = 0; attempt <= retries; attempt++) {
    const attemptSeed = retrySeed(seed, attempt)
    const ids = await speak(createSeededRandom(attemptSeed))
    const problem = implausible({ tokens: ids.length, textTokens, ...ratios })
    if (!problem) return { ids, seed: attemptSeed, attempts: attempt + 1 }
    if (!best || ids.length > best.ids.length) best = { ids, seed: attemptSeed, problem }
  }
  return { ids: [], seed, ...best, attempts: retries + 1 }
}
