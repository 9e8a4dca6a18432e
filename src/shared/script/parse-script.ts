import { findSpeakers } from './find-speakers.ts'
import type { ScriptImportOptions } from './import-options.ts'
import { MAX_LINE_CHARACTERS, MAX_TITLE_CHARACTERS } from './limits.ts'
import { cueOfPiece, type PlacedPiece, rowsOfPiece } from './piece-rows.ts'
import type { ScriptChapter, ScriptProblem, ScriptText } from './script.ts'
import type { SourcePieces } from './source-piece.ts'
import { countRowBreaks, endOfRow } from './source-text.ts'
import { splitAtSentences } from './split-sentences.ts'
import { textPieces } from './text-pieces.ts'

export type ParseOptions = Pick<ScriptImportOptions, 'detectDialogue' | 'ignoredNames' | 'splitLongLines'>
export type ParsedScript = ScriptText & { problems: ScriptProblem[] }

const AS_IT_COMES: ParseOptions = { detectDialogue: true, ignoredNames: [], splitLongLines: false }

/** Gives every character of the text to a piece, or to the tail. */
const placePieces = (text: string, { pieces }: SourcePieces): { placed: PlacedPiece[]; tail: string } => {
  let cursor = 0
  const placed = pieces.map((piece, index): PlacedPiece => {
    const before = text.slice(cursor, piece.start)
    cursor = Math.min(endOfRow(text, piece.closesAt), pieces[index + 1]?.start ?? text.length)
    return { piece, before, after: text.slice(piece.end, cursor) }
  })
  return { placed, tail: text.slice(cursor) }
}

/**
 * Reads a text as a script: chapters, and rows with the names of who speaks them. Every character of the text is kept in
 * the layouts, so that serialiseScript() gives the very same text back.
 *
 * @param source what there is to read in the text, where it is not plain text
 */
export const parseScript = (
  text: string,
  options: Partial<ParseOptions> = {},
  source: SourcePieces = textPieces(text),
): ParsedScript => {
  const { detectDialogue, ignoredNames, splitLongLines } = { ...AS_IT_COMES, ...options }
  const speakers = detectDialogue ? findSpeakers(source.pieces, ignoredNames) : undefined
  const { placed, tail } = placePieces(text, source)
  const chapters: ScriptChapter[] = []
  const problems: ScriptProblem[] = []
  let rowNumber = 1
  for (const found of placed) {
    const { piece, before, after } = found
    const raw = text.slice(piece.start, piece.end)
    rowNumber += countRowBreaks(before)
    if (piece.kind === 'heading' && piece.plain.length <= MAX_TITLE_CHARACTERS) {
      const markup = source.format === 'text' ? null : { raw, plain: piece.plain }
      chapters.push({ title: piece.plain, layout: { before, cue: '', after, markup }, rows: [] })
    } else {
      if (chapters.length === 0) chapters.push({ title: '', layout: null, rows: [] })
      const cue = cueOfPiece(text, piece, speakers?.get(piece))
      const spoken = piece.plain.slice(cue.textStart)
      const isTooLong = spoken.length > MAX_LINE_CHARACTERS
      if (isTooLong && !splitLongLines)
        problems.push({ rowNumber, code: 'script.line-too-long', characters: spoken.length })
      const parts = isTooLong && splitLongLines ? splitAtSentences(spoken, MAX_LINE_CHARACTERS) : [spoken]
      const rows = rowsOfPiece(text, found, cue, parts, source.format)
      const chapter = chapters.at(-1)
      if (chapter?.rows.length === 0 && rows[0]) rows[0].startsParagraph = true
      chapter?.rows.push(...rows)
    }
    rowNumber += countRowBreaks(raw) + countRowBreaks(after)
  }
  return { script: { chapters }, tail, problems }
}
