import { parseXml, XmlElement, XmlError, type XmlNode, XmlText } from '@rgrove/parse-xml'
import { AppError } from '../../../shared/kernel/index.ts'

export type SsmlNode = string | SsmlElement
export type SsmlElement = {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly SsmlNode[]
}

/** Why a text is no SSML; each has a text in every catalogue. */
type Reason =
  | 'malformed'
  | 'endTag'
  | 'attribute'
  | 'ampersand'
  | 'entity'
  | 'doctype'
  | 'nested'
  | 'outside'
  | 'tooDeep'
  | 'tooLarge'

/** Several times what a line holds, and as much as any service takes at once. */
const MAX_CHARACTERS = 20_000
/** The vendor's elements stand in `speak` and hold text. */
const MAX_DEPTH = 32

const PROLOG = /^<\?xml\s[^>]*\?>\s*/
/** With a document type it is no less meant to be SSML, and refused by name. */
const SPEAK = /^(<!DOCTYPE[\s\S]*)?<speak(?![\w.:-])/

/** What the parser says, as far as a sentence of ours says it better. @source @rgrove/parse-xml src/lib/Parser.ts */
const SAID: readonly (readonly [RegExp, Reason])[] = [
  [/^Named entity isn't defined/, 'entity'],
  [/^(Unterminated|Invalid character) reference|^Character reference/, 'ampersand'],
  [/^(Missing|Unclosed) end tag|^Extra content/, 'endTag'],
  [/attribute/i, 'attribute'],
]

/** Whether a text is to be read as SSML: it begins with `<speak`, after a prolog where it has one. */
export const isSsml = (text: string): boolean => SPEAK.test(text.trimStart().replace(PROLOG, ''))

const refusal = (reason: Reason, source: string, index: number): AppError => {
  const before = source.slice(0, index).split('\n')
  return new AppError('script.ssml-invalid', {
    params: { reason, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 },
  })
}

/** Several documents may follow each other; XML has one root. */
const OPENING = '<d>'
const CLOSING = '</d>'

const rootOf = (source: string): XmlElement => {
  const prolog = PROLOG.exec(source)?.[0] ?? ''
  const body = source.slice(prolog.length)
  try {
    const { root } = parseXml(`${OPENING}${body}${CLOSING}`, { includeOffsets: true })
    if (root) return root
  } catch (error) {
    if (error instanceof RangeError) throw refusal('tooDeep', source, 0)
    if (!(error instanceof XmlError)) throw error
    // It counts code points here.
    const before = [...body].slice(0, Math.max(0, error.pos - OPENING.length)).join('')
    const index = prolog.length + before.length
    const isDoctype = /^<!(DOCTYPE|ENTITY)/i.test(source.slice(index))
    const reason = isDoctype ? 'doctype' : (SAID.find(([said]) => said.test(error.message))?.[1] ?? 'malformed')
    // Its message quotes the text, which no log may have: it does not ride along.
    throw refusal(reason, source, index)
  }
  throw refusal('malformed', source, 0)
}

/**
 * The documents of a text that `isSsml`: one `speak` or several behind each other. Comments and processing instructions are left
 * out, CDATA is text; of entities there are XML's own five and references to characters, and nothing is fetched.
 * @throws AppError `script.ssml-invalid` with the reason, line and column
 */
export const parseSsml = (text: string): readonly SsmlElement[] => {
  const source = text.trim().replace(/\r\n?/g, '\n')
  if (source.length > MAX_CHARACTERS) throw refusal('tooLarge', source, 0)
  const root = rootOf(source)
  const prologLength = PROLOG.exec(source)?.[0].length ?? 0
  const at = ({ start }: XmlNode): number => prologLength + Math.max(0, start - OPENING.length)
  const nodesOf = (element: XmlElement, depth: number): SsmlNode[] => {
    if (depth > MAX_DEPTH) throw refusal('tooDeep', source, at(element))
    return element.children.flatMap((child): SsmlNode[] => {
      if (child instanceof XmlText) return child.text === '' ? [] : [child.text]
      if (!(child instanceof XmlElement)) return []
      if (child.name === 'speak') throw refusal('nested', source, at(child))
      return [elementOf(child, depth)]
    })
  }
  const elementOf = (element: XmlElement, depth: number): SsmlElement => ({
    name: element.name,
    attributes: new Map(Object.entries(element.attributes)),
    children: nodesOf(element, depth + 1),
  })
  return root.children.flatMap((child): SsmlElement[] => {
    if (child instanceof XmlElement && child.name === 'speak') return [elementOf(child, 0)]
    if (child instanceof XmlElement || (child instanceof XmlText && child.text.trim() !== ''))
      throw refusal('outside', source, at(child))
    return []
  })
}

/** What stands between the tags: what services count, and what is read where a tag is not understood. */
export const textOfNodes = (nodes: readonly SsmlNode[]): string =>
  nodes.map((node) => (typeof node === 'string' ? node : textOfNodes(node.children))).join('')
