import { isBlank, isWide, type PlainRun, rowContinues } from '../../shared/script/index.ts'
import { afterRowPrefix, alignText } from './align-text.ts'
import { endOf, type MarkdownBlock, type MarkdownTree, startOf } from './markdown-tree.ts'

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
  const left = block.children.map((node) => ({ node, opensAt: startOf(node, tree), isHeld: false })).reverse()
  for (let next = left.pop(); next; next = left.pop()) {
    const { node, opensAt, isHeld } = next
    const start = startOf(node, tree)
    const end = endOf(node, tree)
    if (node.type === 'text')
      for (const atom of alignText(node.value, source, start, end))
        if (atom.kind === 'break') breakRow(atom.start, atom.end, false)
        else row.runs.push({ ...atom, opensAt: isHeld ? opensAt : atom.start })
    else if (node.type === 'break') breakRow(start, afterRowPrefix(source, end), true)
    else if (node.type === 'inlineCode') {
      const place = source.slice(start, end).indexOf(node.value)
      const at = place < 0 ? { start, end } : { start: start + place, end: start + place + node.value.length }
      row.runs.push({ plain: node.value, ...at, opensAt, isVerbatim: place >= 0 })
    } else if ('children' in node)
      left.push(...node.children.map((child) => ({ node: child, opensAt, isHeld: true })).reverse())
  }
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

/** What stands for the break between two rows that are spoken as one. */
const seam = (row: Row, next: Row): Run => {
  const last = row.runs.at(-1)?.plain.slice(-2) ?? ''
  const first = next.runs[0]?.plain.slice(0, 2) ?? ''
  const plain = isWide([...last].at(-1) ?? '') && isWide([...first][0] ?? '') ? '' : ' '
  return { plain, start: row.end, end: next.start, opensAt: row.end, isVerbatim: false }
}

/** Rows of the source that are one row of speech. */
const spoken = (rows: readonly Row[], start: number, end: number): SpokenRow => {
  const runs = rows.flatMap((row, index) => {
    const previous = rows[index - 1]
    return previous ? [seam(previous, row), ...row.runs] : row.runs
  })
  let plainStart = 0
  const plainRuns = runs.map((run): PlainRun => {
    const { start: sourceStart, end: sourceEnd, opensAt, isVerbatim } = run
    const placed = { plainStart, sourceStart, sourceEnd, opensAt, isVerbatim }
    plainStart += run.plain.length
    return placed
  })
  return { start, end, plain: runs.map(({ plain }) => plain).join(''), runs: plainRuns }
}

const TASK_MARK = /^\[[ xX]\][ \t]+/

const withoutTaskMark = (row: Row, source: string): Row => {
  const length = source.slice(row.start, row.end).match(TASK_MARK)?.[0].length ?? 0
  const [first, ...others] = row.runs
  if (length === 0 || !first) return row
  const runs = [{ ...first, plain: first.plain.slice(length), start: first.start + length }, ...others]
  return { ...row, start: row.start + length, runs }
}

/** What a paragraph has to say, row by row. Rows that an editor wrapped are one. */
export const spokenRows = (block: MarkdownBlock, source: string, tree: MarkdownTree): SpokenRow[] => {
  const groups: Row[][] = []
  sourceRows(block, source, tree).forEach((found, index) => {
    const unmarked = index === 0 ? withoutTaskMark(found, source) : found
    const row = { ...unmarked, runs: trimRuns(unmarked.runs) }
    const previous = groups.at(-1)?.at(-1)
    if (row.runs.length === 0) return
    if (previous && !previous.isBroken && rowContinues(plainOf(previous), plainOf(row))) groups.at(-1)?.push(row)
    else groups.push([row])
  })
  return groups.map((rows) => spoken(rows, rows[0]?.start ?? 0, rows.at(-1)?.end ?? 0))
}

/** A heading is one row, however many the source has. */
export const spokenHeading = (block: MarkdownBlock, source: string, tree: MarkdownTree): SpokenRow => {
  const [first, last] = [block.children[0], block.children.at(-1)]
  const end = last ? endOf(last, tree) : endOf(block, tree)
  const rows = sourceRows(block, source, tree).map((row) => ({ ...row, runs: trimRuns(row.runs) }))
  const titled = rows.filter(({ runs }) => runs.length > 0)
  return spoken(titled, first ? startOf(first, tree) : end, end)
}
