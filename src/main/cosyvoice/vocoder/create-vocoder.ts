import type { ModelDescription } from '../../model-bundle/index.ts'
import { type GrowSource, growingSource } from './growing-source.ts'
import type { LineVocoder, LineVocoderInput } from './line-vocoder.ts'
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
  render(
    mel: Float32Array,
    options: Pick<SynthesisInput, 'seed' | 'signal' | 'onSource'>,
  ): Promise<Float32Array<ArrayBuffer>>
  /** A line whose mel comes in parts. @param seed of the noise, where the model draws it */
  line(seed: number): LineVocoder
}

type VocoderParts = {
  readonly predictF0: PredictF0
  readonly decode: Decode
  /** Begins the source of a line, of a causal vocoder. Preset: `growingSource`. */
  readonly startSource?: () => GrowSource
}

/** The networks of a vocoder as its two ways of making sound. The causal one makes a whole line in windows too: less memory. */
export const createVocoder = (
  { startSource, ...networks }: VocoderParts,
  description: ModelDescription['vocoder'],
): SpeechVocoder => {
  const start = ({ seed, ...input }: Pick<LineVocoderInput, 'seed' | 'onSource'>): LineVocoder => {
    if (!description.isCausal) return createStitchedVocoder({ ...networks, description, seed, ...input })
    const growSource = startSource?.() ?? growingSource(description, seed)
    return createWindowedVocoder({ ...networks, description, growSource, ...input })
  }
  return {
    description,
    line: (seed) => start({ seed }),
    async render(mel, { signal, ...options }) {
      if (!description.isCausal)
        return synthesise({ mel, ...options, ...(signal && { signal }), ...networks, description })
      const samples = new Float32Array((mel.length / description.melBins) * description.samplesPerFrame)
      let at = 0
      for await (const block of start(options).push(mel, true, signal)) {
        samples.set(block, at)
        at += block.length
      }
      return samples
    },
  }
}
