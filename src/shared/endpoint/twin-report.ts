import { z } from 'zod'
import { appErrorDataSchema, memberIdSchema, voiceIdSchema } from '../kernel/index.ts'
import { voiceSchema, voiceTwinSchema } from '../voice/index.ts'
import { memberSchema, remoteVoiceSchema } from './remote-engine.ts'

/** What came of the copying of a voice to one endpoint. */
export const twinOutcomeSchema = z.object({
  memberId: memberIdSchema,
  baseUrl: memberSchema.shape.baseUrl,
  /** Null where there is none. A twin that is `pending` is asked for on and on, also when nobody waits for it. */
  twin: voiceTwinSchema.nullable(),
  error: appErrorDataSchema.nullable(),
  /** How the recording got there, where that was not by the first way. */
  warnings: z.array(z.object({ field: z.string(), reason: z.string() })),
})
export type TwinOutcome = z.output<typeof twinOutcomeSchema>

/** A voice as an endpoint lists it. */
export const listedVoiceSchema = remoteVoiceSchema.extend({
  /** The service has it, and never will speak with it; it counts all the same. */
  isRejected: z.boolean().optional(),
})
export type ListedVoice = z.output<typeof listedVoiceSchema>

/** How the voices of one endpoint and the twins of the library agree. */
export const memberVoicesSchema = z.object({
  memberId: memberIdSchema,
  baseUrl: memberSchema.shape.baseUrl,
  /** Voices there that neither a twin nor the engine knows; null where the endpoint does not list any. */
  adoptable: z.array(listedVoiceSchema).nullable(),
  /** The endpoint lists no more than it did at a time. */
  mayHaveMore: z.boolean(),
  /** Voices of the library whose copies are no longer there. */
  gone: z.array(voiceIdSchema),
  error: appErrorDataSchema.nullable(),
})
export type MemberVoices = z.output<typeof memberVoicesSchema>

/** A voice that is to be made from words. */
export const voiceDesignSchema = z.object({
  name: voiceSchema.shape.name.trim(),
  gender: voiceSchema.shape.gender,
  /** What it is to be like, in Chinese or English. */
  description: z.string().trim().min(1).max(500),
  /** What it says so that it can be judged, in its language. */
  previewText: z.string().trim().min(1).max(200),
  language: z.enum(['zh', 'en']).nullable(),
})
export type VoiceDesign = z.output<typeof voiceDesignSchema>

/** A designed voice to be listened to. */
export const voicePreviewSchema = z.object({
  /** Relative URL of a WAV, for as long as the app runs: `voice-preview/<id>`. */
  url: z.string(),
  durationSec: z.number(),
})
export type VoicePreviewView = z.output<typeof voicePreviewSchema>
