import { z } from 'zod'
import { lineIdSchema, sampleCountSchema, sampleRateSchema, takeIdSchema, trackIdSchema } from '../kernel/index.ts'

/**
 * Everything mixdown needs, as plain data, so that playback, preview and export - each in its own process - hear the same.
 */
export const mixPlanSchema = z.object({
  sampleRateHz: sampleRateSchema,
  durationSamples: sampleCountSchema,
  /** In time order of their starts. They may overlap; overlapping clips add up. */
  clips: z.array(
    z.object({
      lineId: lineIdSchema,
      takeId: takeIdSchema,
      trackId: trackIdSchema.nullable(),
      startSamples: sampleCountSchema,
      durationSamples: sampleCountSchema,
      gainDb: z.number(),
      fadeInSamples: sampleCountSchema,
      fadeOutSamples: sampleCountSchema,
    }),
  ),
  /** Tracks that sound; a clip on a track that is not listed is silent (muted, or another is solo). */
  tracks: z.array(z.object({ trackId: trackIdSchema, gainDb: z.number(), pan: z.number().min(-1).max(1) })),
})
export type MixPlan = z.output<typeof mixPlanSchema>
export type MixClip = MixPlan['clips'][number]

/**
 * Reads PCM of one take.
 * @param startSamples first sample wanted, within the take
 * @param target mono f32 in [-1, 1], filled completely
 * @throws AppError `take.missing`
 */
export type ReadTake = (takeId: MixClip['takeId'], startSamples: number, target: Float32Array) => Promise<void>
