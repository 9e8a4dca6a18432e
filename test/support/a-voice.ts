import { writeWav } from '../../src/main/export/index.ts'
import type { SampleRateHz } from '../../src/shared/kernel/index.ts'
import { someNumbers } from './run-graph.ts'

/** Seconds from the start of one syllable to that of the next; the last tenth of it is silent, and every fifth is a pause. */
const SYLLABLE_SEC = 0.22
const SYLLABLES_PER_PHRASE = 5

/** Centre and width of the resonances of three vowels, in Hz. */
const VOWELS = [
  [
    [730, 90],
    [1090, 110],
    [2440, 170],
  ],
  [
    [270, 60],
    [2290, 150],
    [3010, 200],
  ],
  [
    [300, 60],
    [870, 100],
    [2240, 160],
  ],
] as const

const loudnessAt = (hz: number, vowel: (typeof VOWELS)[number]): number =>
  vowel.reduce((sum, [centreHz, widthHz]) => sum + 1 / (1 + ((hz - centreHz) / (2 * widthHz)) ** 2), 0.02)

/**
 * Sound that is built like speech: harmonics of a gliding pitch under the resonances of changing vowels, in syllables, with
 * pauses and a little breath. The same every time.
 * @returns mono samples in [−0.5, 0.5]
 */
export const voiceLikeSound = ({
  durationSec,
  sampleRateHz,
}: {
  durationSec: number
  sampleRateHz: number
}): Float32Array<ArrayBuffer> => {
  const pcm = new Float32Array(Math.round(durationSec * sampleRateHz))
  const breath = someNumbers(pcm.length, 17)
  let phase = 0
  for (let n = 0; n < pcm.length; n++) {
    const sec = n / sampleRateHz
    const syllable = Math.floor(sec / SYLLABLE_SEC)
    const within = sec / SYLLABLE_SEC - syllable
    const pitchHz = 120 + 25 * Math.sin(2 * Math.PI * 0.6 * sec) + 15 * within
    phase += (2 * Math.PI * pitchHz) / sampleRateHz
    const isPause = syllable % SYLLABLES_PER_PHRASE === SYLLABLES_PER_PHRASE - 1
    const envelope = isPause || within > 0.9 ? 0 : Math.sin((Math.PI * within) / 0.9)
    const vowel = VOWELS[syllable % VOWELS.length] ?? VOWELS[0]
    let sum = 0
    for (let harmonic = 1; harmonic * pitchHz < Math.min(4000, sampleRateHz / 2); harmonic++)
      sum += (loudnessAt(harmonic * pitchHz, vowel) * Math.sin(harmonic * phase)) / harmonic ** 0.5
    pcm[n] = 0.12 * envelope * sum + 0.002 * (breath[n] ?? 0)
  }
  return pcm.map((sample) => Math.max(-0.5, Math.min(0.5, sample)))
}

export type PromptRecording = { readonly file: string; readonly transcript: string }

/** Writes a recording for a voice: something like speech, and words that could be its transcript. */
export const promptRecording = (
  file: string,
  { durationSec = 3, sampleRateHz = 24_000 }: { durationSec?: number; sampleRateHz?: SampleRateHz } = {},
): PromptRecording => {
  writeWav(file, voiceLikeSound({ durationSec, sampleRateHz }), sampleRateHz)
  return { file, transcript: 'The river was quiet.' }
}
