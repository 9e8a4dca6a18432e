/** How long pieces of a text become. Lengths are those of `lengthOf`. */
type SplitLimits = {
  /** A piece ends before a sentence that would make it longer, ... */
  longest: number
  /** ... unless it is not yet that long. */
  shortest: number
  /** A last piece shorter than this joins the one before it. */
  tail: number
  /** No piece is longer, whatever its punctuation. */
  hard: number
}

/**
 * `hard` is ours: the original lets a sentence be any length, and memory grows with it.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py text_normalize, cosyvoice/utils/frontend_utils.py split_paragraph
 */
export const SPLIT_LIMITS: SplitLimits = { longest: 80, shortest: 60, tail: 20, hard: 160 }

export type SplitOptions = {
  /** Chinese and Japanese text ends its sentences with other marks, 、 among them. */
  script: 'han' | 'other'
  /** Characters in Chinese and Japanese, token ids elsewhere. */
  lengthOf: (text: string) => number
  limits?: SplitLimits
}

const TERMINATORS: Readonly<Record<SplitOptions['script'], string>> = {
  han: '。？！；：、.?!;',
  other: '.?!;:。？！；：\n',
}

const CLOSING = '”’」』）)】》'
const CLOSERS = `"'${CLOSING}`
const CLOSED = new RegExp(`[${CLOSERS}]+$`, 'u')

/** Whether a text ends as a sentence does, if only by trailing off; quotes and brackets that close it aside. */
export const endsSentence = (text: string, script: SplitOptions['script']): boolean =>
  `${TERMINATORS[script]}…`.includes(text.replace(CLOSED, '').at(-1) ?? ' ')

/** What closes a sentence: its marks, then quotes and brackets. Behind a colon a quote opens the next. */
const SENTENCE_END = new RegExp(`^[。？！.?!…]+[${CLOSERS}]*`, 'u')
const MARKS = '，,、；;：:。.？?！!…—'
/** Never the first of a part where that can be helped. */
const CLOSES = new RegExp(`[${MARKS}${CLOSING}]`, 'u')
const CLAUSE_END = new RegExp(`[${MARKS}][${CLOSING}]*$`, 'u')

/** `[laughter]`, `[j]`, `<strong>`: a cut inside would make text of it. */
const TAG = /\[[^[\]\s]{1,20}\]|<\/?(?:strong|laughter)>/gu
/** Pinyin of one syllable, words under one emphasis, a number, a word of letters: cut only where nothing else helps. */
const WHOLE =
  /(?:\[[^[\]\s]{1,20}\]){2,3}|<(strong|laughter)>[\s\S]*?<\/\1>|[\p{Sc}±+-]?\p{N}+(?:[.,:/~%-]\p{N}+)*\p{Sc}?%?|[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Hangul}\p{M}\p{N}'’.@/_-]+/gu

/** How bad a cut at a place is. */
const CUT = { clause: 0, space: 1, character: 2, whole: 3, grapheme: 4, never: 5 } as const

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const isInsidePair = (text: string, at: number): boolean =>
  /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(at - 1, at + 1))

/** What a cut before each UTF-16 unit would be. */
const cutsOf = (text: string): Uint8Array => {
  const cuts = new Uint8Array(text.length).fill(CUT.grapheme)
  for (const { index } of graphemes.segment(text)) {
    const [before, after] = [text.slice(Math.max(0, index - 4), index), text[index] ?? '']
    cuts[index] = CLOSES.test(after)
      ? CUT.whole
      : CLAUSE_END.test(before)
        ? CUT.clause
        : /\s/u.test(after)
          ? CUT.space
          : CUT.character
  }
  const raise = (pattern: RegExp, cut: number): void => {
    for (const { index, 0: found } of text.matchAll(pattern))
      for (let at = index + 1; at < index + found.length; at++) cuts[at] = Math.max(cuts[at] ?? cut, cut)
  }
  raise(WHOLE, CUT.whole)
  raise(TAG, CUT.never)
  for (let at = 1; at < text.length; at++) if (isInsidePair(text, at)) cuts[at] = CUT.never
  return cuts
}

type Unit = { text: string; cuts: Uint8Array }

const part = ({ text, cuts }: Unit, from: number, to: number): Unit => ({
  text: text.slice(from, to),
  cuts: cuts.subarray(from, to),
})

