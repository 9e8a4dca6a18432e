import { type LineId, type MintId, mintLineId } from '../kernel/index.ts'
import { joinTexts, type SourceLayout } from '../script/index.ts'
import { adjustmentOf, clipChange, mergedClip } from './clip-adjustment.ts'
import { editOf, lineText } from './edit-of.ts'
import { newLine } from './new-records.ts'
import { isCutFromPrevious, linesOfChapter, placeLines } from './place-lines.ts'
import type { Project, ProjectEdit } from './project.ts'
import type { Line } from './records.ts'

type Halves = { left: string; right: string; isWithinWord: boolean }

/**
 * Two texts that merging makes one again: without the blanks between them where merging knows to put them back, else with
 * the blanks on the left; and marked where the cut goes through a word.
 */
const halvesOf = (text: string, caret: number): Halves => {
  const left = text.slice(0, caret).trimEnd()
  const right = text.slice(caret).trimStart()
  const withBlanks = text.slice(0, text.length - right.length)
  if (joinTexts(left, right) === text) return { left, right, isWithinWord: false }
  return { left: withBlanks, right, isWithinWord: joinTexts(withBlanks, right) !== text }
}

/**
 * Layouts of the two halves of a row. One that is cut within a word goes on without a break, so that it is written, and
 * merged, as the word it was.
 */
const halfLayouts = ({ layout }: Line, isWithinWord: boolean): [SourceLayout | null, SourceLayout | null] => {
  if (!isWithinWord) return [layout, null]
  const markup = layout?.markup ? { raw: '', plain: '' } : null
  const row = layout ?? { before: '', cue: '', after: '' }
  return [layout && { ...layout, after: '', markup }, { before: '', cue: '', after: row.after, markup }]
}

const isCutWithinWord = (line: Line, next: Line): boolean =>
  isCutFromPrevious(next) && !/\s$/.test((line.layout?.markup?.raw ?? '') + (line.layout?.after ?? ''))

/** The line's order, which is another where its chapter was dealt new keys. */
const dealtOrder = (placed: readonly Line[], line: Line): Pick<Line, 'order'> => ({
  order: placed.find((each) => each.lineId === line.lineId)?.order ?? line.order,
})

/** Cuts a line in two at a place in its text. Both are of the same character and direction; a spoken text is given up. */
export const splitLine = (project: Project, lineId: LineId, caret: number, mint: MintId): ProjectEdit | null => {
  const line = project.lines.get(lineId)
  if (!line) return null
  const { left, right, isWithinWord } = halvesOf(line.text, Math.max(0, caret))
  if (left.trim() === '' || right === '') return null
  const [firstLayout, secondLayout] = halfLayouts(line, isWithinWord)
  const half = { ...line, spokenText: null, takeId: null }
  const second = { ...half, lineId: mintLineId(mint), text: right, startsParagraph: false, layout: secondLayout }
  const placed = placeLines(project, { chapterId: line.chapterId, afterLineId: lineId }, [second])
  const first = { ...half, ...dealtOrder(placed, line), text: left, pauseAfterSec: null, layout: firstLayout }
  const adjustment = adjustmentOf(project, lineId)
  const fadedIn = clipChange(project, lineId, { ...adjustment, fadeOutSamples: 0 }, mint)
  const fadedOut = clipChange(project, second.lineId, { ...adjustment, fadeInSamples: 0 }, mint)
  const others = placed.filter((each) => each.lineId !== lineId)
  return editOf([first, ...others, ...fadedIn.put, ...fadedOut.put], fadedIn.remove)
}

/**
 * Joins a line with the next of its chapter. What is said goes to the character of the first.
 *
 * @throws AppError `script.line-too-long`
 */
export const mergeWithNext = (project: Project, lineId: LineId): ProjectEdit | null => {
  const line = project.lines.get(lineId)
  const siblings = line ? linesOfChapter(project, line.chapterId) : []
  const next = siblings[siblings.findIndex((each) => each.lineId === lineId) + 1]
  if (!line || !next) return null
  const join = (left: string, right: string): string =>
    lineText(isCutWithinWord(line, next) ? left + right : joinTexts(left, right))
  const hasSpoken = line.spokenText !== null || next.spokenText !== null
  const merged: Line = {
    ...line,
    text: join(line.text, next.text),
    spokenText: hasSpoken ? join(line.spokenText ?? line.text, next.spokenText ?? next.text) : null,
    pauseAfterSec: next.pauseAfterSec,
    takeId: null,
  }
  const { put, remove } = mergedClip(project, lineId, next.lineId)
  return editOf([merged, ...put], [...remove, { kind: 'line', id: next.lineId }])
}

/**
 * Puts texts in place of a line's: the first stays in it, each other becomes a line after it, of the same character and
 * direction.
 *
 * @throws AppError `script.line-too-long`
 */
export const setLineTexts = (
  project: Project,
  lineId: LineId,
  texts: readonly string[],
  mint: MintId,
): ProjectEdit | null => {
  const line = project.lines.get(lineId)
  const [text, ...others] = texts.map(lineText)
  if (!line || text === undefined || (others.length === 0 && text === line.text)) return null
  if (others.length === 0) return editOf([{ ...line, text }])
  const added = others.map((other) => ({ ...newLine(line.characterId, other, mint), direction: line.direction }))
  const last = added.at(-1)
  if (last) last.pauseAfterSec = line.pauseAfterSec
  const place = { chapterId: line.chapterId, afterLineId: lineId }
  const placed = placeLines(project, place, added)
  const first: Line = { ...line, ...dealtOrder(placed, line), text, spokenText: null, pauseAfterSec: null }
  return editOf([first, ...placed.filter((each) => each.lineId !== lineId)])
}
