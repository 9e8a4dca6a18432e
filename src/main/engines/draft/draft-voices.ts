import type { Voice } from '../../../shared/voice/index.ts'

/** A speaker as espeak is told to sound. */
export type DraftSpeaker = {
  name: string
  gender: Voice['gender']
  /** Factor on speaking rate; the slowest still allows speed 0.5 within espeak's limit. */
  rate: number
  /** Lowest and highest note of ordinary speech. */
  pitchHz: readonly [low: number, high: number]
  /** Rest of an espeak variant file. @source espeak-ng/espeak-ng docs/voices.md */
  variant: string
}

const formants = (rows: readonly (readonly [frequency: number, strength: number, width: number])[]): string =>
  rows.map((row, index) => `formant ${index} ${row.join(' ')}`).join('\n')

/** Formants 1 to 8 moved together as a longer or shorter throat moves them. */
const throat = (frequency: number, strengths: readonly number[], width = 100): string =>
  formants(strengths.map((strength, index) => [index === 0 ? 100 : frequency, strength, width] as const))

/**
 * Speakers chosen to be told apart at once, by pitch, by size of throat, by brightness, by breath and by pace.
 * A change here changes how takes sound: raise the engine's version with it.
 */
export const DRAFT_SPEAKERS: Readonly<Record<string, DraftSpeaker>> = {
  linden: {
    // Clear, even
    name: 'Linden',
    gender: 'female',
    rate: 1,
    pitchHz: [165, 235],
    variant: `flutter 5\n${throat(112, [80, 80, 75, 75, 80, 80, 75, 70, 70], 150)}`,
  },
  aspen: {
    // Plain, middle voice
    name: 'Aspen',
    gender: 'male',
    rate: 1,
    pitchHz: [92, 140],
    variant: 'flutter 3',
  },
  cedar: {
    // Deep, large, unhurried
    name: 'Cedar',
    gender: 'male',
    rate: 0.94,
    pitchHz: [62, 86],
    variant: `flutter 3\n${throat(88, [110, 105, 90, 80, 70, 60, 45, 35, 25])}\ntone 600 255 1200 130 2000 80`,
  },
  birch: {
    // High, bright, quick
    name: 'Birch',
    gender: 'female',
    rate: 1.06,
    pitchHz: [220, 320],
    variant: `flutter 3\n${throat(119, [60, 85, 95, 100, 105, 105, 100, 90, 90], 150)}\ntone 600 150 1200 170 2000 230 3000 230`,
  },
  maple: {
    // Small, childlike
    name: 'Maple',
    gender: 'neutral',
    rate: 1.06,
    pitchHz: [310, 420],
    variant: `flutter 6\n${throat(132, [70, 80, 75, 70, 70, 70, 60, 60, 60], 150)}`,
  },
  oak: {
    // Old, rough, slow
    name: 'Oak',
    gender: 'male',
    rate: 0.92,
    pitchHz: [96, 128],
    variant: `flutter 24\nroughness 7\n${throat(94, [110, 90, 80, 60, 45, 40, 25, 20, 20], 115)}\nvoicing 80\nbreath 0 6 8 8 6 6 4 4`,
  },
  willow: {
    // Soft, breathy, close
    name: 'Willow',
    gender: 'female',
    rate: 0.95,
    pitchHz: [186, 222],
    variant: `flutter 6\n${throat(110, [120, 60, 50, 45, 45, 45, 45, 40, 40], 180)}\nvoicing 60\nbreath 0 12 16 16 14 12 8 8\nbreathw 150 150 200 200 400 400 600 600\ntone 600 255 1200 100 2000 70`,
  },
  rowan: {
    // Young, bright, lively
    name: 'Rowan',
    gender: 'male',
    rate: 1.1,
    pitchHz: [128, 205],
    variant: `flutter 2\n${throat(106, [60, 100, 115, 120, 115, 110, 95, 85, 80], 95)}\ntone 600 170 1200 190 2000 190 3000 160`,
  },
  hazel: {
    // Low, warm, calm
    name: 'Hazel',
    gender: 'female',
    rate: 0.96,
    pitchHz: [136, 176],
    variant: `flutter 8\n${throat(105, [110, 90, 75, 60, 55, 50, 40, 35, 30], 140)}\ntone 600 255 1200 130 2000 80`,
  },
  alder: {
    // Flat, mechanical
    name: 'Alder',
    gender: 'neutral',
    rate: 1,
    pitchHz: [144, 146],
    variant: 'klatt 3\nflutter 0\nintonation 2',
  },
  sage: {
    // Whisper
    name: 'Sage',
    gender: 'neutral',
    rate: 0.95,
    pitchHz: [82, 117],
    variant:
      'flutter 20\nformant 0 100 0 100\nformant 1 100 80 100\nvoicing 17\nbreath 75 75 50 40 15 10\nbreathw 150 150 200 200 400 400',
  },
}

/** The body of an espeak variant file for a speaker, moved by semitones. */
export const variantOf = ({ pitchHz, variant }: DraftSpeaker, pitchSemitones: number): string => {
  const [low, high] = pitchHz.map((hz) => Math.round(hz * 2 ** (pitchSemitones / 12)))
  return `pitch ${low} ${high}\n${variant}`
}
