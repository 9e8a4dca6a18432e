/** A line is what one person says in one go: longer text belongs in several lines. */
export const MAX_LINE_CHARACTERS = 4000
/** Largest text file read as a script; a 1,000-page book is about 3 MB. */
export const MAX_SCRIPT_BYTES = 20 * 1024 * 1024
export const MAX_SCRIPT_LINES = 100_000
/** A longer heading is text by mistake and is read as a line. */
export const MAX_TITLE_CHARACTERS = 500
