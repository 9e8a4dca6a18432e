import { isChapterHeading } from './chapter-heading.ts'
import { fillCue, hasPlaceholder } from './dialogue-cue.ts'
import { escapeMarkdown } from './escape-markdown.ts'
import type { ScriptFormat } from './import-options.ts'
import { type Joint, type LayoutStyle, learnStyle, plainStyle } from './layout-style.ts'
import { opensParagraph } from './piece-rows.ts'
import { rowContinues } from './row-continues.ts'
import type { Script, ScriptRow, ScriptText } from './script.ts'
import type { SourceLayout } from './source-layout.ts'
import { countRowBreaks, firstRowBreak, isBlank, isWide } from './source-text.ts'
import { nameLikelihood } from './speaker-names.ts'

type Heading = { kind: 'heading'; title: string; number: number; layout: SourceLayout | null }
type Row = { kind: 'row'; row: ScriptRow; layout: SourceLayout | null }
type Entry = Heading | Row

/** A row that had no text in the file shows none in the file to come. */
const isWritten = (row: ScriptRow): boolean =>
  !isBlank(row.text) || (row.layout !== null && !isBlank(row.layout.before))

const entriesOf = ({ chapters }: Script, format: ScriptFormat): Entry[] => {
  /** A layout of the other format says nothing about this one. */
  const native = (layout: SourceLayout | null): SourceLayout | null =>
    layout !== null && (layout.markup !== null) === (format === 'markdown') ? layout : null
  return chapters.flatMap(({ title, layout, rows }, index): Entry[] => [
    ...(index === 0 && title === '' && layout === null
      ? []
      : [{ kind: 'heading' as const, title, number: index + 1, layout: native(layout) }]),
    ...rows.filter(isWritten).map((row) => ({ kind: 'row' as const, row, layout: native(row.layout) })),
  ])
}

const jointOf = (entry: Entry, previous: Entry): Joint => {
  if (entry.kind === 'heading') return 'beforeHeading'
  if (previous.kind === 'heading') return 'afterHeading'
  return entry.row.startsParagraph ? 'betweenParagraphs' : 'betweenRows'
}

/** Whether a row was cut from the one before it, and still follows it. */
const continuesRow = (entry: Entry, previous: Entry | undefined): boolean =>
  entry.kind === 'row' &&
  previous?.kind === 'row' &&
  previous.layout !== null &&
  entry.layout !== null &&
  countRowBreaks(entry.layout.before) === 0 &&
  !entry.row.startsParagraph &&
  entry.row.speaker === previous.row.speaker

const cueFor = (row: ScriptRow, layout: SourceLayout | null, style: LayoutStyle): string => {
  if (row.speaker === null) return ''
  if (layout && hasPlaceholder(layout.cue)) return layout.cue
  // A name that looks like something else is found again only in brackets.
  if (nameLikelihood(row.speaker) !== 'likely') return '【{name}】'
  return style.cue ?? (isWide(row.speaker + row.text) ? '{name}：' : '{name}: ')
}

/** A title that reads as a heading in plain text: as it is, or with a number before it. */
const plainHeading = (title: string, number: number): string => {
  if (isChapterHeading(title, true)) return title
  if (title === '') return `Chapter ${number}`
  return isWide(title) ? `第${number}章 ${title}` : `Chapter ${number}: ${title}`
}

const inOneRow = (text: string): string => text.replace(/[\n\v\f\r\u0085\u2028\u2029]+/g, ' ')

const headingContent = ({ title, number, layout }: Heading, format: ScriptFormat): string => {
  if (format === 'text') return inOneRow(plainHeading(title, number))
  return layout?.markup?.plain === title ? layout.markup.raw : escapeMarkdown(inOneRow(title), false)
}

const rowContent = (entry: Row, isContinued: boolean, style: LayoutStyle, format: ScriptFormat): string => {
  const { row, layout } = entry
  if (isBlank(row.text)) return ''
  const cue = isContinued ? '' : cueFor(row, layout, style)
  const named = row.speaker === null ? '' : fillCue(cue, row.speaker)
  if (format === 'text') return named + inOneRow(row.text)
  return (
    named + (layout?.markup?.plain === row.text ? layout.markup.raw : escapeMarkdown(inOneRow(row.text), cue === ''))
  )
}

const isEdited = ({ layout, ...entry }: Entry): boolean =>
  layout?.markup?.plain !== (entry.kind === 'heading' ? entry.title : entry.row.text)

/** Whether Markdown would read two rows as one, though nobody wrapped them. */
const wouldJoin = (entry: Entry, previous: Entry, before: string): boolean =>
  entry.kind === 'row' &&
  previous.kind === 'row' &&
  (isEdited(entry) || isEdited(previous)) &&
  countRowBreaks(before) === 1 &&
  !/^ {2}/.test(before) &&
  !/(?: {2}|\\)$/.test(previous.layout?.after ?? '') &&
  rowContinues(previous.row.text, entry.row.text)

/** What stands between a piece and the one before it. */
const beforeOf = (entry: Entry, previous: Entry, style: LayoutStyle, format: ScriptFormat): string => {
  const joint = jointOf(entry, previous)
  const before = entry.layout?.before ?? style[joint]
  if (countRowBreaks(before) === 0) return continuesRow(entry, previous) ? before : style[joint]
  if (joint === 'betweenParagraphs' && !opensParagraph(before, format)) return style.rowBreak + before
  if (joint === 'betweenRows' && isBlank(before) && opensParagraph(before, format)) return style.betweenRows
  const mustStandAlone =
    entry.kind === 'heading' && format === 'text' && !isChapterHeading(headingContent(entry, format), false)
  if (mustStandAlone && countRowBreaks(before) === 1) return style.rowBreak + before
  return format === 'markdown' && wouldJoin(entry, previous, before) ? `  ${before}` : before
}

/**
 * A script as text. Pieces that came from a text of this format are written as they stood there; others get the look of
 * their neighbours, so that parsing the text again finds the same chapters, speakers and lines.
 */
export const serialiseScript = ({ script, tail }: ScriptText, format: ScriptFormat = 'text'): string => {
  const entries = entriesOf(script, format)
  const known = entries.filter((entry) => entry.layout !== null)
  const firstBreak = known.map(({ layout }) => firstRowBreak(layout?.before ?? '')).find((found) => found !== undefined)
  const learn = (style: LayoutStyle, entry: Entry, previous: Entry | undefined): LayoutStyle =>
    entry.layout ? learnStyle(style, previous ? jointOf(entry, previous) : null, entry.layout, format) : style
  // Twice over the script: what stands first may have to look like what comes later.
  let style = entries.reduceRight(
    (learned, entry, index) => learn(learned, entry, entries[index - 1]),
    plainStyle(format, firstBreak ?? '\n'),
  )
  const parts: string[] = []
  let previous: Entry | undefined
  for (const entry of entries) {
    style = learn(style, entry, previous)
    const opening = entry.layout?.before ?? (entry.kind === 'heading' && format === 'markdown' ? '# ' : '')
    parts.push(previous ? beforeOf(entry, previous, style, format) : opening)
    const content =
      entry.kind === 'heading'
        ? headingContent(entry, format)
        : rowContent(entry, continuesRow(entry, previous), style, format)
    parts.push(content, entry.layout?.after ?? '')
    previous = entry
  }
  if (entries.length === 0) return tail
  return parts.join('') + (known.length > 0 ? tail : style.rowBreak)
}
