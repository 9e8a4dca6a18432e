import { z } from 'zod'
import { appErrorDataSchema } from '../kernel/index.ts'

/** What can be better about a recording that is usable all the same. */
export const recordingAdviceSchema = z.enum(['short', 'long', 'clipped', 'quiet', 'noisy', 'low-rate'])
export type RecordingAdvice = z.output<typeof recordingAdviceSchema>

/** A recording of a voice in numbers. */
export const recordingReportSchema = z.object({
  durationSec: z.number(),
  /** False where it goes on: so much of it was listened to. */
  isWhole: z.boolean(),
  sampleRateHz: z.number(),
  /** Largest sample, in dBFS. Levels end at -200, which is digital silence. */
  peakDb: z.number(),
  /** While it sounds, in dBFS. */
  speechLevelDb: z.number(),
  /** Between the words, in dBFS. */
  noiseLevelDb: z.number(),
  /** Share of samples that stand at full scale side by side: flat tops, where one alone may be an honest peak. */
  clippedShare: z.number(),
  leadingSilenceSec: z.number(),
  trailingSilenceSec: z.number(),
  /** Of half a second and more, between the first word and the last. */
  pauses: z.array(z.object({ startSec: z.number(), durationSec: z.number() })).readonly(),
  /** The most important first. */
  advice: z.array(recordingAdviceSchema).readonly(),
  /** Why engines cannot use it; null where they can. */
  problem: appErrorDataSchema.nullable(),
})
export type RecordingReport = z.output<typeof recordingReportSchema>
