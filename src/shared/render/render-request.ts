import { z } from 'zod'
import { engineIdSchema, sampleRateSchema, voiceIdSchema } from '../kernel/index.ts'
import { voiceModeSchema, voiceSourceSchema } from '../voice/index.ts'
import { takeKeySchema } from './take.ts'

/** The part of a voice that an engine needs to speak with it. */
export const requestVoiceSchema = z.object({ voiceId: voiceIdSchema, source: voiceSourceSchema })

/**
 * Everything an engine gets to know about one line. Settings the engine does not honour are already left out (null), so
 * that changing them makes no take stale.
 */
export const renderRequestSchema = z.object({
  takeKey: takeKeySchema,
  engineId: engineIdSchema,
  /** Rises when the same request would sound different. */
  engineVersion: z.string().max(100),
  text: z.string(),
  /** BCP 47, or null: the engine tells from the text. */
  language: z.string().nullable(),
  voice: requestVoiceSchema,
  mode: voiceModeSchema,
  instruct: z.string().nullable(),
  /** Factor on speaking rate, null where the engine has no such control. */
  speed: z.number().nullable(),
  pitchSemitones: z.number().nullable(),
  seed: z.number().int().nullable(),
  /** Rate the take is kept at; an engine with another rate is resampled on the way. */
  sampleRateHz: sampleRateSchema,
})
export type RenderRequest = z.output<typeof renderRequestSchema>
