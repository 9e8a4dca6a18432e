import { assert } from '../../../shared/kernel/index.ts'
import { bandEnergy, kaldiMelBank } from './mel-bank.ts'
import { createRealFft } from './real-fft.ts'

export const FBANK_BINS = 80
const SAMPLE_RATE_HZ = 16_000
const WINDOW = 400
const SHIFT = 160
const FFT_SIZE = 512
const PREEMPHASIS = 0.97
/** The epsilon of float32. */
const LEAST_ENERGY = 2 ** -23

const poveyWindow = (): Float64Array =>
  Float64Array.from({ length: WINDOW }, (_, n) => (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (WINDOW - 1))) ** 0.85)

/**
 * Kaldi's filter bank without dither or energy, over whole windows alone.
 * @param pcm mono, 16 000 Hz, f32 in [-1, 1] (not scaled to 16 bits), at least 400 samples
 * @returns fbank row-major [frames, 80], natural logarithm of the power, frames = 1 + floor((samples - 400) / 160)
 * @source pytorch/audio src/torchaudio/compliance/kaldi.py fbank
 */
export const kaldiFbank = (pcm: Float32Array): { fbank: Float32Array<ArrayBuffer>; frames: number } => {
  assert(pcm.length >= WINDOW, `a signal has at least ${WINDOW} samples`)
  const frames = 1 + Math.floor((pcm.length - WINDOW) / SHIFT)
  const bank = kaldiMelBank({
    sampleRateHz: SAMPLE_RATE_HZ,
    fftSize: FFT_SIZE,
    bandCount: FBANK_BINS,
    lowHz: 20,
    highHz: SAMPLE_RATE_HZ / 2,
  })
  const window = poveyWindow()
  const fft = createRealFft(FFT_SIZE)
  const weighted = new Float64Array(FFT_SIZE)
  const power = new Float64Array(fft.binCount)
  const fbank = new Float32Array(frames * FBANK_BINS)
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * SHIFT
    let sum = 0
    for (let n = 0; n < WINDOW; n++) sum += pcm[at + n] ?? 0
    const mean = sum / WINDOW
    // The sample before the first one counts as the first one; the window, which begins with zero, hides which.
    let before = (pcm[at] ?? 0) - mean
    for (let n = 0; n < WINDOW; n++) {
      const value = (pcm[at + n] ?? 0) - mean
      weighted[n] = (value - PREEMPHASIS * before) * (window[n] ?? 0)
      before = value
    }
    fft.transform(weighted)
    for (let bin = 0; bin < power.length; bin++) power[bin] = (fft.real[bin] ?? 0) ** 2 + (fft.imaginary[bin] ?? 0) ** 2
    for (const [column, band] of bank.entries())
      fbank[frame * FBANK_BINS + column] = Math.log(Math.max(bandEnergy(band, power), LEAST_ENERGY))
  }
  return { fbank, frames }
}

/** Subtracts the mean over time from every bin, in place. @param fbank row-major [frames, 80] */
export const subtractMean = (fbank: Float32Array): void => {
  const frames = fbank.length / FBANK_BINS
  for (let bin = 0; bin < FBANK_BINS; bin++) {
    let sum = 0
    for (let place = bin; place < fbank.length; place += FBANK_BINS) sum += fbank[place] ?? 0
    for (let place = bin; place < fbank.length; place += FBANK_BINS) fbank[place] = (fbank[place] ?? 0) - sum / frames
  }
}
