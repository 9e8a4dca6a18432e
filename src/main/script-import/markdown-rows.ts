import { isBlank, isWide, type PlainRun, rowContinues } from '../../shared/script/index.ts'
import { afterRowPrefix, alignText } from './align-text.ts'
import { endOf, type MarkdownBlock, type MarkdownNode, type MarkdownTree, startOf } from './markdown-tree.ts'

type Run = { plain: string; start: number; end: number; opensAt: number; isVerbatim: boolean }
/** A row of a paragraph: its place in the source, and what of it is spoken. */
type Row = { start: number; end: number; runs: Run[]; isBroken: boolean }
export type SpokenRow = { start: number; end: number; plain: string; runs: PlainRun[] }

const plainOf = ({ runs }: Row): string => runs.map(({ plain }) => plain).join('')

/** Splits the content of a block into its rows, as the file has them. Pictures and HTML tags say nothing. */
const sourceRows = (block: MarkdownBlock, source: string, tree: MarkdownTree): Row[] => {
  let row: Row = { start: startOf(block, tree), end: endOf(block, tree), runs: [], isBroken: false }
  const rows = [row]
  const breakRow = (start: number, next: number, isHard: boolean): void => {
    row.end = start
    row.isBroken = isHard
    row = { start: next, end: endOf(block, tree), runs: [], isBroken: false }
    rows.push(row)
  }
  const visit = (node: MarkdownNode, opensAt: number | null): void => {
    const start = startOf(node, tree)
    const end = endOf(node, tree)
    if (node.type === 'text')
      for (const atom of alignText(node.value, source, start, end))
        if (atom.kind === 'break') breakRow(atom.start, atom.end, false)
        else row.runs.push({ ...atom, opensAt: opensAt ?? atom.start })
    else if (node.type === 'break') breakRow(start, afterRowPrefix(source, end), true)
    else if (node.type === 'inlineCode') {
      const place = source.slice(start, end).indexOf(node.value)
      const at = place < 0 ? { start, end } : { start: start + place, end: start + place + node.value.length }
      row.runs.push({ plain: node.value, ...at, opensAt: opensAt ?? start, isVerbatim: place >= 0 })
    } else if ('children' in node) for (const child of node.children) visit(child, opensAt ?? start)
  }
  for (const child of block.children) visit(child, null)
  return rows
}

/** Takes blanks off both ends of what is spoken; the source keeps them. */
const trimRuns = (runs: readonly Run[]): Run[] => {
  const first = runs.findIndex(({ plain }) => !isBlank(plain))
  const left = first < 0 ? [] : runs.slice(first)
  while (left.length > 0 && isBlank(left.at(-1)?.plain ?? '')) left.pop()
  return left.map((run, index) => {
    const plain = run.plain
    const lead = index === 0 ? plain.length - plain.trimStart().length : 0
    const trail = index === left.length - 1 ? plain.length - plain.trimEnd().length : 0
    const moved = run.isVerbatim ? { start: run.start + lead, end: run.end - trail } : {}
    return { ...run, ...moved, plain: plain.slice(lead, plain.length - trail) }
  })
}

/** Two source rows as one row of speech. */
const joined = (row: Row, next: Row): Row => {
  const wide = isWide([...plainOf(row)].at(-1) ?? '') && isWide([...plainOf(next)][0] ?? '')
  const seam = { plain: wide ? '' : ' ', start: row.end, end: next.start, opensAt: row.end, isVerbatim: false }
  return { ...next, start: row.start, runs: [...row.runs, seam, ...next.runs] }
}

const spoken = ({ start, end, runs }: Row): SpokenRow => {
  let plainStart = 0
  const plainRuns = runs.map((run): PlainRun => {
    const placed = {
      plainStart,
      sourceStart: run.start,
      sourceEnd: run.end,
      opensAt: run.opensAt,
      isVerbatim: run.isVerbatim,
    }
    plainStart += run.plain.length
    return placed
  })
  return { start, end, plain: plainOf({ start, end, runs, isBroken: false }), runs: plainRuns }
}

const TASK_MARK = /^\[[ xX]\][ \t]+/

/** What a paragraph has to say, row by row. Rows that an editor wrapped are one. */
export const spokenRows = (block: MarkdownBlock, source: string, tree: MarkdownTree): SpokenRow[] => {
  const rows: Row[] = []
  for (const row of sourceRows(block, source, tree)) {
    const taskMark = rows.length === 0 ? (source.slice(row.start, row.end).match(TASK_MARK)?.[0].length ?? 0) : 0
    const [first, ...others] = row.runs
    const unmarked = first
      ? [{ ...first, plain: first.plain.slice(taskMark), start: first.start + taskMark }, ...others]
      : []
    const trimmed: Row = { ...row, start: row.start + taskMark, runs: trimRuns(taskMark > 0 ? unmarked : row.runs) }
    const previous = rows.at(-1)
    if (trimmed.runs.length === 0) continue
    if (previous && !previous.isBroken && rowContinues(plainOf(previous), plainOf(trimmed)))
      rows[rows.length - 1] = joined(previous, trimmed)
    else rows.push(trimmed)
  }
  return rows.map(spoken)
}

/** A heading is one row, however many the source has. */
export const spokenHeading = (block: MarkdownBlock, source: string, tree: MarkdownTree): SpokenRow => {
  const [first, last] = [block.children[0], block.children.at(-1)]
  const end = last ? endOf(last, tree) : endOf(block, tree)
  const rows = sourceRows(block, source, tree).map((row) => ({ ...row, runs: trimRuns(row.runs) }))
  const [title, ...others] = rows.filter(({ runs }) => runs.length > 0)
  const whole = title ? others.reduce(joined, title) : { runs: [], isBroken: false }
  return spoken({ ...whole, start: first ? startOf(first, tree) : end, end })
}
