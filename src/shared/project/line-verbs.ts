import {
  type ChapterId,
  type CharacterId,
  type LineId,
  lineIdSchema,
  type MintId,
  mintLineId,
  orderKeyBetween,
  type TakeId,
} from '../kernel/index.ts'
import { adjustmentOf, clipChange, lineRefs } from './clip-adjustment.ts'
import { editOf, lineText, patched } from './edit-of.ts'
import { newChapter, newLine } from './new-records.ts'
import { orderedChapters, orderedLines } from './order.ts'
import { leftBehind, linesOfChapter, placeLines } from './place-lines.ts'
import type { Project, ProjectEdit } from './project.ts'
import type { Direction, Line } from './records.ts'

/** These lines, as far as they are there, in script order. */
export const chosenLines = (project: Project, lineIds: readonly LineId[]): Line[] => {
  const chosen = new Set(lineIds)
  return orderedLines(project).filter(({ lineId }) => chosen.has(lineId))
}

const patchLines = (project: Project, lineIds: readonly LineId[], patch: (line: Line) => Partial<Line>) =>
  editOf(
    [...new Set(lineIds)].flatMap((lineId) => {
      const line = project.lines.get(lineId)
      return line ? patched(line, patch(line)) : []
    }),
  )

/** Whether a line after this one starts a paragraph, as its neighbours do: between two of them it does. */
const opensParagraphAfter = (project: Project, line: Line): boolean => {
  const siblings = linesOfChapter(project, line.chapterId)
  const next = siblings[siblings.findIndex(({ lineId }) => lineId === line.lineId) + 1]
  return line.startsParagraph && (next?.startsParagraph ?? false)
}

/**
 * An empty line after a line, by the same character; at the start of a chapter, by the narrator; or, after null, at the
 * end of the script.
 */
export const insertLine = (project: Project, after: LineId | ChapterId | null, mint: MintId): ProjectEdit | null => {
  const lineId = lineIdSchema.safeParse(after).data ?? null
  const line = lineId ? project.lines.get(lineId) : undefined
  if (line) {
    const added = { ...newLine(line.characterId, '', mint), startsParagraph: opensParagraphAfter(project, line) }
    return editOf(placeLines(project, { chapterId: line.chapterId, afterLineId: line.lineId }, [added]))
  }
  if (lineId) return null
  const chapters = orderedChapters(project)
  const narration = { ...newLine(project.settings.narratorId, '', mint), startsParagraph: true }
  const chapter = after === null ? chapters.at(-1) : chapters.find(({ chapterId }) => chapterId === after)
  if (chapter) {
    const last = after === null ? linesOfChapter(project, chapter.chapterId).at(-1) : undefined
    return editOf(placeLines(project, { chapterId: chapter.chapterId, afterLineId: last?.lineId ?? null }, [narration]))
  }
  if (after !== null) return null
  const added = newChapter(orderKeyBetween(null, null), '', mint)
  return editOf([added, ...placeLines(project, { chapterId: added.chapterId, afterLineId: null }, [narration])])
}

/** Copies right after the last of these lines; their takes stay with the originals. */
export const duplicateLines = (project: Project, lineIds: readonly LineId[], mint: MintId): ProjectEdit | null => {
  const lines = chosenLines(project, lineIds)
  const last = lines.at(-1)
  if (!last) return null
  const copies = lines.map((line) => ({ ...line, lineId: mintLineId(mint), takeId: null, layout: null }))
  const clips = copies.flatMap(({ lineId }, index) => {
    const original = lines[index]
    return original ? clipChange(project, lineId, adjustmentOf(project, original.lineId), mint).put : []
  })
  return editOf([...placeLines(project, { chapterId: last.chapterId, afterLineId: last.lineId }, copies), ...clips])
}

export const removeLines = (project: Project, lineIds: readonly LineId[]): ProjectEdit | null => {
  const removed = new Set(lineIds.filter((lineId) => project.lines.has(lineId)))
  return editOf(leftBehind(project, removed), lineRefs(project, removed))
}

/** @throws AppError `script.line-too-long` */
export const setLineText = (project: Project, lineId: LineId, text: string): ProjectEdit | null =>
  editOf(patched(project.lines.get(lineId), { text: lineText(text) }))

/**
 * What the engine gets instead of the text; null, or nothing but blanks, for the text itself.
 *
 * @throws AppError `script.line-too-long`
 */
export const setSpokenText = (project: Project, lineId: LineId, spokenText: string | null): ProjectEdit | null => {
  const spoken = spokenText === null || spokenText.trim() === '' ? null : lineText(spokenText)
  return editOf(patched(project.lines.get(lineId), { spokenText: spoken }))
}

export const setLineCharacter = (
  project: Project,
  lineIds: readonly LineId[],
  characterId: CharacterId,
): ProjectEdit | null =>
  project.characters.has(characterId) ? patchLines(project, lineIds, () => ({ characterId })) : null

export const setLineDirection = (
  project: Project,
  lineIds: readonly LineId[],
  patch: Partial<Direction>,
): ProjectEdit | null => patchLines(project, lineIds, ({ direction }) => ({ direction: { ...direction, ...patch } }))

/** Silence after these lines; null leaves it to the pause rules. */
export const setPauseAfter = (
  project: Project,
  lineIds: readonly LineId[],
  pauseAfterSec: number | null,
): ProjectEdit | null => patchLines(project, lineIds, () => ({ pauseAfterSec }))

export const setStartsParagraph = (
  project: Project,
  lineIds: readonly LineId[],
  startsParagraph: boolean,
): ProjectEdit | null => patchLines(project, lineIds, () => ({ startsParagraph }))

/** The take that plays for a line; null lets the newest that matches it play. */
export const setLineTake = (project: Project, lineId: LineId, takeId: TakeId | null): ProjectEdit | null =>
  editOf(patched(project.lines.get(lineId), { takeId }))
