import { AppCancel, assert } from '../../../shared/kernel/index.ts'
import type { GrowSource } from './growing-source.ts'
import type { LineVocoder, LineVocoderInput } from './line-vocoder.ts'
import { joinFrames, sliceFrames } from './mel-frames.ts'
import { inverseStft, stft } from './spectrum.ts'
import { limitPeaks } from './vocoder.ts'

/**
 * Frames before a window that are computed again with it. The decoder looks back at 22 frames of mel and 29 of the source
 * (kernels of up to 11 taps, dilated by 1, 3 and 5, three times over, at 8, 40 and 120 steps a frame), the pitch predictor at 8.
 */
const HISTORY_FRAMES = 32

/** Frames the decoder makes at once: it needs some 10 MB for each second of a window. */
const WINDOW_FRAMES = 200

/**
 * The vocoder of CosyVoice 3 window by window. Nothing but its first layers looks ahead and the source goes on where it ended, so
 * the windows sound exactly as the whole would, and a line costs as much as it is long.
 *
 * A sample is final once the mel reaches five frames beyond it: four for the decoder, and one because a spectrum mirrors its
 * signal at the end and the decoder looks 15 of its columns ahead. (The original waits for eight frames and makes the whole line
 * anew each time.)
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py CausalHiFTGenerator, cosyvoice/cli/model.py CosyVoice3Model.token2wav
 */
export const createWindowedVocoder = ({
  predictF0,
  decode,
  description,
  growSource,
  onSource,
}: Omit<LineVocoderInput, 'seed'> & { readonly growSource: GrowSource }): LineVocoder => {
  const { melBins, samplesPerFrame, stftSize, stftHop, pitchLookaheadFrames, decoderLookaheadFrames } = description
  assert(description.isCausal, 'only a causal vocoder can be cut into windows')
  /** The mel and the source from this frame on; what lies before has been used up. */
  let from = 0
  let mel = new Float32Array()
  let source = new Float32Array()
  let pitchedFrames = 0
  let spokenFrames = 0

  const stopIf = (signal: AbortSignal | undefined): void => {
    if (signal?.aborted) throw new AppCancel()
  }
  const hearPitch = async (knownFrames: number, isLast: boolean): Promise<void> => {
    const end = isLast ? knownFrames : knownFrames - pitchLookaheadFrames
    if (end <= pitchedFrames) return
    const start = Math.max(from, pitchedFrames - HISTORY_FRAMES)
    const f0 = await predictF0(sliceFrames(mel, melBins, start - from, end + pitchLookaheadFrames - from), end - start)
    assert(f0.length === end - start, 'every frame has a pitch')
    const fresh = await growSource(f0.slice(pitchedFrames - start))
    assert(fresh.length === (end - pitchedFrames) * samplesPerFrame, 'every frame has its samples')
    onSource?.(fresh)
    source = joinFrames(source, fresh, 1)
    pitchedFrames = end
  }
  const speak = async (knownFrames: number, isLast: boolean): Promise<Float32Array<ArrayBuffer>> => {
    const decodedEnd = isLast ? knownFrames : Math.min(knownFrames - decoderLookaheadFrames, pitchedFrames)
    const finalEnd = isLast ? knownFrames : decodedEnd - 1
    if (finalEnd <= spokenFrames) return new Float32Array()
    const start = Math.max(from, spokenFrames - HISTORY_FRAMES)
    const frames = decodedEnd - start
    const signal = source.subarray((start - from) * samplesPerFrame, (decodedEnd - from) * samplesPerFrame)
    const decoded = await decode({
      mel: sliceFrames(mel, melBins, start - from, decodedEnd + decoderLookaheadFrames - from),
      sourceSpectrum: stft(signal, { size: stftSize, hop: stftHop }),
      frames,
      spectrumFrames: (frames * samplesPerFrame) / stftHop + 1,
    })
    const samples = inverseStft(decoded.magnitude, decoded.phase, { size: stftSize, hop: stftHop })
    assert(samples.length === frames * samplesPerFrame, 'the decoder gives a spectrum frame for every hop')
    const block = samples.slice((spokenFrames - start) * samplesPerFrame, (finalEnd - start) * samplesPerFrame)
    limitPeaks(block)
    spokenFrames = finalEnd
    return block
  }
  const forget = (): void => {
    const start = Math.max(from, Math.min(spokenFrames, pitchedFrames) - HISTORY_FRAMES)
    mel = sliceFrames(mel, melBins, start - from)
    source = source.slice((start - from) * samplesPerFrame)
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
        stopIf(signal)
        await hearPitch(knownFrames, isEnd)
        stopIf(signal)
        const block = await speak(knownFrames, isEnd)
        forget()
        if (block.length > 0) yield block
      }
    },
  }
}
