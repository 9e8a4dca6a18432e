import {
  type ChapterId,
  type CharacterId,
  type LineId,
  type MintId,
  mintChapterId,
  mintCharacterId,
  mintLineId,
  mintTrackId,
  type OrderKey,
} from '../kernel/index.ts'
import { type Chapter, type Character, INHERIT, type Line, type Track } from './records.ts'

/** Records as they are born, complete but for what the caller says. */

export const newChapter = (order: OrderKey, title: string, mint: MintId): Chapter => ({
  kind: 'chapter',
  chapterId: mintChapterId(mint),
  order,
  title,
  direction: INHERIT,
  layout: null,
})

export const newCharacter = (order: OrderKey, name: string, colorIndex: number, mint: MintId): Character => ({
  kind: 'character',
  characterId: mintCharacterId(mint),
  order,
  name,
  colorIndex,
  direction: INHERIT,
})

export const newTrack = (order: OrderKey, { characterId, name }: Character, mint: MintId): Track => ({
  kind: 'track',
  trackId: mintTrackId(mint),
  order,
  name,
  characterId,
  gainDb: 0,
  pan: 0,
  isMuted: false,
  isSolo: false,
})

/** A line that has yet to be placed. */
export type UnplacedLine = Omit<Line, 'chapterId' | 'order'> & { chapterId?: ChapterId; order?: OrderKey }

export const newLine = (characterId: CharacterId, text: string, mint: MintId, lineId?: LineId): UnplacedLine => ({
  kind: 'line',
  lineId: lineId ?? mintLineId(mint),
  characterId,
  text,
  spokenText: null,
  startsParagraph: false,
  direction: INHERIT,
  pauseAfterSec: null,
  takeId: null,
  layout: null,
})
