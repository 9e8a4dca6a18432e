import type { SsmlElement, SsmlNode } from './parse-ssml.ts'
import { distinctRemarks, type SsmlRemark, ssmlField } from './ssml-remark.ts'

type Check = (value: string) => boolean
type Rule = { readonly attributes: Readonly<Record<string, Check>>; readonly required: readonly string[] }

const isAny: Check = () => true
const isOneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value)
const isWhole =
  (least: number, most: number): Check =>
  (value) =>
    /^-?\d+$/.test(value) && Number(value) >= least && Number(value) <= most
const isFactor: Check = (value) => factorOf(value) !== undefined
const isTime: Check = (value) => {
  const [, count = '', unit] = /^(\d+)(s|ms)$/.exec(value) ?? []
  return unit === 's' ? isWhole(1, 10)(count) : isWhole(50, 10_000)(count)
}

/** A rate or a pitch, 0.5 to 2; undefined: it is none. */
export const factorOf = (value: string): number | undefined => {
  const factor = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
  return factor >= 0.5 && factor <= 2 ? factor : undefined
}
/** 0 to 100, 50 is unchanged; undefined: it is none. */
export const volumeOf = (value: string): number | undefined => (isWhole(0, 100)(value) ? Number(value) : undefined)

/** @source Alibaba Cloud Model Studio, CosyVoice: SSML */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    'speak',
    {
      attributes: {
        ...{ voice: isAny, rate: isFactor, pitch: isFactor, volume: isWhole(0, 100) },
        effect: isOneOf('robot', 'lolita', 'lowpass', 'echo', 'eq', 'lpfilter', 'hpfilter'),
        ...{ effectValue: isAny, bgm: isAny, backgroundMusicVolume: isAny },
      },
      required: [],
    },
  ],
  ['break', { attributes: { time: isTime }, required: [] }],
  ['sub', { attributes: { alias: isAny }, required: ['alias'] }],
  ['phoneme', { attributes: { alphabet: isOneOf('py', 'cmu'), ph: isAny }, required: ['alphabet', 'ph'] }],
  ['soundEvent', { attributes: { src: isAny }, required: ['src'] }],
  [
    'say-as',
    {
      attributes: {
        'interpret-as': isOneOf(
          ...['cardinal', 'digits', 'telephone', 'name', 'address', 'id', 'characters', 'punctuation'],
          ...['date', 'time', 'currency', 'measure'],
        ),
      },
      required: ['interpret-as'],
    },
  ],
])

/** What documents of any vendor carry on `speak`, and what says nothing of the sound. */
export const isFormal = (attribute: string): boolean => attribute === 'version' || /^(xmlns|xsi)(:|$)/.test(attribute)

/** What a service that reads SSML may refuse, or leave out, of documents. */
export const unknownInSsml = (documents: readonly SsmlElement[]): SsmlRemark[] => {
  const remarks: SsmlRemark[] = []
  const visit = (node: SsmlNode): void => {
    if (typeof node === 'string') return
    const rule = RULES.get(node.name)
    const unknown = (attribute?: string): unknown =>
      remarks.push({ field: ssmlField(node, attribute), reason: 'ssml-unknown' })
    if (!rule) unknown()
    else {
      for (const [attribute, value] of node.attributes)
        if (!isFormal(attribute) && !(Object.hasOwn(rule.attributes, attribute) && rule.attributes[attribute]?.(value)))
          unknown(attribute)
      for (const attribute of rule.required) if (!node.attributes.has(attribute)) unknown(attribute)
    }
    node.children.forEach(visit)
  }
  documents.forEach(visit)
  return distinctRemarks(remarks)
}
