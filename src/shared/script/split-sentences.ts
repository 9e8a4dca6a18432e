import { assert } from '../kernel/index.ts'

/** Marks that may follow the end of a sentence or clause and belong to it. */
const CLOSERS = '[”’"\'」』）)】〕］\\]》〉]*'
/** A full stop after these ends no sentence. */
const ABBREVIATION = /(?:^|[^\p{L}])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|\p{Lu})$/u

const WIDE_SENTENCE_END = new RegExp(`[。！？…．]+${CLOSERS}\\s*`, 'gu')
/** Latin marks count only where a blank or the end follows: 3.14, example.com and "Yes!", he said stay whole. */
const LATIN_SENTENCE_END = new RegExp(`[.!?]+${CLOSERS}(?:\\s+|$)`, 'gu')
const WIDE_CLAUSE_END = new RegExp(`(?:[，、；：]|—{1,2})${CLOSERS}\\s*`, 'gu')
const LATIN_CLAUSE_END = new RegExp(`[,;:–—]${CLOSERS}\\s+`, 'gu')
const BLANKS = /\s+/gu

type Boundaries = { pattern: RegExp; isEnd: (window: string, index: number) => boolean }
const always = (): boolean => true
const noAbbreviation = (window: string, index: number): boolean =>
  window.charAt(index) !== '.' || !ABBREVIATION.test(window.slice(Math.max(0, index - 6), index))

/** Where one may cut, best places first. */
const LEVELS: readonly (readonly Boundaries[])[] = [
  [
    { pattern: WIDE_SENTENCE_END, isEnd: always },
    { pattern: LATIN_SENTENCE_END, isEnd: noAbbreviation },
  ],
  [
    { pattern: WIDE_CLAUSE_END, isEnd: always },
    { pattern: LATIN_CLAUSE_END, isEnd: always },
  ],
  [{ pattern: BLANKS, isEnd: always }],
]

/** The last place within `window` after which one may cut, or 0. */
const lastCut = (window: string, boundaries: readonly Boundaries[]): number => {
  let cut = 0
  for (const { pattern, isEnd } of boundaries)
    for (const found of window.matchAll(pattern)) {
      const end = found.index + found[0].length
      if (end > cut && end < window.length && isEnd(window, found.index)) cut = end
    }
  return cut
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
/** Longer clusters of combining marks are cut between code points. */
const MAX_GRAPHEME_CHARACTERS = 64

/** The last grapheme boundary at or before `limit`; at least one code point. */
const hardCut = (text: string, limit: number): number => {
  const from = Math.max(0, limit - MAX_GRAPHEME_CHARACTERS)
  let cut = 0
  for (const { index } of graphemes.segment(text.slice(from, limit + MAX_GRAPHEME_CHARACTERS)))
    if (from + index <= limit) cut = from + index
  if (cut > from) return cut
  const isBetweenSurrogates =
    /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(limit))
  return isBetweenSurrogates ? limit - 1 : limit
}

/**
 * Cuts a text into pieces of at most `maxCharacters` UTF-16 units: after the last sentence that fits, else after a clause,
 * else at a blank, else between two graphemes. Blanks and closing marks stay with what they follow; joined, the pieces are
 * the text.
 *
 * @param maxCharacters 2 or more, so that every code point fits
 */
export const splitAtSentences = (text: string, maxCharacters: number): string[] => {
  assert(maxCharacters >= 2, 'a piece holds any code point')
  const pieces: string[] = []
  let rest = text
  while (rest.length > maxCharacters) {
    // One character more than fits, so that a cut right at the limit can see what follows.
    const window = rest.slice(0, maxCharacters + 1)
    const cut = LEVELS.reduce((found, level) => found || lastCut(window, level), 0) || hardCut(rest, maxCharacters)
    pieces.push(rest.slice(0, cut))
    rest = rest.slice(cut)
  }
  return rest === '' && pieces.length > 0 ? pieces : [...pieces, rest]
}
