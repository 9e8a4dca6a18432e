/** Mono, f32 in [-1, 1]. */
export type PromptAudio = { readonly pcm: Float32Array; readonly sampleRateHz: number }

/** Length of the windows that loudness is looked at in, each overlapping half of the next. @source librosa/librosa effects.trim as called by FunAudioLLM/CosyVoice webui.py (440 and 220 samples at 16 kHz) */
const WINDOW_SEC = 440 / 16_000
/** A long silent tail makes the model speak the prompt again; none at all cuts it off. */
const KEPT_SILENCE_SEC = 0.2
/** What CosyVoice's own tool once used: only digital silence and very quiet rooms are that quiet. @source FunAudioLLM/CosyVoice webui.py postprocess */
const PRESET_TRIM_BELOW_PEAK_DB = 60

/** Mean square of every window; the last ones may reach beyond the end. */
const windowPowers = (pcm: Float32Array, hop: number): Float64Array => {
  const halves = new Float64Array(Math.ceil(pcm.length / hop))
  for (const [at, value] of pcm.entries()) {
    const half = Math.floor(at / hop)
    halves[half] = (halves[half] ?? 0) + value * value
  }
  return halves.map((power, half) => (power + (halves[half + 1] ?? 0)) / (2 * hop))
}

const hopOf = (sampleRateHz: number): number => Math.max(1, Math.round((WINDOW_SEC * sampleRateHz) / 2))

/** Level of the loudest 27.5 ms, in dB of full scale; never below -200. */
export const loudestDb = ({ pcm, sampleRateHz }: PromptAudio): number => {
  const loudest = windowPowers(pcm, hopOf(sampleRateHz)).reduce((most, power) => Math.max(most, power), 1e-20)
  return 10 * Math.log10(loudest)
}

/**
 * Cuts silence off both ends, down to 0.2 seconds; ends with less silence stay as they are. Silence inside stays.
 * @param belowPeakDb what is quieter than the loudest window by more than this is silence
 * @returns a view of the same samples
 */
export const trimSilence = (audio: PromptAudio, belowPeakDb = PRESET_TRIM_BELOW_PEAK_DB): PromptAudio => {
  const hop = hopOf(audio.sampleRateHz)
  const powers = windowPowers(audio.pcm, hop)
  const threshold = powers.reduce((most, power) => Math.max(most, power), 0) * 10 ** (-belowPeakDb / 10)
  const isLoud = (power: number): boolean => power > threshold
  const first = powers.findIndex(isLoud)
  if (first < 0) return audio
  const kept = Math.round(KEPT_SILENCE_SEC * audio.sampleRateHz)
  const begin = Math.max(0, first * hop - kept)
  const end = Math.min(audio.pcm.length, (powers.findLastIndex(isLoud) + 2) * hop + kept)
  return { ...audio, pcm: audio.pcm.subarray(begin, end) }
}
