import { isChapterHeading } from './chapter-heading.ts'
import type { SourcePiece, SourcePieces } from './source-piece.ts'
import { rowsOf, trimmedRange } from './source-text.ts'

/** Rows that only set scenes apart: * * *, -----, ＊＊＊. */
const SCENE_BREAK = /^[\s*\-_=~#+.·—–―─━☆★◇◆○●＊※]{3,}$/u
const SCENE_MARK = /[*\-_=~#—–―─━☆★◇◆○●＊※]/u

const isSceneBreak = (row: string): boolean => SCENE_BREAK.test(row) && SCENE_MARK.test(row)

/** Plain text: every row that shows something is a line or a chapter heading. Rows of stars or dashes alone are not spoken. */
export const textPieces = (text: string): SourcePieces => {
  const pieces: SourcePiece[] = []
  let standsAlone = true
  for (const row of rowsOf(text)) {
    const { start, end } = trimmedRange(text, row.start, row.end)
    const plain = text.slice(start, end)
    if (plain === '' || isSceneBreak(plain)) {
      standsAlone = true
      continue
    }
    const kind = isChapterHeading(plain, standsAlone) ? 'heading' : 'row'
    pieces.push({ kind, start, end, closesAt: end, plain, runs: null })
    standsAlone = false
  }
  return { format: 'text', pieces }
}
