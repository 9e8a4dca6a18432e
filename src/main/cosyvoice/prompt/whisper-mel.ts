import { bandEnergy, slaneyMelBank } from './mel-bank.ts'
import { eachSpectrum } from './windowed-spectra.ts'

export const WHISPER_MEL_BINS = 128
const SAMPLE_RATE_HZ = 16_000
const SIZE = 400
const HOP = 160
const LEAST_POWER = 1e-10
/** Powers of ten below the loudest place of the whole clip where everything quieter is cut off. */
const RANGE = 8

/**
 * What the speech tokenizer hears: Whisper's log-mel, not padded to 30 seconds.
 * @param pcm mono, 16 000 Hz, f32 in [-1, 1], more than 200 samples
 * @returns mel row-major [128, frames], frames = floor(samples / 160); 0.25 log10 of the power, of a range of 2
 * @source openai/whisper whisper/audio.py log_mel_spectrogram
 */
export const whisperMel = (pcm: Float32Array): { mel: Float32Array<ArrayBuffer>; frames: number } => {
  const frames = Math.floor(pcm.length / HOP)
  const bank = slaneyMelBank({
    sampleRateHz: SAMPLE_RATE_HZ,
    fftSize: SIZE,
    bandCount: WHISPER_MEL_BINS,
    highHz: SAMPLE_RATE_HZ / 2,
  })
  const mel = new Float32Array(WHISPER_MEL_BINS * frames)
  const power = new Float64Array(SIZE / 2 + 1)
  let loudest = Number.NEGATIVE_INFINITY
  eachSpectrum(pcm, { size: SIZE, hop: HOP, margin: SIZE / 2, frames }, ({ real, imaginary }, frame) => {
    for (let bin = 0; bin < power.length; bin++) power[bin] = (real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2
    for (const [row, band] of bank.entries()) {
      const level = Math.log10(Math.max(bandEnergy(band, power), LEAST_POWER))
      loudest = Math.max(loudest, level)
      mel[row * frames + frame] = level
    }
  })
  const floor = loudest - RANGE
  for (let place = 0; place < mel.length; place++) mel[place] = (Math.max(mel[place] ?? 0, floor) + 4) / 4
  return { mel, frames }
}
