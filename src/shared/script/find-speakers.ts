import { type CueCandidate, findCue } from './dialogue-cue.ts'
import type { SourcePiece } from './source-piece.ts'

/** The rows that name their speaker. A name that is doubtful by itself counts where more than one row has it. */
export const findSpeakers = (
  pieces: readonly SourcePiece[],
  ignoredNames: readonly string[],
): ReadonlyMap<SourcePiece, CueCandidate> => {
  const ignored = new Set(ignoredNames.map((name) => name.trim()))
  const candidates = new Map<SourcePiece, CueCandidate>()
  const rowCounts = new Map<string, number>()
  for (const piece of pieces) {
    const cue = piece.kind === 'row' ? findCue(piece.plain) : null
    if (!cue || ignored.has(cue.name)) continue
    candidates.set(piece, cue)
    rowCounts.set(cue.name, (rowCounts.get(cue.name) ?? 0) + 1)
  }
  const likely = new Set([...candidates.values()].filter((cue) => cue.likelihood === 'likely').map(({ name }) => name))
  for (const [piece, { name }] of candidates)
    if (!likely.has(name) && (rowCounts.get(name) ?? 0) < 2) candidates.delete(piece)
  return candidates
}
