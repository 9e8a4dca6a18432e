import type { ModelDescription } from '../../model-bundle/index.ts'
import type { Decode, PredictF0 } from './vocoder.ts'

export type LineVocoderInput = {
  readonly predictF0: PredictF0
  readonly decode: Decode
  readonly description: ModelDescription['vocoder']
  /** Of the noise CosyVoice 2 draws for the line; CosyVoice 3 has the same noise in every line. */
  readonly seed: number
  /** Told of the source signal as it goes on: the excitation that the decoder colours. */
  readonly onSource?: (source: Float32Array) => void
}

/** Makes the sound of one line whose mel comes in parts. */
export type LineVocoder = {
  /**
   * Takes the next frames and gives what has become final by them: every sample of the line once and in order.
   * @param mel row-major [mel bins, frames]; may be empty
   * @param isLast nothing follows
   * @throws AppCancel before a network is asked, once the signal is aborted
   */
  push(mel: Float32Array, isLast: boolean, signal?: AbortSignal): AsyncGenerator<Float32Array<ArrayBuffer>>
}
