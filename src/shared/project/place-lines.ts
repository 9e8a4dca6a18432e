import { type ChapterId, type LineId, type OrderKey, orderKeysBetween } from '../kernel/index.ts'
import { countRowBreaks } from '../script/index.ts'
import type { UnplacedLine } from './new-records.ts'
import { orderedLines } from './order.ts'
import type { Project } from './project.ts'
import type { Line } from './records.ts'

/** After a line of a chapter, or at the chapter's start. */
export type LinePlace = { chapterId: ChapterId; afterLineId: LineId | null }

/** Keys grow by a character about every six insertions at one place; longer ones than this are dealt anew. */
const MAX_ORDER_KEY_CHARACTERS = 100

export const linesOfChapter = (project: Project, chapterId: ChapterId): Line[] =>
  orderedLines(project).filter((line) => line.chapterId === chapterId)

/** A line cut from the row of the line before it; it is written without a line break as long as it follows that one. */
export const isCutFromPrevious = ({ layout, startsParagraph }: Line): boolean =>
  layout !== null && !startsParagraph && countRowBreaks(layout.before) === 0

/** The line as a row of its own, as a list: empty where it is one already, or where there is no line. */
export const onItsOwn = (line: Line | undefined): Line[] =>
  line && isCutFromPrevious(line) ? [{ ...line, layout: null }] : []

/** Lines that followed one of these and were cut from it, which stay behind as rows of their own. */
export const leftBehind = (project: Project, leaving: ReadonlySet<LineId>): Line[] => {
  const lines = orderedLines(project)
  return lines.flatMap((line, index) => {
    const previous = lines[index - 1]
    const isLeft = previous && leaving.has(previous.lineId) && !leaving.has(line.lineId)
    return isLeft ? onItsOwn(line) : []
  })
}

/**
 * Lines at a new place, in the order given, with whatever else has to change for that: the line that follows, and all
 * of the chapter where the keys between two lines have become too long.
 */
export const placeLines = (project: Project, place: LinePlace, lines: readonly UnplacedLine[]): Line[] => {
  const moving = new Set(lines.map(({ lineId }) => lineId))
  const staying = linesOfChapter(project, place.chapterId).filter(({ lineId }) => !moving.has(lineId))
  const index = staying.findIndex(({ lineId }) => lineId === place.afterLineId)
  const [before, after] = [staying[index], staying[index + 1]]
  const dealt = (keys: readonly OrderKey[], each: readonly UnplacedLine[]): Line[] =>
    keys.flatMap((order, at) => {
      const line = each[at]
      return line ? [{ ...line, chapterId: place.chapterId, order }] : []
    })
  const keys = orderKeysBetween(before?.order ?? null, after?.order ?? null, lines.length)
  if (keys.every((key) => key.length <= MAX_ORDER_KEY_CHARACTERS)) return [...dealt(keys, lines), ...onItsOwn(after)]
  const all = [...staying.slice(0, index + 1), ...lines, ...staying.slice(index + 1)]
  return dealt(orderKeysBetween(null, null, all.length), all).map((line) =>
    line.lineId === after?.lineId ? (onItsOwn(line)[0] ?? line) : line,
  )
}
