/** Test support: what a listener would notice of a stretch of speech, in numbers. */
type SpeechMeasures = {
  /** Level while it sounds, in dBFS. */
  speechRmsDb: number
  peakDb: number
  /** Median fundamental of frames that have one; NaN where hardly any has. */
  pitchHz: number
  /** Between the lower and the upper quarter of those frames: what is left of a melody; 0 for a monotone. */
  pitchSpreadSemitones: number
  /** Where the weight of the spectrum lies. */
  centroidHz: number
  /** How much sounding frames repeat themselves: near 1 for a clear voice, below 0.5 for a whisper. */
  periodicity: number
  durationSec: number
  leadingSilenceSec: number
  trailingSilenceSec: number
}

const FRAME_SAMPLES = 1024
const HOP_SAMPLES = 2048
const HANN = Float64Array.from(
  { length: FRAME_SAMPLES },
  (_, index) => 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / FRAME_SAMPLES),
)
const LOWEST_HZ = 45
const HIGHEST_HZ = 600
const SOUNDING_BELOW_LOUDEST_DB = -30
const SILENCE_DBFS = -60

const toDb = (linear: number): number => 20 * Math.log10(linear)
const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length * share)] ?? Number.NaN

const rmsOf = (frame: Float32Array): number =>
  Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length)

/** Normalised autocorrelation; the first strong peak is the period, so that its multiples are not taken for it. */
const pitchOf = (pcm: Float32Array, start: number, sampleRateHz: number): { pitchHz: number; strength: number } => {
  const shortest = Math.floor(sampleRateHz / HIGHEST_HZ)
  const longest = Math.floor(sampleRateHz / LOWEST_HZ)
  const strengths: number[] = []
  for (let lag = shortest; lag <= longest; lag++) {
    let product = 0
    let here = 0
    let there = 0
    for (let index = start; index < start + FRAME_SAMPLES; index++) {
      const left = pcm[index] ?? 0
      const right = pcm[index + lag] ?? 0
      product += left * right
      here += left * left
      there += right * right
    }
    strengths.push(product / Math.sqrt(here * there + 1e-12))
  }
  const strength = Math.max(...strengths)
  const index = strengths.findIndex(
    (value, at) =>
      value > 0.9 * strength && value >= (strengths[at - 1] ?? -1) && value >= (strengths[at + 1] ?? -1) && at > 0,
  )
  return { pitchHz: sampleRateHz / (shortest + index), strength: index < 0 ? 0 : strength }
}

/** Power at every 50 Hz up to 8 kHz, by Goertzel's recurrence over a Hann window. */
const centroidOf = (frame: Float32Array, sampleRateHz: number): { weighted: number; power: number } => {
  let [weighted, power] = [0, 0]
  for (let hz = 50; hz <= 8000; hz += 50) {
    const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRateHz)
    let last = 0
    let beforeLast = 0
    for (let index = 0; index < frame.length; index++) {
      const next = (frame[index] ?? 0) * (HANN[index] ?? 0) + coefficient * last - beforeLast
      beforeLast = last
      last = next
    }
    const binPower = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
    weighted += hz * binPower
    power += binPower
  }
  return { weighted, power }
}

export const measureSpeech = (pcm: Float32Array, sampleRateHz: number): SpeechMeasures => {
  const starts: number[] = []
  for (let start = 0; start + 2 * FRAME_SAMPLES <= pcm.length; start += HOP_SAMPLES) starts.push(start)
  const levels = starts.map((start) => rmsOf(pcm.subarray(start, start + FRAME_SAMPLES)))
  const loudest = levels.reduce((highest, level) => Math.max(highest, level), 0)
  const sounding = starts.filter((_, index) => toDb((levels[index] ?? 0) / loudest) > SOUNDING_BELOW_LOUDEST_DB)
  const pitches = sounding.map((start) => pitchOf(pcm, start, sampleRateHz))
  const voicedHz = pitches.filter(({ strength }) => strength > 0.5).map(({ pitchHz }) => pitchHz)
  const spectra = sounding.map((start) => centroidOf(pcm.subarray(start, start + FRAME_SAMPLES), sampleRateHz))
  const speechPower = sounding.reduce((sum, start) => sum + rmsOf(pcm.subarray(start, start + FRAME_SAMPLES)) ** 2, 0)
  const audible = (sample: number): boolean => toDb(Math.abs(sample)) > SILENCE_DBFS
  return {
    speechRmsDb: toDb(Math.sqrt(speechPower / sounding.length)),
    peakDb: toDb(pcm.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)),
    pitchHz: quantile(voicedHz, 0.5),
    pitchSpreadSemitones: 12 * Math.log2(quantile(voicedHz, 0.75) / quantile(voicedHz, 0.25)),
    centroidHz:
      spectra.reduce((sum, { weighted }) => sum + weighted, 0) / spectra.reduce((sum, { power }) => sum + power, 0),
    periodicity: quantile(
      pitches.map(({ strength }) => strength),
      0.5,
    ),
    durationSec: pcm.length / sampleRateHz,
    leadingSilenceSec: pcm.findIndex(audible) / sampleRateHz,
    trailingSilenceSec: (pcm.length - 1 - pcm.findLastIndex(audible)) / sampleRateHz,
  }
}
