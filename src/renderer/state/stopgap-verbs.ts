import {
  type ChapterId,
  type CharacterId,
  type LineId,
  type MintId,
  mintChapterId,
  mintCharacterId,
  mintClipId,
  mintLineId,
  mintTrackId,
  orderKeyBetween,
  orderKeysBetween,
} from '../../shared/kernel/index.ts'
import {
  type Chapter,
  type Character,
  type Clip,
  clipsByLine,
  type Direction,
  INHERIT,
  type Line,
  orderedChapters,
  orderedLines,
  type Project,
  type ProjectEdit,
  type ProjectSettings,
  type Track,
} from '../../shared/project/index.ts'

const put = (...records: ProjectEdit['put']): ProjectEdit => ({ put: records, remove: [] })
const siblings = (project: Project, chapterId: ChapterId) =>
  orderedLines(project).filter((line) => line.chapterId === chapterId)

type Place = { chapterId: ChapterId; afterLineId: LineId | null }

const linesAt = (
  project: Project,
  place: Place,
  texts: readonly string[],
  like: Line | undefined,
  mint: MintId,
): Line[] => {
  const around = siblings(project, place.chapterId)
  const index = around.findIndex((line) => line.lineId === place.afterLineId)
  const keys = orderKeysBetween(around[index]?.order ?? null, around[index + 1]?.order ?? null, texts.length)
  return texts.map(
    (text, at): Line => ({
      kind: 'line',
      lineId: mintLineId(mint),
      chapterId: place.chapterId,
      order: keys[at] ?? orderKeyBetween(null, null),
      characterId: like?.characterId ?? project.settings.narratorId,
      text,
      spokenText: null,
      startsParagraph: false,
      direction: INHERIT,
      pauseAfterSec: null,
      takeId: null,
      layout: null,
    }),
  )
}
export const setLineTexts = (
  project: Project,
  lineId: LineId,
  [first = '', ...rest]: readonly string[],
  mint: MintId,
): ProjectEdit => {
  const line = project.lines.get(lineId)
  if (!line) return put()
  const added = linesAt(project, { chapterId: line.chapterId, afterLineId: lineId }, rest, line, mint)
  return put({ ...line, text: first }, ...added)
}
export const insertLine = (project: Project, after: LineId | ChapterId | null, mint: MintId): ProjectEdit => {
  const line = project.lines.get(after as LineId)
  if (line) return put(...linesAt(project, { chapterId: line.chapterId, afterLineId: line.lineId }, [''], line, mint))
  const known = orderedChapters(project)
  const chapter = known.find((each) => each.chapterId === after) ?? known.at(-1)
  if (chapter)
    return put(...linesAt(project, { chapterId: chapter.chapterId, afterLineId: null }, [''], undefined, mint))
  const added = newChapter(project, null, mint)
  return put(added, ...linesAt(project, { chapterId: added.chapterId, afterLineId: null }, [''], undefined, mint))
}
export const splitLine = (project: Project, lineId: LineId, caret: number, mint: MintId): ProjectEdit => {
  const line = project.lines.get(lineId)
  if (!line) return put()
  return setLineTexts(project, lineId, [line.text.slice(0, caret).trimEnd(), line.text.slice(caret).trimStart()], mint)
}
export const mergeWithNext = (project: Project, lineId: LineId): ProjectEdit => {
  const line = project.lines.get(lineId)
  const around = line ? siblings(project, line.chapterId) : []
  const next = around[around.findIndex((each) => each.lineId === lineId) + 1]
  if (!line || !next) return put()
  const isWide = /[\u2e80-\uffef]$/.test(line.text)
  return {
    put: [{ ...line, text: `${line.text}${isWide || line.text === '' ? '' : ' '}${next.text}` }],
    remove: [{ kind: 'line', id: next.lineId }],
  }
}
export const duplicateLines = (project: Project, lineIds: readonly LineId[], mint: MintId): ProjectEdit => {
  const last = project.lines.get(lineIds.at(-1) as LineId)
  if (!last) return put()
  const lines = lineIds.flatMap((lineId) => project.lines.get(lineId) ?? [])
  const place = { chapterId: last.chapterId, afterLineId: last.lineId }
  const fresh = linesAt(
    project,
    place,
    lines.map((line) => line.text),
    last,
    mint,
  )
  return put(...fresh.map((line, at) => ({ ...(lines[at] ?? line), ...line, ...pickOf(lines[at]) })))
}
const pickOf = (line: Line | undefined) =>
  line ? { characterId: line.characterId, direction: line.direction, pauseAfterSec: line.pauseAfterSec } : {}
