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

/** A recording that engines speak in the manner of. It is kept in the library, under the name of its contents. */
export const promptAudioSchema = z.object({
  kind: z.literal('promptAudio'),
  /** Of the kept WAV file, 64 hex digits. */
  audioSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** What is said in it; empty where nobody knows, and then engines have only its sound to go by. */
  promptText: z.string().max(2000),
})

/** Where the sound of a voice comes from. Later kinds (cloud voices) join this union. */
export const voiceSourceSchema = z.discriminatedUnion('kind', [presetSpeakerSchema, promptAudioSchema])
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

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    // The one thing that it throws is that this is no tag.
    return false
  }
}

/** What a person says of a voice that is made from a recording. */
export const newVoiceSchema = z.object({
  name: z.string().trim().min(1).max(200),
  /** What is said in the recording; empty where nobody knows. */
  promptText: z.string().max(2000),
  language: z.string().min(2).max(35).refine(isLanguageTag).nullable(),
  gender: voiceSchema.shape.gender,
  notes: voiceSchema.shape.notes,
})
export type NewVoice = z.output<typeof newVoiceSchema>
