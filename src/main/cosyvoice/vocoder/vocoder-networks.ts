import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, networkTensor } from '../sessions.ts'
import type { Decode, PredictF0 } from './vocoder.ts'

/** The two networks of the vocoder as the functions that `synthesise` asks for. */
export const vocoderNetworks = (
  pitch: Network,
  decoder: Network,
  { melBins, stftSize }: ModelDescription['vocoder'],
): { predictF0: PredictF0; decode: Decode } => ({
  predictF0: async (mel) => {
    const { f0 } = await pitch.run({ mel: networkTensor(mel, [1, melBins, mel.length / melBins]) })
    return float32Of(f0)
  },
  decode: async ({ mel, sourceSpectrum, spectrumFrames }) => {
    const { magnitude, phase } = await decoder.run({
      mel: networkTensor(mel, [1, melBins, mel.length / melBins]),
      source_spectrum: networkTensor(sourceSpectrum, [1, stftSize + 2, spectrumFrames]),
    })
    return { magnitude: float32Of(magnitude), phase: float32Of(phase) }
  },
})
