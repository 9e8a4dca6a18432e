import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, networkTensor } from '../sessions.ts'
import { createVocoder, type SpeechVocoder } from '../vocoder/create-vocoder.ts'
import type { GrowSource } from '../vocoder/growing-source.ts'
import { joinFrames, sliceFrames } from '../vocoder/mel-frames.ts'

type CommunityVocoderNetworks = { readonly pitch: Network; readonly source: Network; readonly decoder: Network }

/**
 * The causal vocoder over published graphs. They put silence behind what they are given and answer for all of it, so what they
 * say of the frames that are only looked at is dropped.
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py CausalHiFTGenerator; ayutaz/CosyVoice scripts/export_hift_onnx.py,
 *   export_remaining_onnx.py
 */
export const createCommunityVocoder = (
  networks: CommunityVocoderNetworks,
  description: ModelDescription['vocoder'],
): SpeechVocoder => {
  const { melBins, samplesPerFrame, stftSize, stftHop } = description
  const spectrumRows = stftSize + 2
  return createVocoder(
    {
      predictF0: async (mel, frames) => {
        const { f0 } = await networks.pitch.run({ mel: networkTensor(mel, [1, melBins, mel.length / melBins]) })
        return float32Of(f0).slice(0, frames)
      },
      startSource: () => startSource(networks.source, samplesPerFrame),
      decode: async ({ mel, sourceSpectrum, spectrumFrames }) => {
        const frames = mel.length / melBins
        const width = (frames * samplesPerFrame) / stftHop + 1
        const { magnitude, phase } = await networks.decoder.run({
          mel: networkTensor(mel, [1, melBins, frames]),
          source_stft: networkTensor(sliceFrames(sourceSpectrum, spectrumRows, 0, width), [1, spectrumRows, width]),
        })
        return {
          magnitude: sliceFrames(float32Of(magnitude), spectrumRows / 2, 0, spectrumFrames),
          phase: sliceFrames(float32Of(phase), spectrumRows / 2, 0, spectrumFrames),
        }
      },
    },
    description,
  )
}

/**
 * The graph adds the harmonics up from the first frame of a line and has one fixed noise in it, so it is given the pitch of the
 * line so far: the start of what it answers never changes.
 */
const startSource = (network: Network, samplesPerFrame: number): GrowSource => {
  let known = new Float32Array()
  return async (f0) => {
    const before = known.length
    known = joinFrames(known, f0, 1)
    const { source } = await network.run({ f0: networkTensor(known, [1, 1, known.length]) })
    return float32Of(source).slice(before * samplesPerFrame)
  }
}
