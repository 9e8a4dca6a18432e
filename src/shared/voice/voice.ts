import { z } from 'zod'
import { engineIdSchema, epochMsSchema, voiceIdSchema } from '../kernel/index.ts'

/** What a voice can be asked to do, in the field's own words. */
export const voiceModeSchema = z.enum(['zeroShot', 'crossLingual', 'instruct', 'presetSpeaker'])
export type VoiceMode = z.output<typeof voiceModeSchema>

/** A speaker that an engine ships, with the settings that make it distinct. */
export const presetSpeakerSchema = z.object({
  kind: z.literal('presetSpeaker'),
  engineId: engineIdSchema,
  /** The engine's own name for the speaker. */
  speaker: z.string().min(1).max(200),
})

/** Where the sound of a voice comes from. Later kinds (prompt audio, cloud voices) join this union. */
export const voiceSourceSchema = z.discriminatedUnion('kind', [presetSpeakerSchema])
export type VoiceSource = z.output<typeof voiceSourceSchema>

export const voiceSchema = z.object({
  voiceId: voiceIdSchema,
  name: z.string().min(1).max(200),
  source: voiceSourceSchema,
  /** BCP 47 language the voice is at home in; null where it speaks every language of its engine. */
  language: z.string().min(2).max(35).nullable(),
  gender: z.enum(['female', 'male', 'neutral']),
  notes: z.string().max(2000),
  createdAtEpochMs: epochMsSchema,
})
export type Voice = z.output<typeof voiceSchema>
