import { z } from 'zod'
import { mixPlanSchema } from '../../shared/audio/index.ts'
import { countSchema, sampleCountSchema, takeIdSchema } from '../../shared/kernel/index.ts'
import { takeKeySchema } from '../../shared/render/index.ts'

/** What the playback worker is asked and what it answers, by method. */

/** `devices` */
export const devicesOutputSchema = z.array(z.object({ deviceId: z.string(), name: z.string(), isDefault: z.boolean() }))
export type DevicesOutput = z.output<typeof devicesOutputSchema>

/** `check`: opens the device and plays a moment of silence. */
export const checkInputSchema = z.object({
  deviceName: z.string().nullable(),
  sampleRateHz: z.number().int().positive(),
})
export type CheckInput = z.output<typeof checkInputSchema>
export const checkOutputSchema = z.object({ deviceName: z.string() })

/** `play`: its items say where the sound is. */
export const playInputSchema = z.object({
  plan: mixPlanSchema,
  takeKeys: z.array(z.tuple([takeIdSchema, takeKeySchema])),
  takesDirectory: z.string(),
  deviceName: z.string().nullable(),
  fromSamples: sampleCountSchema,
  untilSamples: sampleCountSchema,
  /** Names a take that is still being rendered, in the `grow` calls that follow; null for what is all there. */
  growingId: countSchema.nullable(),
})
export type PlayInput = z.output<typeof playInputSchema>
export const playItemSchema = z.object({
  positionSamples: sampleCountSchema,
  atEpochMs: z.number(),
  isWaiting: z.boolean(),
})
export const playOutputSchema = z.object({ positionSamples: sampleCountSchema })

/** `grow`: how far a take has come that is played. Ignored where it is not played any more. */
export const growInputSchema = z.object({
  growingId: countSchema,
  grown: z.object({
    kind: z.literal('growing'),
    takeKey: takeKeySchema,
    unfinishedFile: z.string(),
    file: z.string(),
    writtenSamples: sampleCountSchema,
    isWhole: z.boolean(),
  }),
})
export type GrowInput = z.output<typeof growInputSchema>
