/** Uniform in [0, 1), as Math.random. Randomness arrives as an argument, so that a test or an export can repeat it. */
export type Random = () => number

/** Small seeded generator, good enough for noise: the same seed gives the same dither. @source Marsaglia, "Xorshift RNGs", 2003 */
export const seededRandom = (seed: number): Random => {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/**
 * Quantises to 16 bits with TPDF dither: the sum of two uniform variables, two steps wide, so that the error's mean and
 * power do not depend on the signal. Digital silence stays digital silence. Beyond full scale it saturates.
 * @param pcm f32, any number of channels interleaved
 * @param target as long as pcm
 */
export const ditherToInt16 = (pcm: Float32Array, random: Random, target: Int16Array): void => {
  for (let i = 0; i < pcm.length; i++) {
    const sample = pcm[i] ?? 0
    const noise = sample === 0 ? 0 : random() - random()
    target[i] = Math.max(-32768, Math.min(32767, Math.round(sample * 32768 + noise)))
  }
}
