import type { LanguageRun } from './language-runs.ts'

/** What is spoken in one go: short enough to be heard soon and cancelled soon. */
export type SpeechPiece = LanguageRun & {
  /** Silence after it, at speed 1. */
  pauseSec: number
}

/** A piece ends at the first sentence end after so many characters; short lines stay whole and keep their melody. */
const ENOUGH_CHARACTERS = 60
/** A piece without any good place to end is cut here. */
const MAX_CHARACTERS = 200

const CLOSING = '[\\p{Pe}\\p{Pf}\\p{Pi}"\'\\s]*'
const ENDS_SENTENCE = new RegExp(`[.!?…。！？｡।۔]${CLOSING}$`, 'u')
const ENDS_CLAUSE = new RegExp(`[,;:、，；：،؛—–]${CLOSING}$`, 'u')
const SENTENCE_END = new RegExp(`[!?…。！？｡।۔]${CLOSING}|[.]${CLOSING}(?=\\s|$)\\s*|\\n+`, 'gu')
const WEAK_END = /[,;:、，；：،؛—–]\s*|\s+/gu

/** Between runs of two languages inside a sentence. */
const JOINT_PAUSE_SEC = 0.05
const CLAUSE_PAUSE_SEC = 0.18
const SENTENCE_PAUSE_SEC = 0.35

const pauseAfter = (text: string): number =>
  ENDS_SENTENCE.test(text) || /\n\s*$/.test(text)
    ? SENTENCE_PAUSE_SEC
    : ENDS_CLAUSE.test(text)
      ? CLAUSE_PAUSE_SEC
      : JOINT_PAUSE_SEC

/** Where the first piece of a long text ends. Never inside a surrogate pair. */
const firstEnd = (text: string): number => {
  const window = text.slice(0, MAX_CHARACTERS)
  const ends = (pattern: RegExp): number[] =>
    [...window.matchAll(pattern)].map((match) => match.index + match[0].length)
  const sentenceEnd = ends(SENTENCE_END).find((end) => end >= ENOUGH_CHARACTERS)
  if (sentenceEnd !== undefined) return sentenceEnd
  const weakEnd = ends(WEAK_END).at(-1)
  if (weakEnd !== undefined && weakEnd >= ENOUGH_CHARACTERS) return weakEnd
  const isInsidePair = /[\uD800-\uDBFF]$/.test(window)
  return isInsidePair ? window.length - 1 : window.length
}

/** All of the text, in order, in pieces of at most 200 characters. */
export const speechPieces = (runs: readonly LanguageRun[]): SpeechPiece[] =>
  runs.flatMap(({ espeakVoice, text }) => {
    const pieces: SpeechPiece[] = []
    let rest = text
    while (rest.length > 0) {
      const end = rest.length <= MAX_CHARACTERS ? rest.length : firstEnd(rest)
      const piece = rest.slice(0, end)
      pieces.push({ espeakVoice, text: piece, pauseSec: pauseAfter(piece) })
      rest = rest.slice(end)
    }
    return pieces
  })
