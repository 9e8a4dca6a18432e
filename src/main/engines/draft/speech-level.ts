import { dbToLinear, secToSamples } from '../../../shared/kernel/index.ts'

/** Loudness of speech while it sounds, the same for every voice and language. */
const SPEECH_RMS_LINEAR = dbToLinear(-20)
const PEAK_LINEAR = dbToLinear(-1.5)
/** A frame this far below the loudest one is silence. */
const SILENCE_BELOW_LOUDEST = dbToLinear(-40)
const FRAME_SEC = 0.01
/** Kept around what sounds, so that soft beginnings and ends are not cut; it also holds the fade. */
const MARGIN_SEC = 0.01
const FADE_SEC = 0.004

type Frames = { rms: Float64Array; frameSamples: number }

const frameLevels = (pcm: Float32Array, sampleRateHz: number): Frames => {
  const frameSamples = secToSamples(FRAME_SEC, sampleRateHz)
  const rms = new Float64Array(Math.ceil(pcm.length / frameSamples))
  for (let frame = 0; frame < rms.length; frame++) {
    const samples = pcm.subarray(frame * frameSamples, (frame + 1) * frameSamples)
    let sum = 0
    for (const sample of samples) sum += sample * sample
    rms[frame] = Math.sqrt(sum / samples.length)
  }
  return { rms, frameSamples }
}

/**
 * One piece of speech without the silence around it, at speech level, with ends that do not click.
 * @returns empty where nothing sounds
 */
export const levelledSpeech = (pcm16: Int16Array, sampleRateHz: number): Float32Array => {
  const pcm = Float32Array.from(pcm16, (sample) => sample / 32768)
  const { rms, frameSamples } = frameLevels(pcm, sampleRateHz)
  const silence = rms.reduce((loudest, level) => Math.max(loudest, level), 0) * SILENCE_BELOW_LOUDEST
  const sounds = (level: number): boolean => level > silence
  const first = rms.findIndex(sounds)
  if (first < 0) return new Float32Array(0)
  const last = rms.findLastIndex(sounds)
  const margin = secToSamples(MARGIN_SEC, sampleRateHz)
  const speech = pcm.slice(Math.max(0, first * frameSamples - margin), (last + 1) * frameSamples + margin)

  const sounding = rms.filter(sounds)
  const speechRms = Math.sqrt(sounding.reduce((sum, level) => sum + level * level, 0) / sounding.length)
  const peak = speech.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0)
  const gain = Math.min(SPEECH_RMS_LINEAR / speechRms, PEAK_LINEAR / peak)
  const fade = secToSamples(FADE_SEC, sampleRateHz)
  for (let index = 0; index < speech.length; index++)
    speech[index] = (speech[index] ?? 0) * gain * Math.min(1, index / fade, (speech.length - 1 - index) / fade)
  return speech
}
