import type { ModelDescription } from '../../model-bundle/index.ts'
import type { LineVocoder } from './line-vocoder.ts'
import { createStitchedVocoder } from './stitched-vocoder.ts'
import { type Decode, type PredictF0, type SynthesisInput, synthesise } from './vocoder.ts'
import { createWindowedVocoder } from './windowed-vocoder.ts'

/** Mel to sound. */
export type SpeechVocoder = {
  readonly description: ModelDescription['vocoder']
  /**
   * A whole line at once.
   * @param mel row-major [mel bins, frames], one frame or more
   * @returns frames * samplesPerFrame samples
   * @throws AppCancel before a network is asked, once the signal is aborted
   */
  render(mel: Float32Array, options: Pick<SynthesisInput, 'seed' | 'signal'>): Promise<Float32Array<ArrayBuffer>>
  /** A line whose mel comes in parts. @param seed of the noise, where the model draws it */
  line(seed: number): LineVocoder
}

/** The networks of a vocoder as its two ways of making sound. The causal one makes a whole line in windows too: less memory. */
export const createVocoder = (
  networks: { readonly predictF0: PredictF0; readonly decode: Decode },
  description: ModelDescription['vocoder'],
): SpeechVocoder => {
  const line: SpeechVocoder['line'] = (seed) =>
    (description.isCausal ? createWindowedVocoder : createStitchedVocoder)({ ...networks, description, seed })
  return {
    description,
    line,
    async render(mel, options) {
      if (!description.isCausal) return synthesise({ mel, ...options, ...networks, description })
      const samples = new Float32Array((mel.length / description.melBins) * description.samplesPerFrame)
      let at = 0
      for await (const block of line(options.seed).push(mel, true, options.signal)) {
        samples.set(block, at)
        at += block.length
      }
      return samples
    },
  }
}
