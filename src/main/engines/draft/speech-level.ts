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

const levelOf = (pcm: Float32Array): number => {
  let sum = 0
  for (let index = 0; index < pcm.length; index++) sum += (pcm[index] ?? 0) ** 2
  return Math.sqrt(sum / pcm.length)
}

const peakOf = (pcm: Float32Array): number => {
  let peak = 0
  for (let index = 0; index < pcm.length; index++) peak = Math.max(peak, Math.abs(pcm[index] ?? 0))
  return peak
}

const frameLevels = (pcm: Float32Array, frameSamples: number): Float64Array => {
  const levels = new Float64Array(Math.ceil(pcm.length / frameSamples))
  for (let frame = 0; frame < levels.length; frame++)
    levels[frame] = levelOf(pcm.subarray(frame * frameSamples, (frame + 1) * frameSamples))
  return levels
}

/** In place: ends that do not click. */
const fadeEnds = (pcm: Float32Array, fadeSamples: number): void => {
  for (let index = 0; index < fadeSamples; index++) {
    const gain = index / fadeSamples
    pcm[index] = (pcm[index] ?? 0) * gain
    pcm[pcm.length - 1 - index] = (pcm[pcm.length - 1 - index] ?? 0) * gain
  }
}

/**
 * One piece of speech without the silence around it, at speech level, with ends that do not click.
 * @returns empty where nothing sounds
 */
export const levelledSpeech = (pcm16: Int16Array, sampleRateHz: number): Float32Array => {
  const pcm = new Float32Array(pcm16)
  const frameSamples = secToSamples(FRAME_SEC, sampleRateHz)
  const levels = frameLevels(pcm, frameSamples)
  const silence = levels.reduce((loudest, level) => Math.max(loudest, level), 0) * SILENCE_BELOW_LOUDEST
  const sounds = (level: number): boolean => level > silence
  const first = levels.findIndex(sounds)
  if (first < 0) return new Float32Array(0)
  const last = levels.findLastIndex(sounds)
  const margin = secToSamples(MARGIN_SEC, sampleRateHz)
  const speech = pcm.slice(Math.max(0, first * frameSamples - margin), (last + 1) * frameSamples + margin)

  const speechLevel = levelOf(Float32Array.from(levels.filter(sounds)))
  const gain = Math.min(SPEECH_RMS_LINEAR / speechLevel, PEAK_LINEAR / peakOf(speech))
  for (let index = 0; index < speech.length; index++) speech[index] = (speech[index] ?? 0) * gain
  fadeEnds(speech, secToSamples(FADE_SEC, sampleRateHz))
  return speech
}
