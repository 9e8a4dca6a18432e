import { z } from 'zod'
import { appErrorDataSchema } from '../kernel/index.ts'

/** What can be better about a recording that is usable all the same. */
export const recordingAdviceSchema = z.enum(['short', 'long', 'clipped', 'quiet', 'noisy', 'low-rate'])
export type RecordingAdvice = z.output<typeof recordingAdviceSchema>

/** A recording of a voice in numbers. */
export const recordingReportSchema = z.object({
  durationSec: z.number(),
  sampleRateHz: z.number(),
  channels: z.number(),
  peakDb: z.number(),
  /** While it sounds, in dBFS. */
  speechLevelDb: z.number(),
  /** Between the words, in dBFS. */
  noiseLevelDb: z.number(),
  /** Share of samples at full scale. */
  clippedShare: z.number(),
  leadingSilenceSec: z.number(),
  trailingSilenceSec: z.number(),
  advice: z.array(recordingAdviceSchema).readonly(),
  /** Why engines cannot use it; null where they can. */
  problem: appErrorDataSchema.nullable(),
})
export type RecordingReport = z.output<typeof recordingReportSchema>
