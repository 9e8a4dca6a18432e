import { assert } from '../../../shared/kernel/index.ts'
import type { RandomSource } from './seeded-random.ts'

type SamplingSettings = {
  /** The nucleus: likeliest ids until their probabilities reach `topP`, the one that reaches it included, `topK` at most. */
  readonly topP: number
  readonly topK: number
  /** An id that is `windowIds · repetitionShare` times or more among the last `windowIds` is not said again. */
  readonly windowIds: number
  readonly repetitionShare: number
}

/** @source FunAudioLLM/CosyVoice cosyvoice2.yaml, cosyvoice3.yaml sampling */
export const PRESET_SAMPLING: SamplingSettings = { topP: 0.8, topK: 25, windowIds: 10, repetitionShare: 0.1 }

export type SamplingStep = {
  /** Ids of this line so far; those of the prompt are not among them. */
  readonly history: readonly number[]
  /** Ids that may not be drawn. */
  readonly forbidden?: readonly number[]
  /** Called once, and once more where the id drawn repeats itself. */
  readonly random: RandomSource
  readonly settings?: SamplingSettings
}

/**
 * Repetition-aware sampling: draws from the nucleus; an id that was said just now is banned, and another drawn from all that
 * are left. Scores are float32 as given; everything behind them is float64, where the original rounds to float32: the two
 * differ where a sum is within a rounding of `topP`, or a random number within one of the edge between two ids. Of ids that
 * are equally likely the lower stands first.
 * @param logits [vocabulary], finite; left as they are
 * @returns the id drawn
 * @source FunAudioLLM/CosyVoice cosyvoice/utils/common.py ras_sampling, nucleus_sampling, random_sampling
 */
export const sampleSpeechId = (
  logits: Float32Array,
  { history, forbidden = [], random, settings = PRESET_SAMPLING }: SamplingStep,
): number => {
  const scores = logits.slice()
  for (const id of forbidden) scores[id] = Number.NEGATIVE_INFINITY
  const { weights, total } = softmaxWeights(scores)
  const drawn = drawFromNucleus(scores, weights, total, random, settings)
  const repetitions = history.slice(-settings.windowIds).filter((id) => id === drawn).length
  if (repetitions < settings.windowIds * settings.repetitionShare) return drawn
  scores[drawn] = Number.NEGATIVE_INFINITY
  const left = softmaxWeights(scores)
  return draw(left.weights, left.total, random)
}

type Weights = { readonly weights: Float64Array; readonly total: number }

/** e^(score - largest score): probabilities once divided by their sum, which is 1 or more. */
const softmaxWeights = (scores: Float32Array): Weights => {
  let largest = Number.NEGATIVE_INFINITY
  // Counted: iterating a typed array takes five times as long.
  for (let id = 0; id < scores.length; id++) largest = Math.max(largest, scores[id] ?? 0)
  const weights = new Float64Array(scores.length)
  let total = 0
  for (let id = 0; id < scores.length; id++) {
    const weight = Math.exp((scores[id] ?? 0) - largest)
    weights[id] = weight
    total += weight
  }
  assert(total >= 1, 'scores are numbers and some id may be drawn')
  return { weights, total }
}

const drawFromNucleus = (
  scores: Float32Array,
  weights: Float64Array,
  total: number,
  random: RandomSource,
  { topP, topK }: SamplingSettings,
): number => {
  const nucleus: number[] = []
  const nucleusWeights: number[] = []
  let sum = 0
  for (const id of likeliest(scores, topK)) {
    if (sum / total >= topP) break
    const weight = weights[id] ?? 0
    nucleus.push(id)
    nucleusWeights.push(weight)
    sum += weight
  }
  return nucleus[draw(nucleusWeights, sum, random)] ?? 0
}

/** The `count` ids of the highest scores, highest first and lowest id first among equals. */
const likeliest = (scores: Float32Array, count: number): number[] => {
  const ids: number[] = []
  let lowest = Number.NEGATIVE_INFINITY
  for (let id = 0; id < scores.length; id++) {
    const score = scores[id] ?? 0
    if (ids.length === count && score <= lowest) continue
    if (ids.length === count) ids.pop()
    let at = ids.length
    while (at > 0 && score > (scores[ids[at - 1] ?? 0] ?? 0)) at--
    ids.splice(at, 0, id)
    lowest = scores[ids.at(-1) ?? 0] ?? 0
  }
  return ids
}

/** An index, likely as the share of its weight in the total of all. */
const draw = (weights: ArrayLike<number>, total: number, random: RandomSource): number => {
  const target = random() * total
  let sum = 0
  for (let index = 0; index < weights.length; index++) {
    sum += weights[index] ?? 0
    if (target < sum) return index
  }
  throw new Error('a random number is 0 or more and below 1')
}
