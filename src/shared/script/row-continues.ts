import { findCue } from './dialogue-cue.ts'
import { isWide } from './source-text.ts'

/** Prose that an editor wrapped is about this wide; wide characters count twice. */
const MIN_WRAPPED_COLUMNS = 60
const CLOSES_SENTENCE = /[.!?:;。！？：；…—"”’'」』）)\]】》]$/u

const columnsOf = (row: string): number => {
  let columns = 0
  for (const character of row) columns += isWide(character) ? 2 : 1
  return columns
}

/**
 * Whether the next row of a Markdown paragraph goes on with the sentence of this one: prose wrapped at a fixed width is one
 * line to speak, while rows of a dialogue or a poem are several.
 */
export const rowContinues = (row: string, next: string): boolean =>
  !CLOSES_SENTENCE.test(row) &&
  findCue(next) === null &&
  (/^\p{Ll}/u.test(next) || columnsOf(row) >= MIN_WRAPPED_COLUMNS)
