import { isPlainCue } from './dialogue-cue.ts'
import type { ScriptFormat } from './import-options.ts'
import { opensParagraph } from './piece-rows.ts'
import type { SourceLayout } from './source-layout.ts'
import { firstRowBreak, isBlank, lastRowOf } from './source-text.ts'

/** What stands between pieces of a script, as its file has it: for pieces that come from nowhere or from elsewhere. */
export type LayoutStyle = {
  rowBreak: string
  betweenRows: string
  betweenParagraphs: string
  beforeHeading: string
  afterHeading: string
  /** null: chosen by the language of the text. */
  cue: string | null
}

/** How a piece stands towards the one before it. */
export type Joint = 'betweenRows' | 'betweenParagraphs' | 'beforeHeading' | 'afterHeading'

/** In Markdown, two blanks at the end of a row make the next a row of its own. */
export const plainStyle = (format: ScriptFormat, rowBreak: string): LayoutStyle => {
  const blankRow = rowBreak + rowBreak
  return {
    rowBreak,
    betweenRows: format === 'text' ? rowBreak : `  ${rowBreak}`,
    betweenParagraphs: blankRow,
    beforeHeading: format === 'text' ? blankRow : `${blankRow}# `,
    afterHeading: blankRow,
    cue: null,
  }
}

/** Marks of quotation, list or heading that the next row may take over, and indentation. */
const MARKDOWN_MARKS = /^[ \t]*(?:>[ \t]*)*(?:(?:[-*+]|#{1,6})[ \t]+)?\u3000*$/

/** The blank rows and the marks right before a piece, without anything that means more; '' where there is no row break. */
const gapOf = (before: string, format: ScriptFormat): string => {
  const marks = lastRowOf(before)
  if (marks.length === before.length || !(format === 'text' ? isBlank(marks) : MARKDOWN_MARKS.test(marks))) return ''
  let start = before.length - marks.length
  while (start > 0 && isBlank(before.charAt(start - 1))) start -= 1
  return before.slice(start)
}

const shows = (gap: string, joint: Joint, format: ScriptFormat): boolean => {
  if (joint === 'betweenParagraphs') return opensParagraph(gap, format)
  if (joint === 'betweenRows') return !opensParagraph(gap, format) && (format === 'text' || /[-*+>]/.test(gap))
  return joint === 'afterHeading' || format === 'text' || gap.includes('#')
}

/** The style as this piece shows it; what it does not show stays. The first piece of all has no joint. */
export const learnStyle = (
  style: LayoutStyle,
  joint: Joint | null,
  layout: SourceLayout,
  format: ScriptFormat,
): LayoutStyle => {
  const learned = { ...style, cue: isPlainCue(layout.cue) ? layout.cue : style.cue }
  const gap = gapOf(layout.before, format)
  if (joint === null || gap === '') return learned
  learned.rowBreak = firstRowBreak(gap) ?? style.rowBreak
  if (shows(gap, joint, format)) learned[joint] = gap
  return learned
}
