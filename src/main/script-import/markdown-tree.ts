import { fromMarkdown } from 'mdast-util-from-markdown'

export type MarkdownNode = ReturnType<typeof fromMarkdown>['children'][number]
export type MarkdownParent = Extract<MarkdownNode, { children: unknown }>
export type MarkdownBlock = Extract<MarkdownNode, { type: 'paragraph' | 'heading' }>

/** The parsed blocks of a text; their positions count from `base`. */
export type MarkdownTree = { nodes: readonly MarkdownNode[]; base: number }

const BYTE_ORDER_MARK = '\uFEFF'
/** `---` rows around keys at the start of a file, as static site builders have them; or `+++` rows. */
const FRONT_MATTER =
  /^(?:---|\+\+\+)[ \t]*(?:\r\n|\r|\n)(?=[ \t]*(?:[\w"'-]+[ \t]*[:=]|#|---|\+\+\+))[\s\S]*?(?:^|[\r\n])(?:---|\+\+\+|\.\.\.)[ \t]*(?=[\r\n]|$)/

/**
 * CommonMark, save that indented rows are paragraphs: in a script an indented row is far more likely to be spoken than to
 * be code.
 */
export const parseMarkdown = (text: string): MarkdownTree => {
  let base = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  base += text.slice(base).match(FRONT_MATTER)?.[0].length ?? 0
  const body = text.slice(base)
  // The parser takes a mark at the very start for a byte order mark, and counts from after it.
  if (body.startsWith(BYTE_ORDER_MARK)) base += 1
  return { nodes: fromMarkdown(body, { extensions: [{ disable: { null: ['codeIndented'] } }] }).children, base }
}

export const startOf = (node: MarkdownNode, { base }: MarkdownTree): number => base + (node.position?.start.offset ?? 0)
export const endOf = (node: MarkdownNode, { base }: MarkdownTree): number => base + (node.position?.end.offset ?? 0)
