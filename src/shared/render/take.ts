import { z } from 'zod'
import {
  type Branded,
  engineIdSchema,
  epochMsSchema,
  lineIdSchema,
  projectIdSchema,
  sampleCountSchema,
  sampleRateSchema,
  takeIdSchema,
  voiceIdSchema,
} from '../kernel/index.ts'

/** SHA-256 in hex of everything that changes the sound of a take; it also names the take's file. See take-key.ts. */
export type TakeKey = Branded<string, 'TakeKey'>
export const takeKeySchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((key) => key as TakeKey)

/** A field of a request that an engine did not honour, or something about its answer. */
export const renderWarningSchema = z.object({ field: z.string(), reason: z.string() })
export type RenderWarning = z.output<typeof renderWarningSchema>

/** One immutable recording made for a line. */
export const takeSchema = z.object({
  takeId: takeIdSchema,
  takeKey: takeKeySchema,
  projectId: projectIdSchema,
  lineId: lineIdSchema,
  engineId: engineIdSchema,
  voiceId: voiceIdSchema.nullable(),
  sampleRateHz: sampleRateSchema,
  durationSamples: sampleCountSchema,
  /** What the engine did not honour of the request. */
  warnings: z.array(renderWarningSchema),
  createdAtEpochMs: epochMsSchema,
})
export type Take = z.output<typeof takeSchema>
