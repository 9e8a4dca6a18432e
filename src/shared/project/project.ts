import { z } from 'zod'
import type { ChapterId, CharacterId, ClipId, LineId, TrackId } from '../kernel/index.ts'
import {
  assert,
  chapterIdSchema,
  characterIdSchema,
  clipIdSchema,
  lineIdSchema,
  trackIdSchema,
} from '../kernel/index.ts'
import {
  type Chapter,
  type Character,
  type Clip,
  type Line,
  type ProjectRecord,
  type ProjectSettings,
  projectRecordSchema,
  type Track,
} from './records.ts'

/** The undoable document: a set of records. Order among siblings is each record's own `order`. */
export type Project = {
  readonly settings: ProjectSettings
  readonly chapters: ReadonlyMap<ChapterId, Chapter>
  readonly characters: ReadonlyMap<CharacterId, Character>
  readonly lines: ReadonlyMap<LineId, Line>
  readonly tracks: ReadonlyMap<TrackId, Track>
  readonly clips: ReadonlyMap<ClipId, Clip>
}

/** Names one record. The project's own settings cannot be removed. */
export const recordRefSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('chapter'), id: chapterIdSchema }),
  z.object({ kind: z.literal('character'), id: characterIdSchema }),
  z.object({ kind: z.literal('line'), id: lineIdSchema }),
  z.object({ kind: z.literal('track'), id: trackIdSchema }),
  z.object({ kind: z.literal('clip'), id: clipIdSchema }),
])
export type RecordRef = z.output<typeof recordRefSchema>

/**
 * A change of the document: whole records to write and records to remove. Everything a person does is one of these, so
 * undo, persistence and replay need no word about what was done.
 */
export const projectEditSchema = z.object({
  put: z.array(projectRecordSchema),
  remove: z.array(recordRefSchema),
})
export type ProjectEdit = z.output<typeof projectEditSchema>

export const refOf = (record: Exclude<ProjectRecord, ProjectSettings>): RecordRef => {
  switch (record.kind) {
    case 'chapter':
      return { kind: 'chapter', id: record.chapterId }
    case 'character':
      return { kind: 'character', id: record.characterId }
    case 'line':
      return { kind: 'line', id: record.lineId }
    case 'track':
      return { kind: 'track', id: record.trackId }
    case 'clip':
      return { kind: 'clip', id: record.clipId }
  }
}

/** @throws Error when the records hold no project settings */
export const projectFromRecords = (records: Iterable<ProjectRecord>): Project => {
  let settings: ProjectSettings | undefined
  const chapters = new Map<ChapterId, Chapter>()
  const characters = new Map<CharacterId, Character>()
  const lines = new Map<LineId, Line>()
  const tracks = new Map<TrackId, Track>()
  const clips = new Map<ClipId, Clip>()
  for (const record of records) {
    if (record.kind === 'project') settings = record
    else if (record.kind === 'chapter') chapters.set(record.chapterId, record)
    else if (record.kind === 'character') characters.set(record.characterId, record)
    else if (record.kind === 'line') lines.set(record.lineId, record)
    else if (record.kind === 'track') tracks.set(record.trackId, record)
    else clips.set(record.clipId, record)
  }
  assert(settings, 'a project has settings')
  return { settings, chapters, characters, lines, tracks, clips }
}

export const recordsOfProject = (project: Project): ProjectRecord[] => [
  project.settings,
  ...project.chapters.values(),
  ...project.characters.values(),
  ...project.lines.values(),
  ...project.tracks.values(),
  ...project.clips.values(),
]
