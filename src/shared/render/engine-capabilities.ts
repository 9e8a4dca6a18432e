import { z } from 'zod'
import { appErrorDataSchema, engineIdSchema, sampleRateSchema } from '../kernel/index.ts'
import { voiceModeSchema } from '../voice/index.ts'

const rangeSchema = z.object({ min: z.number(), max: z.number() })

/** A direction that a model was trained on, as a picker offers it. */
export const instructOptionSchema = z.object({
  /** Stable: `dialect.sichuan`. */
  id: z.string(),
  kind: z.enum(['dialect', 'language', 'emotion', 'tone', 'pace', 'loudness', 'role', 'identity', 'scene']),
  /** Exactly what the model is told. */
  text: z.string(),
  /** The same with a feeling, which is named as directions are: `emotion.happy`. */
  feelings: z.array(z.object({ id: z.string(), text: z.string() })).optional(),
  /** Those of the engine's own speakers, and whether recordings; absent: every voice that follows directions. */
  takenBy: z.object({ speakers: z.array(z.string()), recordings: z.boolean() }).optional(),
})
export type InstructOption = z.output<typeof instructOptionSchema>

/** What an engine can do, as data that the window, the planner and the command line all read. */
export const engineCapabilitiesSchema = z.object({
  engineId: engineIdSchema,
  /** Rises when the same request would sound different; part of every take key. */
  version: z.string().max(100),
  name: z.string(),
  /** Speech of a draft engine is for trying timing and casting, and is labelled so wherever it shows. */
  isDraft: z.boolean(),
  /** It computes on another machine: text and recordings leave this one, and it may cost something. */
  isRemote: z.boolean(),
  /** Voices with a recording speak only where they were copied to before. */
  needsEnrolment: z.boolean(),
  modes: z.array(voiceModeSchema),
  /** BCP 47 languages it reads; empty means any text. */
  languages: z.array(z.string()),
  /** Native rate of its speech. */
  sampleRateHz: sampleRateSchema,
  streaming: z.boolean(),
  /** Speaks with a voice of its own choosing for voices that belong to other engines. */
  speaksForAnyVoice: z.boolean(),
  /** Directions in words of one's own. */
  honoursInstruct: z.boolean(),
  /** Of its own speakers, those that follow directions; null: all. */
  instructSpeakers: z.array(z.string()).nullable(),
  /** Those of them that follow `instructs` to the letter and nothing else; absent: none. */
  listedOnlySpeakers: z.array(z.string()).optional(),
  /** Directions that it is known to follow. */
  instructs: z.array(instructOptionSchema),
  honoursSeed: z.boolean(),
  speed: rangeSchema.nullable(),
  pitchSemitones: rangeSchema.nullable(),
  /** Lines it can speak at the same time. */
  concurrency: z.number().int().min(1),
  /** Why it can speak nothing at present, e.g. because no model is installed; null where it can. */
  unavailable: appErrorDataSchema.nullable(),
})
export type EngineCapabilities = z.output<typeof engineCapabilitiesSchema>
