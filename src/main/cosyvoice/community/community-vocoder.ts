import { AppCancel, assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { float32Of, type Network, networkTensor } from '../sessions.ts'
import type { SpeechVocoder } from '../vocoder/create-vocoder.ts'
import type { LineVocoder } from '../vocoder/line-vocoder.ts'
import { joinFrames, sliceFrames } from '../vocoder/mel-frames.ts'
import { inverseStft, stft } from '../vocoder/spectrum.ts'
import { limitPeaks } from '../vocoder/vocoder.ts'

export type CommunityVocoderNetworks = { readonly pitch: Network; readonly source: Network; readonly decoder: Network }

/** Frames before a window that are computed again with it; see windowed-vocoder.ts. */
const HISTORY_FRAMES = 32
/** Frames the decoder makes at once. */
const WINDOW_FRAMES = 200

/**
 * The vocoder over published graphs, window by window. They put silence behind what they are given, so the last frames of a
 * window, which would look beyond it, are computed and dropped. The source has its harmonics added up from the first frame
 * of a line and one fixed noise inside its graph, so that graph is given the pitch of the line so far: the start of what it
 * answers never changes.
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py CausalHiFTGenerator; ayutaz/CosyVoice scripts/export_hift_onnx.py,
 *   export_remaining_onnx.py
 */
export const createCommunityVocoder = (
  networks: CommunityVocoderNetworks,
  description: ModelDescription['vocoder'],
): SpeechVocoder => {
  const { melBins, samplesPerFrame, stftSize, stftHop, pitchLookaheadFrames, decoderLookaheadFrames } = description
  const size = { size: stftSize, hop: stftHop }

  const predictF0 = async (mel: Float32Array): Promise<Float32Array> => {
    const frames = mel.length / melBins
    const { f0 } = await networks.pitch.run({ mel: networkTensor(mel, [1, melBins, frames]) })
    const pitch = float32Of(f0)
    assert(pitch.length === frames, 'every frame has a pitch')
    return pitch
  }
  const sourceOf = async (f0: Float32Array): Promise<Float32Array> => {
    const { source } = await networks.source.run({ f0: networkTensor(f0, [1, 1, f0.length]) })
    const signal = float32Of(source)
    assert(signal.length === f0.length * samplesPerFrame, 'every frame has its samples')
    return signal
  }
  const decode = async (mel: Float32Array, signal: Float32Array): Promise<Float32Array> => {
    const spectrum = stft(signal, size)
    const { magnitude, phase } = await networks.decoder.run({
      mel: networkTensor(mel, [1, melBins, mel.length / melBins]),
      source_stft: networkTensor(spectrum, [1, stftSize + 2, spectrum.length / (stftSize + 2)]),
    })
    const samples = inverseStft(float32Of(magnitude), float32Of(phase), size)
    assert(samples.length === signal.length, 'the decoder gives a spectrum frame for every hop')
    return samples
  }

  const line = (): LineVocoder => {
    /** The mel from this frame on; what lies before has been used up. */
    let from = 0
    let mel = new Float32Array()
    /** Of the whole line so far. */
    let f0 = new Float32Array()
    let spokenFrames = 0

    const growPitch = async (knownFrames: number, isLast: boolean): Promise<void> => {
      const end = isLast ? knownFrames : knownFrames - pitchLookaheadFrames
      if (end <= f0.length) return
      const start = Math.max(from, f0.length - HISTORY_FRAMES)
      const predicted = await predictF0(sliceFrames(mel, melBins, start - from))
      f0 = joinFrames(f0, predicted.subarray(f0.length - start, end - start), 1)
    }
    const speak = async (knownFrames: number, isLast: boolean): Promise<Float32Array<ArrayBuffer>> => {
      const ahead = isLast ? 0 : decoderLookaheadFrames
      const end = knownFrames - ahead
      const finalEnd = isLast ? end : end - 1
      if (finalEnd <= spokenFrames) return new Float32Array()
      const start = Math.max(from, spokenFrames - HISTORY_FRAMES)
      const signal = new Float32Array((end + ahead - start) * samplesPerFrame)
      signal.set((await sourceOf(f0)).subarray(start * samplesPerFrame))
      const samples = await decode(sliceFrames(mel, melBins, start - from), signal)
      const block = samples.slice((spokenFrames - start) * samplesPerFrame, (finalEnd - start) * samplesPerFrame)
      limitPeaks(block)
      spokenFrames = finalEnd
      return block
    }
    const forget = (): void => {
      const start = Math.max(from, Math.min(spokenFrames, f0.length) - HISTORY_FRAMES)
      mel = sliceFrames(mel, melBins, start - from)
      from = start
    }
    return {
      async *push(added, isLast, signal) {
        const frames = added.length / melBins
        assert(Number.isInteger(frames), 'a mel is [melBins, frames]')
        for (let at = 0; at === 0 || at < frames; at += WINDOW_FRAMES) {
          const end = Math.min(frames, at + WINDOW_FRAMES)
          mel = joinFrames(mel, sliceFrames(added, melBins, at, end), melBins)
          const knownFrames = from + mel.length / melBins
          const isEnd = isLast && end === frames
          if (signal?.aborted) throw new AppCancel()
          await growPitch(knownFrames, isEnd)
          if (signal?.aborted) throw new AppCancel()
          const block = await speak(knownFrames, isEnd)
          forget()
          if (block.length > 0) yield block
        }
      },
    }
  }
  return {
    description,
    line,
    async render(mel, { signal }) {
      const samples = new Float32Array((mel.length / melBins) * samplesPerFrame)
      let at = 0
      for await (const block of line().push(mel, true, signal)) {
        samples.set(block, at)
        at += block.length
      }
      return samples
    },
  }
}
