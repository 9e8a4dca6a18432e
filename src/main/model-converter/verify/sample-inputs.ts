/** Multiplier and increment of a linear congruential generator. @source W. H. Press et al., Numerical Recipes, section 7.1 */
const MULTIPLIER = 1_664_525
const INCREMENT = 1_013_904_223
const RANGE = 2 ** 32

/** Numbers in [0, 1), the same every time, so that two conversions of one checkpoint give one report. */
export const sampleNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, MULTIPLIER) + INCREMENT) >>> 0
    return state / RANGE
  }
}

export const sampleIds = (next: () => number, count: number, below: number): number[] =>
  Array.from({ length: count }, () => Math.floor(next() * below))

/** Bell-shaped numbers of standard deviation one, roughly: the sum of twelve even ones. */
export const sampleNormal = (next: () => number, count: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, () => {
    let sum = -6
    for (let draw = 0; draw < 12; draw++) sum += next()
    return sum
  })