/** A new chapter that starts with a line: it and the rest of its chapter move there. */
export const insertChapterAt = (project: Project, lineId: LineId, mint: MintId): ProjectEdit => {
  const line = project.lines.get(lineId)
  if (!line) return put()
  const chapter = newChapter(project, line.chapterId, mint)
  const around = siblings(project, line.chapterId)
  const moved = around.slice(around.findIndex((each) => each.lineId === lineId))
  return put(chapter, ...moved.map((each) => ({ ...each, chapterId: chapter.chapterId })))
}
export const joinChapter = (project: Project, chapterId: ChapterId): ProjectEdit => {
  const all = orderedChapters(project)
  const before = all[all.findIndex((chapter) => chapter.chapterId === chapterId) - 1]
  const lines = siblings(project, chapterId)
  if (!before) return put()
  const last = siblings(project, before.chapterId).at(-1)
  const keys = orderKeysBetween(last?.order ?? null, null, lines.length)
  return {
    put: lines.map((line, at) => ({ ...line, chapterId: before.chapterId, order: keys[at] ?? line.order })),
    remove: [{ kind: 'chapter', id: chapterId }],
  }
}
export const setLineCharacter = (project: Project, lineIds: readonly LineId[], characterId: CharacterId): ProjectEdit =>
  changeLines(project, lineIds, (line) => ({ ...line, characterId }))
export const setLineText = (project: Project, lineId: LineId, text: string): ProjectEdit => {
  const line = project.lines.get(lineId)
  return line ? put({ ...line, text }) : put()
}
export const changeLines = (project: Project, lineIds: readonly LineId[], change: (line: Line) => Line): ProjectEdit =>
  put(...lineIds.flatMap((lineId) => project.lines.get(lineId) ?? []).map(change))
export const removeLines = (_project: Project, lineIds: readonly LineId[]): ProjectEdit => ({
  put: [],
  remove: lineIds.map((id) => ({ kind: 'line', id })),
})
export const moveLines = (
  project: Project,
  lineIds: readonly LineId[],
  place: { chapterId: ChapterId; afterLineId: LineId | null },
): ProjectEdit => {
  const moved = new Set(lineIds)
  const around = siblings(project, place.chapterId).filter((line) => !moved.has(line.lineId))
  const index = around.findIndex((line) => line.lineId === place.afterLineId)
  const lines = orderedLines(project).filter((line) => moved.has(line.lineId))
  const keys = orderKeysBetween(around[index]?.order ?? null, around[index + 1]?.order ?? null, lines.length)
  return put(...lines.map((line, at) => ({ ...line, chapterId: place.chapterId, order: keys[at] ?? line.order })))
}
export const setClip = (project: Project, lineId: LineId, change: Partial<Clip>, mint: MintId): ProjectEdit => {
  const known = clipsByLine(project).get(lineId)
  return put({
    kind: 'clip',
    clipId: known?.clipId ?? mintClipId(mint),
    lineId,
    gainDb: 0,
    fadeInSamples: 0,
    fadeOutSamples: 0,
    ...known,
    ...change,
  })
}
export const putRecord = (record: Chapter | Character | Track | ProjectSettings): ProjectEdit => put(record)
export const newChapter = (project: Project, afterId: ChapterId | null, mint: MintId): Chapter => {
  const all = orderedChapters(project)
  const index = all.findIndex((chapter) => chapter.chapterId === afterId)
  return {
    kind: 'chapter',
    chapterId: mintChapterId(mint),
    order: orderKeyBetween(all[index]?.order ?? null, all[index + 1]?.order ?? null),
    title: '',
    direction: INHERIT,
    layout: null,
  }
}
export const addCharacter = (project: Project, name: string, mint: MintId): ProjectEdit => {
  const last =
    [...project.characters.values()]
      .map((c) => c.order)
      .sort()
      .at(-1) ?? null
  const characterId: CharacterId = mintCharacterId(mint)
  const lastTrack =
    [...project.tracks.values()]
      .map((c) => c.order)
      .sort()
      .at(-1) ?? null
  return put(
    {
      kind: 'character',
      characterId,
      order: orderKeyBetween(last, null),
      name,
      colorIndex: project.characters.size % 12,
      direction: INHERIT,
    },
    {
      kind: 'track',
      trackId: mintTrackId(mint),
      order: orderKeyBetween(lastTrack, null),
      name,
      characterId,
      gainDb: 0,
      pan: 0,
      isMuted: false,
      isSolo: false,
    },
  )
}
export const patchDirection = (direction: Direction, change: Partial<Direction>): Direction => ({
  ...direction,
  ...change,
})

export const removeCharacter = (project: Project, characterId: CharacterId, heirId: CharacterId): ProjectEdit => ({
  put: [...project.lines.values()]
    .filter((line) => line.characterId === characterId)
    .map((line) => ({ ...line, characterId: heirId })),
  remove: [
    { kind: 'character', id: characterId },
    ...[...project.tracks.values()]
      .filter((track) => track.characterId === characterId)
      .map((track) => ({ kind: 'track' as const, id: track.trackId })),
  ],
})