const sentencesOf = (whole: Unit, script: SplitOptions['script']): Unit[] => {
  const { text, cuts } = whole
  const sentences: Unit[] = []
  let from = 0
  for (let at = 0; at < text.length; at++) {
    if (!TERMINATORS[script].includes(text[at] ?? '')) continue
    const end = at + (SENTENCE_END.exec(text.slice(at, at + 32))?.[0].length ?? 1)
    if (end < text.length && (cuts[end] ?? CUT.never) >= CUT.whole) continue
    sentences.push(part(whole, from, end))
    from = end
    at = end - 1
  }
  if (from < text.length) sentences.push(part(whole, from, text.length))
  return sentences
}

/** How much of a text is within the limit, at least one unit. Doubling first keeps what is measured short. */
const reachOf = (text: string, limit: number, lengthOf: SplitOptions['lengthOf']): number => {
  const isWithin = (end: number): boolean => lengthOf(text.slice(0, end)) <= limit
  let fits = 1
  let exceeds = 2
  for (; exceeds < text.length && isWithin(exceeds); exceeds *= 2) fits = exceeds
  exceeds = Math.min(exceeds, text.length)
  while (exceeds - fits > 1) {
    const middle = (fits + exceeds) >> 1
    if (isWithin(middle)) fits = middle
    else exceeds = middle
  }
  return fits
}

/** The least bad place for the first of some equal parts, not before half of it; undefined where every cut is forbidden. */
const placeOfCut = (cuts: Uint8Array, aim: number, reach: number): number | undefined => {
  for (let cut: number = CUT.clause; cut < CUT.never; cut++) {
    const earliest = cut < CUT.grapheme ? Math.ceil(aim / 2) : 1
    const places = Array.from(cuts.keys()).filter(
      (at) => at >= Math.max(1, earliest) && at <= reach && cuts[at] === cut,
    )
    if (places.length > 0) return places.reduce((best, at) => (Math.abs(at - aim) < Math.abs(best - aim) ? at : best))
  }
  return undefined
}

/** Parts of about the same length, none longer than the limit. */
const cutLong = (unit: Unit, limit: number, lengthOf: SplitOptions['lengthOf']): Unit[] => {
  const parts: Unit[] = []
  let rest = unit
  for (let length = lengthOf(rest.text); length > limit; length = lengthOf(rest.text)) {
    const share = length / Math.ceil(length / limit)
    let reach = reachOf(rest.text, limit, lengthOf)
    let place = placeOfCut(rest.cuts, Math.round((reach * share) / limit), reach)
    // A shorter beginning of a text may have one token more than a longer one.
    while (place !== undefined && lengthOf(rest.text.slice(0, place)) > limit)
      place = placeOfCut(rest.cuts, --reach, reach)
    if (place === undefined) break
    parts.push(part(rest, 0, place))
    rest = part(rest, place, rest.text.length)
  }
  return [...parts, rest]
}

/**
 * Cuts a text into what is spoken in one go, at the ends of sentences. A sentence over the hard limit is cut into like
 * parts at a clause mark, else a space, else between characters; a number, a word, an emphasised span only where a part would
 * hold nothing else; a tag never. Joined, the pieces are the text.
 * @returns no piece of an empty text
 * @source FunAudioLLM/CosyVoice cosyvoice/utils/frontend_utils.py split_paragraph, which loses repeated marks and has no hard limit
 */
export const splitText = (text: string, { script, lengthOf, limits = SPLIT_LIMITS }: SplitOptions): string[] => {
  const { longest, shortest, tail, hard } = limits
  const units = sentencesOf({ text, cuts: cutsOf(text) }, script).flatMap((sentence) =>
    cutLong(sentence, hard, lengthOf),
  )
  const pieces: string[] = []
  let current = ''
  for (const unit of units) {
    const joined = current + unit.text
    const length = lengthOf(joined)
    if (current !== '' && (length > hard || (length > longest && lengthOf(current) > shortest))) {
      pieces.push(current)
      current = unit.text
    } else current = joined
  }
  const last = pieces.at(-1)
  if (last !== undefined && lengthOf(current) < tail && lengthOf(last + current) <= hard)
    pieces[pieces.length - 1] = last + current
  else if (current !== '') pieces.push(current)
  return pieces
}
