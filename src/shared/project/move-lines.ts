import type { ChapterId, LineId } from '../kernel/index.ts'
import { editOf } from './edit-of.ts'
import { chosenLines } from './line-verbs.ts'
import { orderedChapters, orderedLines } from './order.ts'
import { type LinePlace, leftBehind, linesOfChapter, onItsOwn, placeLines } from './place-lines.ts'
import type { Project, ProjectEdit } from './project.ts'
import type { Line } from './records.ts'

/** Past one neighbour, before a line, or to a place. */
export type MoveTarget = 'up' | 'down' | { beforeLineId: LineId } | LinePlace

const placeUp = (project: Project, first: Line): LinePlace | null => {
  const siblings = linesOfChapter(project, first.chapterId)
  const index = siblings.findIndex(({ lineId }) => lineId === first.lineId)
  if (index > 0) return { chapterId: first.chapterId, afterLineId: siblings[index - 2]?.lineId ?? null }
  const chapters = orderedChapters(project)
  const chapter = chapters[chapters.findIndex(({ chapterId }) => chapterId === first.chapterId) - 1]
  if (!chapter) return null
  return {
    chapterId: chapter.chapterId,
    afterLineId: linesOfChapter(project, chapter.chapterId).at(-1)?.lineId ?? null,
  }
}

const placeDown = (project: Project, last: Line): LinePlace | null => {
  const siblings = linesOfChapter(project, last.chapterId)
  const next = siblings[siblings.findIndex(({ lineId }) => lineId === last.lineId) + 1]
  if (next) return { chapterId: last.chapterId, afterLineId: next.lineId }
  const chapters = orderedChapters(project)
  const chapter = chapters[chapters.findIndex(({ chapterId }) => chapterId === last.chapterId) + 1]
  return chapter ? { chapterId: chapter.chapterId, afterLineId: null } : null
}

/** After the last line above a place that stays where it is. */
const placeAbove = (
  project: Project,
  chapterId: ChapterId,
  above: readonly Line[],
  moving: ReadonlySet<LineId>,
): LinePlace | null =>
  project.chapters.has(chapterId)
    ? { chapterId, afterLineId: above.findLast(({ lineId }) => !moving.has(lineId))?.lineId ?? null }
    : null

const placeOf = (project: Project, lines: readonly Line[], target: MoveTarget): LinePlace | null => {
  const [first, last] = [lines[0], lines.at(-1)]
  if (!first || !last) return null
  if (target === 'up') return placeUp(project, first)
  if (target === 'down') return placeDown(project, last)
  const moving = new Set(lines.map(({ lineId }) => lineId))
  const isBefore = 'beforeLineId' in target
  const chapterId = isBefore ? project.lines.get(target.beforeLineId)?.chapterId : target.chapterId
  if (!chapterId) return null
  const siblings = linesOfChapter(project, chapterId)
  const index = siblings.findIndex(({ lineId }) => lineId === (isBefore ? target.beforeLineId : target.afterLineId))
  return placeAbove(project, chapterId, siblings.slice(0, isBefore ? index : index + 1), moving)
}

const isThere = (project: Project, lines: readonly Line[], { chapterId, afterLineId }: LinePlace): boolean => {
  const siblings = linesOfChapter(project, chapterId)
  const start = siblings.findIndex(({ lineId }) => lineId === afterLineId) + 1
  return lines.every((line, index) => siblings[start + index]?.lineId === line.lineId)
}

/** The lines as they leave: those cut from a line that does not go before them become rows of their own. */
const leaving = (project: Project, lines: readonly Line[]): Line[] => {
  const all = orderedLines(project)
  const previousOf = new Map(all.map((line, index) => [line.lineId, all[index - 1]?.lineId]))
  return lines.map((line, index) =>
    previousOf.get(line.lineId) === lines[index - 1]?.lineId ? line : (onItsOwn(line)[0] ?? line),
  )
}

/** Moves lines, together and in script order. */
export const moveLines = (project: Project, lineIds: readonly LineId[], target: MoveTarget): ProjectEdit | null => {
  const lines = chosenLines(project, lineIds)
  const place = placeOf(project, lines, target)
  if (!place || isThere(project, lines, place)) return null
  const placed = placeLines(project, place, leaving(project, lines))
  const staying = leftBehind(project, new Set(lines.map(({ lineId }) => lineId)))
  const alone = new Set(staying.map(({ lineId }) => lineId))
  const known = new Set(placed.map(({ lineId }) => lineId))
  return editOf([
    ...placed.map((line) => (alone.has(line.lineId) ? { ...line, layout: null } : line)),
    ...staying.filter(({ lineId }) => !known.has(lineId)),
  ])
}
