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

/** How long a take may become: the sizes in its WAV have 32 bits. */
export const MAX_TAKE_SAMPLES = 2 ** 30 - 32

/** The plan of one take by itself: as it was spoken, at its own rate. */
export const planOfTake = ({
  lineId,
  takeId,
  sampleRateHz,
  durationSamples,
}: Pick<MixPlan, 'sampleRateHz' | 'durationSamples'> & Pick<MixClip, 'lineId' | 'takeId'>): MixPlan => ({
  sampleRateHz,
  durationSamples,
  tracks: [],
  clips: [
    {
      ...{ lineId, takeId, durationSamples },
      ...{ trackId: null, startSamples: 0, gainDb: 0, fadeInSamples: 0, fadeOutSamples: 0 },
    },
  ],
})

/**
 * Reads PCM of one take.
 * @param startSamples first sample wanted, within the take
 * @param target mono f32 in [-1, 1], filled completely
 * @throws AppError `take.missing`
 */
export type ReadTake = (takeId: MixClip['takeId'], startSamples: number, target: Float32Array) => Promise<void>
