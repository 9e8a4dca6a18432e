import { AppCancel, assert } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { createSourceNoise } from './source-noise.ts'
import { sourceSignal } from './source-signal.ts'
import { inverseStft, stft } from './spectrum.ts'

/** @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py audio_limit */
const PEAK_LIMIT = 0.99

/**
 * The pitch network: mel, row-major [melBins, frames + pitchLookaheadFrames], to the pitch of each frame in Hz, [frames].
 */
export type PredictF0 = (mel: Float32Array, frames: number) => Promise<Float32Array>

export type DecoderInput = {
  /** Row-major [melBins, frames + decoderLookaheadFrames]. */
  mel: Float32Array
  /** Row-major [stftSize + 2, spectrumFrames]: real parts, then imaginary ones. */
  sourceSpectrum: Float32Array
  frames: number
  /** frames * samplesPerFrame / stftHop + 1 */
  spectrumFrames: number
}

type DecodedSpectrum = {
  /** Row-major [stftSize / 2 + 1, spectrumFrames], 0 or more. */
  magnitude: Float32Array
  /** As magnitude, in radians: the sine the network ends with, not its argument. */
  phase: Float32Array
}

/** The decoder network. */
export type Decode = (input: DecoderInput) => Promise<DecodedSpectrum>

export type SynthesisInput = {
  /** A whole line, row-major [melBins, frames]. */
  mel: Float32Array
  /** Of the noise CosyVoice 2 draws for the line; CosyVoice 3 has the same noise in every line. */
  seed: number
  predictF0: PredictF0
  decode: Decode
  description: ModelDescription['vocoder']
  signal?: AbortSignal
  /** Told of the source signal, the excitation that the decoder colours. */
  onSource?: (source: Float32Array) => void
}

/** With zeros after the last frame of each row; the same mel where none are wanted. */
const withLookahead = (mel: Float32Array, frames: number, lookaheadFrames: number): Float32Array => {
  if (lookaheadFrames === 0) return mel
  const width = frames + lookaheadFrames
  const bins = mel.length / frames
  const padded = new Float32Array(bins * width)
  for (let bin = 0; bin < bins; bin++) padded.set(mel.subarray(bin * frames, (bin + 1) * frames), bin * width)
  return padded
}

/** Clips samples to within -0.99 and 0.99, in place. */
export const limitPeaks = (samples: Float32Array): void => {
  for (let i = 0; i < samples.length; i++) samples[i] = Math.max(-PEAK_LIMIT, Math.min(PEAK_LIMIT, samples[i] ?? 0))
}

/**
 * Mel to sound: pitch, source signal, decoder, inverse transform.
 * @returns mono at the description's rate, frames * samplesPerFrame samples within -0.99 and 0.99
 * @throws AppCancel before a network is asked, once the signal is aborted
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py HiFTGenerator, CausalHiFTGenerator inference, finalize = true
 */
export const synthesise = async (input: SynthesisInput): Promise<Float32Array<ArrayBuffer>> => {
  const { mel, seed, predictF0, decode, description, signal, onSource } = input
  const frames = mel.length / description.melBins
  assert(Number.isInteger(frames) && frames >= 1, 'a mel is [melBins, frames]')
  const harmonics = description.sourceWeights.length
  const sampleCount = frames * description.samplesPerFrame
  const spectrumSize = { size: description.stftSize, hop: description.stftHop }

  if (signal?.aborted) throw new AppCancel()
  const f0 = await predictF0(withLookahead(mel, frames, description.pitchLookaheadFrames), frames)
  assert(f0.length === frames, 'every frame has a pitch')
  const source = sourceSignal({
    f0,
    weights: description.sourceWeights,
    bias: description.sourceBias,
    isCausal: description.isCausal,
    noise: createSourceNoise(description.isCausal, seed)(sampleCount * harmonics),
    sampleRateHz: description.sampleRateHz,
    samplesPerFrame: description.samplesPerFrame,
  })

  onSource?.(source)

  if (signal?.aborted) throw new AppCancel()
  const decoded = await decode({
    mel: withLookahead(mel, frames, description.decoderLookaheadFrames),
    sourceSpectrum: stft(source, spectrumSize),
    frames,
    spectrumFrames: sampleCount / description.stftHop + 1,
  })
  const samples = inverseStft(decoded.magnitude, decoded.phase, spectrumSize)
  assert(samples.length === sampleCount, 'the decoder gives a spectrum frame for every hop')
  limitPeaks(samples)
  return samples
}
