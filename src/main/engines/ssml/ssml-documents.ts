import { AppError } from '../../../shared/kernel/index.ts'
import { isSpeakable } from '../../../shared/render/index.ts'
import { textPieces } from '../remote/text-pieces.ts'
import { parseSsml, type SsmlElement, type SsmlNode, textOfNodes } from './parse-ssml.ts'
import type { SsmlRemark } from './ssml-remark.ts'
import { unknownInSsml } from './ssml-rules.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '&quot;',
  "'": '&apos;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}
const escaped = (text: string): string => text.replace(/["'&<>]/g, (sign) => ESCAPES[sign] ?? sign)

const written = (node: SsmlNode): string => {
  if (typeof node === 'string') return escaped(node)
  const attributes = Array.from(node.attributes, ([name, value]) => ` ${name}="${escaped(value)}"`).join('')
  const inner = node.children.map(written).join('')
  return inner === '' ? `<${node.name}${attributes}/>` : `<${node.name}${attributes}>${inner}</${node.name}>`
}

/** Stands for an element where text is cut: halves of surrogate pairs are no characters of XML, so that none is in a text. */
const FIRST_STAND_IN = 0xdc00
const STAND_INS = 0x400
const STAND_IN = /[\uDC00-\uDFFF]/

/** A document whose elements are one sign each. */
const abridged = ({ children }: SsmlElement): { text: string; elementOf(sign: string): SsmlElement | undefined } => {
  const elements: SsmlElement[] = []
  const text = children
    .map((node) => {
      if (typeof node === 'string') return node
      elements.push(node)
      return String.fromCharCode(FIRST_STAND_IN + elements.length - 1)
    })
    .join('')
  return { text, elementOf: (sign) => elements[sign.charCodeAt(0) - FIRST_STAND_IN] }
}

/** Several documents of one, each within the limit where that can be. */
const cutDocument = (document: SsmlElement, limit: number, measure: (ssml: string) => number): string[] => {
  const elementCount = document.children.filter((node) => typeof node !== 'string').length
  if (elementCount > STAND_INS)
    throw new AppError('script.ssml-invalid', { params: { reason: 'tooLarge', line: 1, column: 1 } })
  const { text, elementOf } = abridged(document)
  const wrapped = (piece: string): string => {
    // By code points: a half that is part of a character is not taken for a stand-in.
    const children = Array.from(
      piece,
      (sign): SsmlNode => (STAND_IN.test(sign) && sign.length === 1 ? (elementOf(sign) ?? '') : sign),
    )
    return written({ ...document, children })
  }
  return textPieces(text, limit, (piece) => measure(wrapped(piece))).map(wrapped)
}

export type SsmlDocuments = {
  /** Each is sent at once. */
  readonly texts: readonly string[]
  readonly remarks: readonly SsmlRemark[]
}

/**
 * SSML as a service takes it that reads it: as it is where that is within the limit, else in several documents, cut as texts
 * are (at ends of sentences, if that is enough) and never inside of an element; each has the attributes of the `speak` that it
 * is from.
 * @param text that `isSsml`
 * @param measure how the service counts SSML
 * @throws AppError `script.ssml-invalid`; `engine.nothing-to-say`
 */
export const ssmlDocuments = (text: string, limit: number, measure: (ssml: string) => number): SsmlDocuments => {
  const documents = parseSsml(text)
  if (!isSpeakable(textOfNodes(documents))) throw new AppError('engine.nothing-to-say')
  const remarks = unknownInSsml(documents)
  // Not as it was written: services count tags out, and what looks like a tag in a comment or in CDATA.
  if (measure(documents.map(written).join('')) <= limit) return { texts: [text.trim()], remarks }
  const texts = documents
    .filter((document) => isSpeakable(textOfNodes([document])))
    .flatMap((document) => cutDocument(document, limit, measure))
  return { texts, remarks }
}
