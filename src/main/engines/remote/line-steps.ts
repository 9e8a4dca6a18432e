import { isSsml } from '../ssml/parse-ssml.ts'
import { ssmlDocuments } from '../ssml/ssml-documents.ts'
import { type SsmlManner, ssmlParts } from '../ssml/ssml-parts.ts'
import type { SsmlRemark } from '../ssml/ssml-remark.ts'
import { textPieces } from './text-pieces.ts'

/** What a request may be, by the model's documentation. */
export type RemoteLimits = {
  /** Of one request, as `measure` counts. */
  readonly pieceUnits: number
  measure(text: string, how: { isSsml: boolean }): number
}

/** What is sent at once. */
export type Piece = {
  readonly text: string
  readonly isSsml: boolean
  /** What its SSML asks in place of what the line asks. */
  readonly manner: SsmlManner
}
export type LineStep =
  | { readonly kind: 'silence'; readonly durationSec: number }
  | { readonly kind: 'speech'; readonly piece: Piece }

const AS_THE_LINE: SsmlManner = { rate: null, pitch: null, volume: null }

const piecesOf = (text: string, limit: number, { measure }: RemoteLimits, manner = AS_THE_LINE): Piece[] =>
  textPieces(text, limit, (part) => measure(part, { isSsml: false })).map((part) => ({
    ...{ text: part, isSsml: false, manner },
  }))
const documentsOf = (text: string, limit: number, { measure }: RemoteLimits) => {
  const { texts, remarks } = ssmlDocuments(text, limit, (ssml) => measure(ssml, { isSsml: true }))
  return { pieces: texts.map((ssml): Piece => ({ text: ssml, isSsml: true, manner: AS_THE_LINE })), remarks }
}
const spoken = (piece: Piece): LineStep => ({ kind: 'speech', piece })

/**
 * A line as it is asked for, in order. SSML goes to services that read it, and is told in texts and silences elsewhere.
 * @param readsSsml whether the service reads SSML with the line's voice
 * @throws AppError `script.ssml-invalid`, `engine.nothing-to-say`
 */
export const lineSteps = (
  text: string,
  readsSsml: boolean,
  limits: RemoteLimits,
): { readonly steps: readonly LineStep[]; readonly remarks: readonly SsmlRemark[] } => {
  const { pieceUnits } = limits
  if (!isSsml(text)) return { steps: piecesOf(text, pieceUnits, limits).map(spoken), remarks: [] }
  if (readsSsml) {
    const { pieces, remarks } = documentsOf(text, pieceUnits, limits)
    return { steps: pieces.map(spoken), remarks }
  }
  const { parts, remarks } = ssmlParts(text)
  const steps = parts.flatMap((part): LineStep[] =>
    part.kind === 'silence' ? [part] : piecesOf(part.text, pieceUnits, limits, part.manner).map(spoken),
  )
  return { steps, remarks }
}

export const unitsOfPiece = ({ text, isSsml: isSent }: Piece, { measure }: RemoteLimits): number =>
  measure(text, { isSsml: isSent })

/** The same steps where no piece is longer than the limits have it now. */
export const withinLimits = (steps: readonly LineStep[], limits: RemoteLimits): LineStep[] =>
  steps.flatMap((step) => {
    const { pieceUnits } = limits
    if (step.kind === 'silence' || unitsOfPiece(step.piece, limits) <= pieceUnits) return [step]
    const { text, isSsml: isSent, manner } = step.piece
    const pieces = isSent ? documentsOf(text, pieceUnits, limits).pieces : piecesOf(text, pieceUnits, limits, manner)
    return pieces.map(spoken)
  })
