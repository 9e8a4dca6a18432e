/** Ends a row: the breaks of Unicode, with CR LF as one. */
const ROW_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g
const ROW_BREAK_CHARACTER = /[\n\v\f\r\u0085\u2028\u2029]/
/** Characters that show nothing; joiners are left alone, since they shape the letters beside them. */
const BLANK = /[\s\u0085\u200B\u2060\uFEFF]/

export const countRowBreaks = (text: string): number => text.match(ROW_BREAK)?.length ?? 0

/** The first row break in `text`, as it is written there; undefined where it is one row. */
export const firstRowBreak = (text: string): string | undefined => text.match(ROW_BREAK)?.[0]

/** Offset of the first row break at or after `from`, or the end of the text. */
export const endOfRow = (text: string, from: number): number => {
  let offset = from
  while (offset < text.length && !ROW_BREAK_CHARACTER.test(text.charAt(offset))) offset += 1
  return offset
}

/** What follows the last row break. */
export const lastRowOf = (text: string): string => {
  let offset = text.length
  while (offset > 0 && !ROW_BREAK_CHARACTER.test(text.charAt(offset - 1))) offset -= 1
  return text.slice(offset)
}

export const isBlank = (text: string): boolean => trimmedRange(text, 0, text.length).start === text.length

/** The part of [start, end) that is left without blanks around it; empty at `end` where nothing is left. */
export const trimmedRange = (text: string, start: number, end: number): { start: number; end: number } => {
  let from = start
  let to = end
  while (from < to && BLANK.test(text.charAt(from))) from += 1
  while (to > from && BLANK.test(text.charAt(to - 1))) to -= 1
  return { start: from, end: to }
}

/** Rows of a text with their offsets, without their breaks. */
export function* rowsOf(text: string): Generator<{ start: number; end: number }> {
  let start = 0
  for (const found of text.matchAll(ROW_BREAK)) {
    yield { start, end: found.index }
    start = found.index + found[0].length
  }
  yield { start, end: text.length }
}

/** Letters and punctuation that are written without spaces between words. */
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFE30-\uFE4F\uFF00-\uFFEF]/u
/** Punctuation that Latin and Chinese text share: what stands beside it tells which one it is. */
const SHARED_MARKS = /^[\u2014\u2018-\u201D\u2026]+|[\u2014\u2018-\u201D\u2026]+$/g

export const isWide = (character: string): boolean => WIDE.test(character)

/** Two texts as one: with a space between, save where one of them is written without spaces or ends in one. */
export const joinTexts = (left: string, right: string): string => {
  if (left === '' || right === '' || BLANK.test(left.slice(-1)) || BLANK.test(right.charAt(0))) return left + right
  const [end = ''] = [...left.replace(SHARED_MARKS, '').slice(-2)].slice(-1)
  const [start = ''] = right.replace(SHARED_MARKS, '')
  return isWide(end) || isWide(start) ? left + right : `${left} ${right}`
}
