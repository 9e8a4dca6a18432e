import type { ChapterId, CharacterId, ClipId, LineId, OrderKey, TakeId, TrackId } from '../../shared/kernel/index.ts'
import type { Chapter, Character, Clip, Line, Track } from '../../shared/project/index.ts'
import { directionFromColumn, directionToColumn, layoutFromColumn, layoutToColumn } from './record-columns.ts'
import { type RecordTable, recordTable } from './record-table.ts'

/** SQLite's boolean. */
type Flag = 0 | 1
const toFlag = (value: boolean): Flag => (value ? 1 : 0)

type ChapterRow = {
  chapter_id: ChapterId
  order_key: OrderKey
  title: string
  direction: string
  source_layout: string | null
}

export const chapterTable: RecordTable<ChapterId, Chapter> = recordTable<ChapterId, Chapter, ChapterRow>({
  table: 'chapter',
  idColumn: 'chapter_id',
  columns: ['order_key', 'title', 'direction', 'source_layout'],
  idOf: (chapter) => chapter.chapterId,
  toRow: (chapter) => ({
    chapter_id: chapter.chapterId,
    order_key: chapter.order,
    title: chapter.title,
    direction: directionToColumn(chapter.direction),
    source_layout: layoutToColumn(chapter.layout),
  }),
  fromRow: (row) => ({
    kind: 'chapter',
    chapterId: row.chapter_id,
    order: row.order_key,
    title: row.title,
    direction: directionFromColumn(row.direction),
    layout: layoutFromColumn(row.source_layout),
  }),
})

type CharacterRow = {
  character_id: CharacterId
  order_key: OrderKey
  name: string
  color_index: number
  direction: string
}

export const characterTable: RecordTable<CharacterId, Character> = recordTable<CharacterId, Character, CharacterRow>({
  table: 'character',
  idColumn: 'character_id',
  columns: ['order_key', 'name', 'color_index', 'direction'],
  idOf: (character) => character.characterId,
  toRow: (character) => ({
    character_id: character.characterId,
    order_key: character.order,
    name: character.name,
    color_index: character.colorIndex,
    direction: directionToColumn(character.direction),
  }),
  fromRow: (row) => ({
    kind: 'character',
    characterId: row.character_id,
    order: row.order_key,
    name: row.name,
    colorIndex: row.color_index,
    direction: directionFromColumn(row.direction),
  }),
})

type LineRow = {
  line_id: LineId
  chapter_id: ChapterId
  order_key: OrderKey
  character_id: CharacterId
  text: string
  spoken_text: string | null
  starts_paragraph: Flag
  direction: string
  pause_after_sec: number | null
  take_id: TakeId | null
  source_layout: string | null
}

export const lineTable: RecordTable<LineId, Line> = recordTable<LineId, Line, LineRow>({
  table: 'line',
  idColumn: 'line_id',
  columns: [
    'chapter_id',
    'order_key',
    'character_id',
    'text',
    'spoken_text',
    'starts_paragraph',
    'direction',
    'pause_after_sec',
    'take_id',
    'source_layout',
  ],
  idOf: (line) => line.lineId,
  toRow: (line) => ({
    line_id: line.lineId,
    chapter_id: line.chapterId,
    order_key: line.order,
    character_id: line.characterId,
    text: line.text,
    spoken_text: line.spokenText,
    starts_paragraph: toFlag(line.startsParagraph),
    direction: directionToColumn(line.direction),
    pause_after_sec: line.pauseAfterSec,
    take_id: line.takeId,
    source_layout: layoutToColumn(line.layout),
  }),
  fromRow: (row) => ({
    kind: 'line',
    lineId: row.line_id,
    chapterId: row.chapter_id,
    order: row.order_key,
    characterId: row.character_id,
    text: row.text,
    spokenText: row.spoken_text,
    startsParagraph: row.starts_paragraph === 1,
    direction: directionFromColumn(row.direction),
    pauseAfterSec: row.pause_after_sec,
    takeId: row.take_id,
    layout: layoutFromColumn(row.source_layout),
  }),
})

type TrackRow = {
  track_id: TrackId
  order_key: OrderKey
  name: string
  character_id: CharacterId
  gain_db: number
  pan: number
  is_muted: Flag
  is_solo: Flag
}

export const trackTable: RecordTable<TrackId, Track> = recordTable<TrackId, Track, TrackRow>({
  table: 'track',
  idColumn: 'track_id',
  columns: ['order_key', 'name', 'character_id', 'gain_db', 'pan', 'is_muted', 'is_solo'],
  idOf: (track) => track.trackId,
  toRow: (track) => ({
    track_id: track.trackId,
    order_key: track.order,
    name: track.name,
    character_id: track.characterId,
    gain_db: track.gainDb,
    pan: track.pan,
    is_muted: toFlag(track.isMuted),
    is_solo: toFlag(track.isSolo),
  }),
  fromRow: (row) => ({
    kind: 'track',
    trackId: row.track_id,
    order: row.order_key,
    name: row.name,
    characterId: row.character_id,
    gainDb: row.gain_db,
    pan: row.pan,
    isMuted: row.is_muted === 1,
    isSolo: row.is_solo === 1,
  }),
})

type ClipRow = {
  clip_id: ClipId
  line_id: LineId
  gain_db: number
  fade_in_samples: number
  fade_out_samples: number
}

export const clipTable: RecordTable<ClipId, Clip> = recordTable<ClipId, Clip, ClipRow>({
  table: 'clip',
  idColumn: 'clip_id',
  columns: ['line_id', 'gain_db', 'fade_in_samples', 'fade_out_samples'],
  idOf: (clip) => clip.clipId,
  toRow: (clip) => ({
    clip_id: clip.clipId,
    line_id: clip.lineId,
    gain_db: clip.gainDb,
    fade_in_samples: clip.fadeInSamples,
    fade_out_samples: clip.fadeOutSamples,
  }),
  fromRow: (row) => ({
    kind: 'clip',
    clipId: row.clip_id,
    lineId: row.line_id,
    gainDb: row.gain_db,
    fadeInSamples: row.fade_in_samples,
    fadeOutSamples: row.fade_out_samples,
  }),
})
