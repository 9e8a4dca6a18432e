import { createTorchRandom } from '../random/torch-random.ts'

/** The next values of the source's noise, sample by sample, all harmonics of a sample together. */
type SourceNoise = (values: number) => Float32Array

/** CosyVoice 3 draws its table once, from a state nobody can repeat; any fixed one will do as long as it is uniform in [0, 1). */
const TABLE_SEED = 0

/**
 * The noise of one line, from its first sample on: each call goes on where the one before ended, so that parts of a line get
 * what the whole would. CosyVoice 3 has the same uniform noise in every line, CosyVoice 2 normal noise from the line's seed.
 * @param isCausal CosyVoice 3
 * @param seed of CosyVoice 2's noise, which is drawn 16 values or more at a time
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py SineGen2
 */
export const createSourceNoise = (isCausal: boolean, seed: number): SourceNoise => {
  if (isCausal) return createTorchRandom(TABLE_SEED).uniform
  return createTorchRandom(seed).normal
}
