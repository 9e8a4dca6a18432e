import { z } from 'zod'

/** The only place where seconds become samples: nearest sample, halves up. */
export const secToSamples = (durationSec: number, sampleRateHz: number): number =>
  Math.round(durationSec * sampleRateHz)

export const samplesToSec = (durationSamples: number, sampleRateHz: number): number => durationSamples / sampleRateHz

/** Amplitude factor of a gain: 0 dB is 1, -6.02 dB is 0.5. */
export const dbToLinear = (gainDb: number): number => 10 ** (gainDb / 20)

/** Gain in dB of an amplitude factor; silence is -Infinity. */
export const linearToDb = (gainLinear: number): number => 20 * Math.log10(gainLinear)

export const sampleCountSchema = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
export const countSchema = z.number().int().nonnegative()
export const epochMsSchema = z.number().int().nonnegative()

/** Sample rates a project, a take or an export may have. */
export const SAMPLE_RATES_HZ = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000] as const
export const sampleRateSchema = z.union(SAMPLE_RATES_HZ.map((hz) => z.literal(hz)))
export type SampleRateHz = (typeof SAMPLE_RATES_HZ)[number]
