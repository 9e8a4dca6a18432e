import { type CueCandidate, cueOf, fillCue } from './dialogue-cue.ts'
import type { ScriptFormat } from './import-options.ts'
import type { ScriptRow } from './script.ts'
import type { SourceLayout } from './source-layout.ts'
import { type SourcePiece, sourceCutOf, sourceOffsetOf } from './source-piece.ts'
import { countRowBreaks, isBlank, lastRowOf } from './source-text.ts'

/** A piece of a text with the characters around it that are its own. */
export type PlacedPiece = { piece: SourcePiece; before: string; after: string }

/** How a row names its speaker, and where in the plain row its text starts. */
export type SpokenCue = { speaker: string | null; cue: string; textStart: number }
const NARRATION: SpokenCue = { speaker: null, cue: '', textStart: 0 }

/** Whether what stands before a row makes it the start of a paragraph: a blank row, or indentation. */
export const opensParagraph = (before: string, format: ScriptFormat): boolean =>
  countRowBreaks(before) >= 2 ||
  // Blanks at the start of a Markdown row belong to lists; only the ideographic space indents.
  (format === 'text' ? /(?:[\t\u3000]|[ \u00A0]{2,})$/ : /\u3000$/).test(lastRowOf(before))

/** How the source names the speaker; narration where its markup tears the name apart. */
export const cueOfPiece = (text: string, piece: SourcePiece, candidate: CueCandidate | undefined): SpokenCue => {
  if (!candidate) return NARRATION
  const { name, nameStart, textStart } = candidate
  const nameAt = sourceOffsetOf(piece, nameStart)
  const raw = text.slice(piece.start, sourceCutOf(piece, textStart))
  const cue = cueOf(text.slice(piece.start, nameAt), raw.slice(nameAt - piece.start + name.length))
  return fillCue(cue, name) === raw ? { speaker: name, cue, textStart } : NARRATION
}

/** Where markup holds both the cue and all of its text (`**林晚：走。**`), its end belongs to neither. */
const closingMarks = (text: string, { runs, end }: SourcePiece, textStart: number): string => {
  const last = runs?.at(-1)
  const opening = runs?.findLast(({ plainStart }) => plainStart <= textStart)
  const isHeld = opening && last && textStart > opening.plainStart && opening.opensAt < opening.sourceStart
  return isHeld && last.opensAt === opening.opensAt ? text.slice(last.sourceEnd, end) : ''
}

/**
 * The rows of a piece whose text (without the cue) is cut into `parts`: the first has the cue, those after it follow
 * without a line break, so that the text is written back in one row.
 */
export const rowsOfPiece = (
  text: string,
  { piece, before, after }: PlacedPiece,
  { speaker, cue, textStart }: SpokenCue,
  parts: readonly string[],
  format: ScriptFormat,
): ScriptRow[] => {
  const rows: (ScriptRow & { layout: SourceLayout })[] = []
  let plainStart = textStart
  for (const part of parts) {
    const plainEnd = plainStart + part.length
    const raw = text.slice(
      plainStart === 0 ? piece.start : sourceCutOf(piece, plainStart),
      sourceCutOf(piece, plainEnd),
    )
    plainStart = plainEnd
    const previous = rows.at(-1)
    if (previous && isBlank(part)) {
      previous.layout.after += raw
      continue
    }
    const plain = parts.length > 1 ? part.trimEnd() : part
    rows.push({
      speaker,
      text: plain,
      startsParagraph: !previous && opensParagraph(before, format),
      layout: {
        before: previous ? '' : before,
        cue: previous ? '' : cue,
        after: format === 'text' ? part.slice(plain.length) : '',
        markup: format === 'text' ? null : { raw, plain },
      },
    })
  }
  const last = rows.at(-1)
  if (!last) return rows
  const closing = closingMarks(text, piece, textStart)
  if (last.layout.markup)
    last.layout.markup.raw = last.layout.markup.raw.slice(0, last.layout.markup.raw.length - closing.length)
  last.layout.after += closing + after
  return rows
}
