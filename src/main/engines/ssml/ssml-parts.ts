import { AppError } from '../../../shared/kernel/index.ts'
import { isSpeakable } from '../../../shared/render/index.ts'
import { parseSsml, type SsmlElement, type SsmlNode } from './parse-ssml.ts'
import { distinctRemarks, type SsmlReason, type SsmlRemark, ssmlField } from './ssml-remark.ts'
import { factorOf, isFormal, volumeOf } from './ssml-rules.ts'

/** What a document asks of its voice, in place of what the line asks; null: as the line has it. */
export type SsmlManner = {
  /** Factors, 0.5 to 2. */
  readonly rate: number | null
  readonly pitch: number | null
  /** 0 to 100, 50 is unchanged. */
  readonly volume: number | null
}
export type SsmlPart =
  | { readonly kind: 'silence'; readonly durationSec: number }
  | { readonly kind: 'speech'; readonly text: string; readonly manner: SsmlManner }
export type SsmlParts = { readonly parts: readonly SsmlPart[]; readonly remarks: readonly SsmlRemark[] }

const MAX_BREAK_SEC = 10
const USUAL_BREAK_SEC = 1

/** Undefined: it is no time. */
const secondsOf = (time: string): number | undefined => {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(s|ms)$/.exec(time.trim()) ?? []
  return unit === undefined ? undefined : Number(count) / (unit === 'ms' ? 1000 : 1)
}

/**
 * SSML for an engine that reads none: what is to be said, and the silences between. Everything else of it is remarked on.
 * @param text that `isSsml`
 * @returns parts of which at least one is speech; silences of at most 10 s, never two behind each other
 * @throws AppError `script.ssml-invalid`; `engine.nothing-to-say`
 */
export const ssmlParts = (text: string): SsmlParts => {
  const parts: SsmlPart[] = []
  const remarks: SsmlRemark[] = []
  const remark = (element: SsmlElement, reason: SsmlReason, attribute?: string): void => {
    remarks.push({ field: ssmlField(element, attribute), reason })
  }
  let said = ''
  const flush = (manner: SsmlManner): void => {
    const spoken = said.replace(/\s+/gu, ' ').trim()
    said = ''
    if (isSpeakable(spoken)) parts.push({ kind: 'speech', text: spoken, manner })
  }
  const breakOf = (element: SsmlElement): number => {
    const time = element.attributes.get('time')
    if (time === undefined) return USUAL_BREAK_SEC
    const durationSec = secondsOf(time)
    if (durationSec === undefined) remark(element, 'ssml-unknown', 'time')
    else if (durationSec > MAX_BREAK_SEC) remark(element, 'out-of-range', 'time')
    return durationSec ?? USUAL_BREAK_SEC
  }
  const pause = (durationSec: number): void => {
    const last = parts.at(-1)
    const sumSec = (last?.kind === 'silence' ? last.durationSec : 0) + durationSec
    if (last?.kind === 'silence') parts.pop()
    if (sumSec > 0) parts.push({ kind: 'silence', durationSec: Math.min(MAX_BREAK_SEC, sumSec) })
  }
  const read = (element: SsmlElement, manner: SsmlManner): void => {
    const { name, attributes, children } = element
    const alias = name === 'sub' ? attributes.get('alias') : undefined
    if (alias !== undefined) {
      said += alias
      return
    }
    if (name === 'break') {
      flush(manner)
      pause(breakOf(element))
    } else if (name === 'sub') remark(element, 'ssml-unknown', 'alias')
    else if (name === 'say-as' || name === 'phoneme') remark(element, 'ssml-read-plainly')
    else if (name === 'soundEvent') remark(element, 'ssml-left-out')
    else remark(element, 'ssml-unknown')
    readAll(children, manner)
  }
  const readAll = (nodes: readonly SsmlNode[], manner: SsmlManner): void => {
    for (const node of nodes) {
      if (typeof node === 'string') said += node
      else read(node, manner)
    }
  }
  const mannerOf = (document: SsmlElement): SsmlManner => {
    const { attributes } = document
    const numberOf = (attribute: string, parse: (value: string) => number | undefined): number | null => {
      const value = attributes.get(attribute)
      if (value === undefined) return null
      const parsed = parse(value.trim())
      if (parsed === undefined) remark(document, 'ssml-unknown', attribute)
      return parsed ?? null
    }
    for (const attribute of attributes.keys())
      if (!['rate', 'pitch', 'volume'].includes(attribute) && !isFormal(attribute))
        remark(document, 'ssml-left-out', attribute)
    return {
      rate: numberOf('rate', factorOf),
      pitch: numberOf('pitch', factorOf),
      volume: numberOf('volume', volumeOf),
    }
  }
  for (const document of parseSsml(text)) {
    const manner = mannerOf(document)
    readAll(document.children, manner)
    flush(manner)
  }
  if (!parts.some(({ kind }) => kind === 'speech')) throw new AppError('engine.nothing-to-say')
  return { parts, remarks: distinctRemarks(remarks) }
}
