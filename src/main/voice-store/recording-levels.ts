/** How loud a recording is, where it speaks and where it does not; levels in dBFS, never below -200. */
type RecordingLevels = {
  readonly peakDb: number
  /** Of the loudest 27.5 ms. */
  readonly loudestDb: number
  readonly speechLevelDb: number
  readonly noiseLevelDb: number
  readonly clippedShare: number
  readonly leadingSilenceSec: number
  readonly trailingSilenceSec: number
  readonly pauses: readonly Pause[]
}
type Pause = { readonly startSec: number; readonly durationSec: number }

/** Length of the windows, each overlapping half of the next: those by which engines look for silence. @source librosa/librosa effects.trim as called by FunAudioLLM/CosyVoice webui.py */
const WINDOW_SEC = 440 / 16_000
/** What a 16-bit file reaches at most, and a little less for what was encoded with losses. */
const FULL_SCALE = 0.999
/** Vowels of one sentence differ by about 20 dB, and the softest consonants lie lower still. */
const SPEECH_RANGE_DB = 30
/** Nothing further below the loudest moment can be part of the words. */
const WORDS_RANGE_DB = 40
/** A click alone must not say how loud the words are: so much of what is loud may be louder. */
const LOUD_SHARE = 0.05
/** Even fluent speech is interrupted for a twentieth of the time, by closed lips if nothing else. */
const QUIET_SHARE = 0.05

const powerToDb = (power: number): number => 10 * Math.log10(Math.max(power, 1e-20))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Mean square of every window; the last one may reach beyond the end. */
const windowPowers = (pcm: Float32Array, hop: number): number[] => {
  const halves = new Array<number>(Math.ceil(pcm.length / hop)).fill(0)
  for (let at = 0; at < pcm.length; at++) {
    const value = pcm[at] ?? 0
    const half = Math.floor(at / hop)
    halves[half] = (halves[half] ?? 0) + value * value
  }
  return halves.map((power, half) => (power + (halves[half + 1] ?? 0)) / (2 * hop))
}

const peakAndClipping = (pcm: Float32Array): { peak: number; clippedShare: number } => {
  let [peak, clipped] = [0, 0]
  const isFull = (at: number): boolean => Math.abs(pcm[at] ?? 0) >= FULL_SCALE
  for (let at = 0; at < pcm.length; at++) {
    peak = Math.max(peak, Math.abs(pcm[at] ?? 0))
    if (isFull(at) && (isFull(at - 1) || isFull(at + 1))) clipped++
  }
  return { peak, clippedShare: clipped / pcm.length }
}

/** The value that a share of them does not reach. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? -200

/** What is shorter belongs to the words: closed lips, a breath. */
const LEAST_PAUSE_SEC = 0.5

/** Where windows of no speech follow one another long enough; each window reaches to the end of the next. */
const pausesOf = (isSpeech: readonly boolean[], hopSec: number): Pause[] => {
  const speaking = isSpeech.flatMap((speaks, at) => (speaks ? [at] : []))
  return speaking
    .map((at, index) => ({ startSec: (at + 2) * hopSec, durationSec: ((speaking[index + 1] ?? at) - at - 2) * hopSec }))
    .filter(({ durationSec }) => durationSec >= LEAST_PAUSE_SEC)
}

/**
 * Measures a recording, window by window. What is louder than the middle between its quietest and its loudest parts (and no
 * more than 30 dB below these) is speech; the quietest twentieth between the first word and the last is noise.
 * @param pcm mono, at least one sample
 */
export const measureLevels = (pcm: Float32Array, sampleRateHz: number): RecordingLevels => {
  const hop = Math.max(1, Math.round((WINDOW_SEC * sampleRateHz) / 2))
  const powers = windowPowers(pcm, hop)
  const levels = powers.map(powerToDb)
  const sorted = levels.toSorted((a, b) => a - b)
  const loudestDb = sorted.at(-1) ?? -200
  const { peak, clippedShare } = peakAndClipping(pcm)
  const shared = { peakDb: powerToDb(peak * peak), loudestDb, clippedShare }
  const durationSec = pcm.length / sampleRateHz
  if (loudestDb <= -200)
    return {
      ...{ ...shared, speechLevelDb: -200, noiseLevelDb: -200, leadingSilenceSec: durationSec, trailingSilenceSec: 0 },
      pauses: [],
    }

  const words = sorted.filter((level) => level >= loudestDb - WORDS_RANGE_DB)
  const loudDb = quantile(words, 1 - LOUD_SHARE)
  const thresholdDb = Math.max(loudDb - SPEECH_RANGE_DB, (quantile(sorted, QUIET_SHARE) + loudDb) / 2)
  const isSpeech = (level: number): boolean => level >= thresholdDb
  const [first, last] = [levels.findIndex(isSpeech), levels.findLastIndex(isSpeech)]
  const inner = powers.slice(first, last + 1).toSorted((a, b) => a - b)
  const noise = inner.slice(0, Math.max(1, Math.round(inner.length * QUIET_SHARE)))
  return {
    ...shared,
    speechLevelDb: powerToDb(mean(powers.filter((_power, at) => isSpeech(levels[at] ?? -200)))),
    noiseLevelDb: powerToDb(mean(noise)),
    leadingSilenceSec: (first * hop) / sampleRateHz,
    trailingSilenceSec: Math.max(0, pcm.length - (last + 2) * hop) / sampleRateHz,
    pauses: pausesOf(levels.map(isSpeech), hop / sampleRateHz),
  }
}
