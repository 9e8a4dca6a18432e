import type { MixPlan, ReadTake } from '../../src/shared/audio/index.ts'
import { lineIdSchema, type SampleRateHz, takeIdSchema, trackIdSchema } from '../../src/shared/kernel/index.ts'

export type Tone = { startSec: number; durationSec: number; frequencyHz: number; pan?: number }

/** RMS of every tone: a sine of half of full scale. */
export const TONE_DB = 20 * Math.log10(0.5) - 3.01

/** A plan whose takes are sine tones, one track each, and silence between. */
export const tonePlan = (
  tones: readonly Tone[],
  durationSec: number,
  sampleRateHz: SampleRateHz = 24_000,
): MixPlan => ({
  sampleRateHz,
  durationSamples: Math.round(durationSec * sampleRateHz),
  clips: tones.map((tone, index) => ({
    lineId: lineIdSchema.parse(`line_${index}`),
    takeId: takeIdSchema.parse(`take_${tone.frequencyHz}`),
    trackId: trackIdSchema.parse(`track_${index}`),
    startSamples: Math.round(tone.startSec * sampleRateHz),
    durationSamples: Math.round(tone.durationSec * sampleRateHz),
    gainDb: 0,
    fadeInSamples: Math.round(0.005 * sampleRateHz),
    fadeOutSamples: Math.round(0.005 * sampleRateHz),
  })),
  tracks: tones.map(({ pan = 0 }, index) => ({ trackId: trackIdSchema.parse(`track_${index}`), gainDb: 0, pan })),
})

/** Takes by name: `take_440` is an endless sine of 440 Hz. */
export const toneReader =
  (sampleRateHz: SampleRateHz = 24_000): ReadTake =>
  async (takeId, startSamples, target) => {
    const frequencyHz = Number(takeId.slice('take_'.length))
    for (let i = 0; i < target.length; i++)
      target[i] = 0.5 * Math.sin((2 * Math.PI * frequencyHz * (startSamples + i)) / sampleRateHz)
  }
