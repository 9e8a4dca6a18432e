import type { SsmlElement } from './parse-ssml.ts'

/** What of a line's SSML comes otherwise than written: a warning's field and reason. */
export type SsmlRemark = { readonly field: string; readonly reason: SsmlReason }
export type SsmlReason =
  /** The text is read, what the element says of it is not heeded. */
  | 'ssml-read-plainly'
  | 'ssml-left-out'
  /** No element, attribute or value of CosyVoice's SSML. */
  | 'ssml-unknown'
  | 'not-supported'
  | 'out-of-range'

const LONGEST_NAME = 40

/** As a person wrote it: an element, or an attribute of one. */
export const ssmlField = ({ name }: Pick<SsmlElement, 'name'>, attribute?: string): string => {
  const short = (text: string): string => (text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text)
  return attribute === undefined ? `<${short(name)}>` : `<${short(name)} ${short(attribute)}>`
}

/** Each once, in the order in which they came. */
export const distinctRemarks = (remarks: readonly SsmlRemark[]): SsmlRemark[] => [
  ...new Map(remarks.map((remark) => [`${remark.field} ${remark.reason}`, remark])).values(),
]
