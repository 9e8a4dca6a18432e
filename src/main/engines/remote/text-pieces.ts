/** Closing quotes and brackets belong to what they close. */
const CLOSING = `["'”’』」）)\\]】》〉]*`

/**
 * Where a text may be cut, best first. A dot ends a sentence where a space follows; a colon or comma between digits is part of
 * a number.
 */
const CUTS: readonly RegExp[] = [
  new RegExp(`(?:[。！？!?…\\n]+|\\.(?=\\s|$))${CLOSING}\\s*`, 'gu'),
  new RegExp(`[；;：:](?!\\d)${CLOSING}\\s*`, 'gu'),
  new RegExp(`[，,、](?!\\d)${CLOSING}\\s*`, 'gu'),
  /\s+/gu,
]
/** What no cut goes through: tags, and formulas, which are short and hold no end of a sentence: dollars are money as well. */
const WHOLE = /<[^>]*>|\$(?:[^$\n。！？!?.…]|\.(?!\s)){1,120}\$/gu

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const isInsideOf =
  (text: string): ((position: number) => boolean) =>
  (position) => {
    for (const { index, 0: part } of text.matchAll(WHOLE))
      if (position > index && position < index + part.length) return true
    return false
  }

/** A text in parts that end where the pattern does. */
const partsAt = (text: string, pattern: RegExp): string[] => {
  const isInside = isInsideOf(text)
  const parts: string[] = []
  let start = 0
  for (const { index, 0: mark } of text.matchAll(pattern)) {
    const end = index + mark.length
    if (end >= text.length || isInside(end)) continue
    parts.push(text.slice(start, end))
    start = end
  }
  parts.push(text.slice(start))
  return parts
}

type Measure = (text: string) => number

const cut = (text: string, limit: number, measure: Measure, level: number): string[] => {
  // Space at an end is left out of what is sent.
  const fits = (part: string): boolean => measure(part.trim()) <= limit
  if (fits(text)) return [text]
  const pattern = CUTS[level]
  const parts = pattern
    ? partsAt(text, pattern).flatMap((part) => cut(part, limit, measure, level + 1))
    : Array.from(graphemes.segment(text), ({ segment }) => segment)
  const pieces: string[] = []
  for (const part of parts) {
    const last = pieces.at(-1)
    if (last !== undefined && fits(last + part)) pieces[pieces.length - 1] = last + part
    else pieces.push(part)
  }
  return pieces
}

/**
 * A text in pieces that a service takes at once: cut at ends of sentences where that is enough, else at ever smaller marks, at
 * last between two graphemes, and never in a tag, a formula or a number where another place is left.
 * @param measure how the service counts; of two texts together no less than of either
 * @returns trimmed pieces with something in them; together they are the text
 */
export const textPieces = (text: string, limit: number, measure: Measure): string[] =>
  cut(text.trim(), limit, measure, 0)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
