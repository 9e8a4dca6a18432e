/** Modified Bessel function of the first kind, order 0, by its power series. */
const besselI0 = (x: number): number => {
  let sum = 1
  let term = 1
  for (let k = 1; term > sum * 1e-16; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

export type WindowedSinc = {
  /** Rows: places between two samples that values are wanted at. */
  phaseCount: number
  /** Samples before and behind that a value looks at; a row has twice as many taps. */
  halfTaps: number
  /** Share of the input's band that passes, to the middle of the transition; at most 1. */
  cutoff: number
  /** Of Kaiser's window: larger is a deeper stop band and a wider transition. */
  beta: number
}

/**
 * Interpolation filter, one row of 2 * halfTaps taps per phase: row p weighs the samples around a place that lies
 * p / phaseCount of a sample behind a sample. Each row adds up to one, so DC passes exactly.
 * @source J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974
 */
export const windowedSinc = ({ phaseCount, halfTaps, cutoff, beta }: WindowedSinc): Float64Array => {
  const tapCount = 2 * halfTaps
  const taps = new Float64Array(phaseCount * tapCount)
  for (let phase = 0; phase < phaseCount; phase++) {
    const row = taps.subarray(phase * tapCount, (phase + 1) * tapCount)
    let sum = 0
    for (let tap = 0; tap < tapCount; tap++) {
      const distance = tap - halfTaps + 1 - phase / phaseCount
      const angle = Math.PI * cutoff * distance
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
      const weight = sinc * besselI0(beta * Math.sqrt(Math.max(0, 1 - (distance / halfTaps) ** 2)))
      row[tap] = weight
      sum += weight
    }
    for (let tap = 0; tap < tapCount; tap++) row[tap] = (row[tap] ?? 0) / sum
  }
  return taps
}
