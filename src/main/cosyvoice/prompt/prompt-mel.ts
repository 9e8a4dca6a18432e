import type { ModelDescription } from '../../model-bundle/index.ts'
import { bandEnergy, slaneyMelBank } from './mel-bank.ts'
import { eachSpectrum } from './windowed-spectra.ts'

export const PROMPT_MEL_BINS = 80
const SAMPLE_RATE_HZ = 24_000
const SIZE = 1920
const HOP = 480
const LEAST_POWER = 1e-9
const LEAST_MAGNITUDE = 1e-5

/** Upper end of the highest band: CosyVoice 3 hears the whole of 24 kHz. @source FunAudioLLM/CosyVoice cosyvoice2.yaml, cosyvoice3.yaml feat_extractor */
export const PROMPT_MEL_HIGH_HZ: Readonly<Record<ModelDescription['architecture'], number>> = {
  cosyvoice2: 8000,
  cosyvoice3: 12_000,
}

/**
 * Mel of prompt audio, as the flow continues it.
 * @param pcm mono, 24 000 Hz, f32 in [-1, 1], more than 720 samples
 * @param highHz upper corner of the highest band
 * @returns mel row-major [frames, 80], natural logarithm of the magnitude, frames = floor(samples / 480)
 * @source shivammehta25/Matcha-TTS matcha/utils/audio.py mel_spectrogram
 */
export const promptMel = (pcm: Float32Array, highHz: number): { mel: Float32Array<ArrayBuffer>; frames: number } => {
  const frames = Math.floor(pcm.length / HOP)
  const bank = slaneyMelBank({ sampleRateHz: SAMPLE_RATE_HZ, fftSize: SIZE, bandCount: PROMPT_MEL_BINS, highHz })
  const mel = new Float32Array(frames * PROMPT_MEL_BINS)
  const magnitude = new Float64Array(SIZE / 2 + 1)
  eachSpectrum(pcm, { size: SIZE, hop: HOP, margin: (SIZE - HOP) / 2, frames }, ({ real, imaginary }, frame) => {
    for (let bin = 0; bin < magnitude.length; bin++)
      magnitude[bin] = Math.sqrt((real[bin] ?? 0) ** 2 + (imaginary[bin] ?? 0) ** 2 + LEAST_POWER)
    for (const [column, band] of bank.entries())
      mel[frame * PROMPT_MEL_BINS + column] = Math.log(Math.max(bandEnergy(band, magnitude), LEAST_MAGNITUDE))
  })
  return { mel, frames }
}
