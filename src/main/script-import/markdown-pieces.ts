import { type SourcePiece, type SourcePieces, trimmedRange } from '../../shared/script/index.ts'
import { spokenHeading, spokenRows } from './markdown-rows.ts'
import {
  endOf,
  type MarkdownBlock,
  type MarkdownNode,
  type MarkdownTree,
  parseMarkdown,
  startOf,
} from './markdown-tree.ts'

type Heading = Extract<MarkdownNode, { type: 'heading' }>

/** The row under the head of a table; the parser knows no tables, and none is read aloud. */
const TABLE_RULE =
  /^[^\r\n]*(?:\r\n|\r|\n)[ \t>]*(?=[^\r\n]*\|)\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*(?:[\r\n]|$)/
const NOTE = /^\[\^[^\]\s]+\]:/
const isTableOrNote = (raw: string): boolean => TABLE_RULE.test(raw) || NOTE.test(raw)
/** `[林晚]: 走。` is a link definition to the parser, but leads nowhere. */
const isLink = (url: string): boolean => /[/.#:@]/.test(url)

const headingPiece = (block: Heading, source: string, tree: MarkdownTree): SourcePiece => ({
  kind: 'heading',
  closesAt: endOf(block, tree),
  ...spokenHeading(block, source, tree),
})

const rowPieces = (block: MarkdownBlock, source: string, tree: MarkdownTree): SourcePiece[] =>
  isTableOrNote(source.slice(startOf(block, tree), endOf(block, tree)))
    ? []
    : spokenRows(block, source, tree).map((row): SourcePiece => {
        const { start, end } = trimmedRange(source, row.start, row.end)
        return { kind: 'row', ...row, start, end, closesAt: end }
      })

/** The blocks that may have something to say, in order. No recursion: quotations nest as deep as somebody types. */
const blocksOf = (nodes: readonly MarkdownNode[]): MarkdownNode[] => {
  const blocks: MarkdownNode[] = []
  const left = nodes.toReversed()
  for (let node = left.pop(); node; node = left.pop()) {
    if (node.type === 'blockquote' || node.type === 'list' || node.type === 'listItem')
      left.push(...node.children.toReversed())
    else if (node.type === 'paragraph' || node.type === 'heading' || node.type === 'definition') blocks.push(node)
  }
  return blocks
}

/** The title of the whole text: the first heading, where it stands above all others and has nothing of its own to say. */
const documentTitle = (blocks: readonly MarkdownNode[]): MarkdownNode | undefined => {
  const [first, second] = blocks
  if (first?.type !== 'heading' || second?.type !== 'heading' || second.depth <= first.depth) return undefined
  const isAlone = blocks.every((block) => block === first || block.type !== 'heading' || block.depth > first.depth)
  return isAlone ? first : undefined
}

/**
 * Markdown: headings are chapters; paragraphs, list items and quotations are rows. Front matter, comments, HTML, code
 * fences, rules, tables, notes, pictures and the title of the whole are kept but not spoken.
 */
export const markdownPieces = (source: string): SourcePieces => {
  const tree = parseMarkdown(source)
  const blocks = blocksOf(tree.nodes)
  const title = documentTitle(blocks)
  const pieces = blocks.flatMap((block): SourcePiece[] => {
    if (block === title) return []
    if (block.type === 'heading') return [headingPiece(block, source, tree)]
    if (block.type === 'paragraph') return rowPieces(block, source, tree)
    if (block.type !== 'definition' || isLink(block.url)) return []
    const [start, end] = [startOf(block, tree), endOf(block, tree)]
    return [{ kind: 'row', start, end, closesAt: end, plain: source.slice(start, end), runs: null }]
  })
  return { format: 'markdown', pieces }
}
