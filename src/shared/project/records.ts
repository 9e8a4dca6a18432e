import { z } from 'zod'
import {
  chapterIdSchema,
  characterIdSchema,
  clipIdSchema,
  engineIdSchema,
  epochMsSchema,
  lineIdSchema,
  orderKeySchema,
  projectIdSchema,
  sampleCountSchema,
  sampleRateSchema,
  takeIdSchema,
  trackIdSchema,
  voiceIdSchema,
} from '../kernel/index.ts'
import { MAX_LINE_CHARACTERS, MAX_TITLE_CHARACTERS, sourceLayoutSchema, sourceTextSchema } from '../script/index.ts'

export { type SourceLayout, sourceLayoutSchema } from '../script/index.ts'

/**
 * How something is to be spoken. Every field may be left to the level above:
 * project -> chapter -> character -> line (see resolve-direction.ts). `null` means "inherit".
 */
export const directionSchema = z.object({
  engineId: engineIdSchema.nullable(),
  voiceId: voiceIdSchema.nullable(),
  /** BCP 47 language of the text, e.g. `zh`, `yue`, `en`; inherited up to "detect from the text". */
  language: z.string().min(2).max(35).nullable(),
  /** Natural-language direction for the delivery. */
  instruct: z.string().max(1000).nullable(),
  /** Factor on speaking rate; 1 is the voice's own. */
  speed: z.number().min(0.5).max(2).nullable(),
  pitchSemitones: z.number().min(-12).max(12).nullable(),
  seed: z.number().int().min(0).max(0xffffffff).nullable(),
})
export type Direction = z.output<typeof directionSchema>

export const INHERIT: Direction = {
  engineId: null,
  voiceId: null,
  language: null,
  instruct: null,
  speed: null,
  pitchSemitones: null,
  seed: null,
}

/** Silence after a line, by what follows it. */
export const pauseRulesSchema = z.object({
  linePauseSec: z.number().min(0).max(60),
  paragraphPauseSec: z.number().min(0).max(60),
  chapterPauseSec: z.number().min(0).max(60),
})
export type PauseRules = z.output<typeof pauseRulesSchema>

export const projectSettingsSchema = z.object({
  kind: z.literal('project'),
  projectId: projectIdSchema,
  title: z.string().min(1).max(300),
  author: z.string().max(300),
  album: z.string().max(300),
  /** Rate of the timeline and of every take made for it; fixed when the project is created. */
  sampleRateHz: sampleRateSchema,
  pauses: pauseRulesSchema,
  direction: directionSchema,
  /** Who speaks lines that name nobody. */
  narratorId: characterIdSchema,
  /** What follows the last line in the imported file. */
  scriptTail: sourceTextSchema,
  createdAtEpochMs: epochMsSchema,
})
export type ProjectSettings = z.output<typeof projectSettingsSchema>

export const chapterSchema = z.object({
  kind: z.literal('chapter'),
  chapterId: chapterIdSchema,
  order: orderKeySchema,
  /** Empty for text that stands before the first heading. */
  title: z.string().max(MAX_TITLE_CHARACTERS),
  direction: directionSchema,
  layout: sourceLayoutSchema.nullable(),
})
export type Chapter = z.output<typeof chapterSchema>

export const characterSchema = z.object({
  kind: z.literal('character'),
  characterId: characterIdSchema,
  order: orderKeySchema,
  name: z.string().min(1).max(200),
  /** Index into the character colours of the window's tokens. */
  colorIndex: z.number().int().min(0).max(11),
  direction: directionSchema,
})
export type Character = z.output<typeof characterSchema>

export const lineSchema = z.object({
  kind: z.literal('line'),
  lineId: lineIdSchema,
  chapterId: chapterIdSchema,
  order: orderKeySchema,
  characterId: characterIdSchema,
  /** Display text: what captions show and, unless `spokenText` is set, what the engine gets. */
  text: z.string().max(MAX_LINE_CHARACTERS),
  spokenText: z.string().max(MAX_LINE_CHARACTERS).nullable(),
  startsParagraph: z.boolean(),
  direction: directionSchema,
  /** Overrides the pause rules after this line. */
  pauseAfterSec: z.number().min(0).max(60).nullable(),
  /** The take a person chose for this line; null lets the newest take that matches the line play. */
  takeId: takeIdSchema.nullable(),
  layout: sourceLayoutSchema.nullable(),
})
export type Line = z.output<typeof lineSchema>

export const trackSchema = z.object({
  kind: z.literal('track'),
  trackId: trackIdSchema,
  order: orderKeySchema,
  name: z.string().min(1).max(200),
  /** The character whose lines play here. */
  characterId: characterIdSchema,
  gainDb: z.number().min(-60).max(12),
  /** -1 left, 0 centre, 1 right. */
  pan: z.number().min(-1).max(1),
  isMuted: z.boolean(),
  isSolo: z.boolean(),
})
export type Track = z.output<typeof trackSchema>

/**
 * What a person changed about where and how a line's take is placed. A line without a clip record is placed whole, at
 * unity gain, where the arrangement puts it; positions themselves are never stored (docs/decisions/0002).
 */
export const clipSchema = z.object({
  kind: z.literal('clip'),
  clipId: clipIdSchema,
  lineId: lineIdSchema,
  gainDb: z.number().min(-60).max(12),
  fadeInSamples: sampleCountSchema,
  fadeOutSamples: sampleCountSchema,
})
export type Clip = z.output<typeof clipSchema>

export const projectRecordSchema = z.discriminatedUnion('kind', [
  projectSettingsSchema,
  chapterSchema,
  characterSchema,
  lineSchema,
  trackSchema,
  clipSchema,
])
export type ProjectRecord = z.output<typeof projectRecordSchema>
