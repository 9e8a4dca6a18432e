import type { ScriptFormat } from './import-options.ts'

/** A run of spoken characters and where it stands in the source. Ascending within a piece, without gaps in `plain`. */
export type PlainRun = {
  plainStart: number
  sourceStart: number
  sourceEnd: number
  /** Where the markup around the run opens: `sourceStart` where there is none. */
  opensAt: number
  /** False where the source says it otherwise (an escape, an entity, a line break). */
  isVerbatim: boolean
}

/** A heading, or a row that is to be spoken, as found in the source at [start, end). */
export type SourcePiece = {
  kind: 'heading' | 'row'
  start: number
  end: number
  /** Up to where the source belongs to this piece at least (closing marks, the rule under a heading); `end` or later. */
  closesAt: number
  plain: string
  /** null: `plain` is the source itself. */
  runs: readonly PlainRun[] | null
}

/** Everything in a text that is to be read, in order and without overlap; the rest is kept but not spoken. */
export type SourcePieces = { format: ScriptFormat; pieces: readonly SourcePiece[] }

/** Where a character of `plain` stands in the source; the end of the piece for the end of `plain`. */
export const sourceOffsetOf = (piece: SourcePiece, plainIndex: number): number => {
  if (plainIndex >= piece.plain.length) return piece.end
  if (piece.runs === null) return piece.start + plainIndex
  const run = piece.runs.findLast(({ plainStart }) => plainStart <= plainIndex)
  if (!run) return piece.start
  return run.isVerbatim ? run.sourceStart + (plainIndex - run.plainStart) : run.sourceStart
}

/**
 * Where to cut the source so that `plain` is cut at an index: markup that opens there goes with what follows, so that
 * both sides stay whole where they can.
 */
export const sourceCutOf = (piece: SourcePiece, plainIndex: number): number => {
  const offset = sourceOffsetOf(piece, plainIndex)
  const index = piece.runs?.findIndex(({ plainStart }) => plainStart === plainIndex) ?? -1
  const run = piece.runs?.[index]
  const previous = piece.runs?.[index - 1]
  if (!run || !previous) return offset
  return run.opensAt >= previous.sourceEnd ? run.opensAt : offset
}
