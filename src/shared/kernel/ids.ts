import { z } from 'zod'

declare const brand: unique symbol
/** A plain string or number that may not be mixed up with another of the same shape. */
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name }

/** Makes new ids. The kernel has no randomness of its own, so it arrives as an argument. */
export type MintId = () => string

const ID_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 16

/** Ids of 95 random bits: short, because a book has many. @param randomBytes the platform's own, cryptographic */
export const createMintId =
  (randomBytes: (count: number) => Uint8Array): MintId =>
  () =>
    Array.from(randomBytes(ID_LENGTH), (byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('')

const idSchema = <Name extends string>(prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9A-Za-z-]{1,48}$`))
    .transform((id) => id as Branded<string, Name>)

export const projectIdSchema = idSchema<'ProjectId'>('project')
export const chapterIdSchema = idSchema<'ChapterId'>('chapter')
export const lineIdSchema = idSchema<'LineId'>('line')
export const characterIdSchema = idSchema<'CharacterId'>('character')
export const voiceIdSchema = idSchema<'VoiceId'>('voice')
export const takeIdSchema = idSchema<'TakeId'>('take')
export const trackIdSchema = idSchema<'TrackId'>('track')
export const clipIdSchema = idSchema<'ClipId'>('clip')
export const jobIdSchema = idSchema<'JobId'>('job')
/** Something the person picked in a system dialog; main remembers the path behind it. */
export const grantIdSchema = idSchema<'GrantId'>('grant')
/** An endpoint of an engine that computes elsewhere. */
export const memberIdSchema = idSchema<'MemberId'>('member')
/** Kebab-case name of an engine, e.g. `draft`. */
export const engineIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/)
  .transform((id) => id as Branded<string, 'EngineId'>)

export type ProjectId = z.output<typeof projectIdSchema>
export type ChapterId = z.output<typeof chapterIdSchema>
export type LineId = z.output<typeof lineIdSchema>
export type CharacterId = z.output<typeof characterIdSchema>
export type VoiceId = z.output<typeof voiceIdSchema>
export type TakeId = z.output<typeof takeIdSchema>
export type TrackId = z.output<typeof trackIdSchema>
export type ClipId = z.output<typeof clipIdSchema>
export type JobId = z.output<typeof jobIdSchema>
export type GrantId = z.output<typeof grantIdSchema>
export type MemberId = z.output<typeof memberIdSchema>
export type EngineId = z.output<typeof engineIdSchema>

export const mintProjectId = (mint: MintId): ProjectId => `project_${mint()}` as ProjectId
export const mintChapterId = (mint: MintId): ChapterId => `chapter_${mint()}` as ChapterId
export const mintLineId = (mint: MintId): LineId => `line_${mint()}` as LineId
export const mintCharacterId = (mint: MintId): CharacterId => `character_${mint()}` as CharacterId
export const mintTakeId = (mint: MintId): TakeId => `take_${mint()}` as TakeId
export const mintTrackId = (mint: MintId): TrackId => `track_${mint()}` as TrackId
export const mintClipId = (mint: MintId): ClipId => `clip_${mint()}` as ClipId
export const mintJobId = (mint: MintId): JobId => `job_${mint()}` as JobId
export const mintGrantId = (mint: MintId): GrantId => `grant_${mint()}` as GrantId
