import type { ModelDescription } from '../../model-bundle/index.ts'
import { createSourceNoise } from './source-noise.ts'
import { sourceSignal } from './source-signal.ts'

/**
 * The source signal of one line, which grows as its pitch becomes known.
 * @param f0 of the frames that come next, in Hz
 * @returns their samples, f0.length * samplesPerFrame
 */
export type GrowSource = (f0: Float32Array) => Promise<Float32Array>

/** The source of CosyVoice 3 goes on where it ended, and its noise is the same in every line. */
export const growingSource = (
  { sampleRateHz, samplesPerFrame, sourceWeights, sourceBias }: ModelDescription['vocoder'],
  seed: number,
): GrowSource => {
  const nextNoise = createSourceNoise(true, seed)
  const turns = new Float64Array(sourceWeights.length)
  return async (f0) =>
    sourceSignal({
      f0,
      weights: sourceWeights,
      bias: sourceBias,
      isCausal: true,
      noise: nextNoise(f0.length * samplesPerFrame * sourceWeights.length),
      sampleRateHz,
      samplesPerFrame,
      turns,
    })
}
