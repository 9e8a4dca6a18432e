import type { SpokenWord } from '../../../shared/render/index.ts'

/** Gathers the words of a task, whichever of its messages they come in. */
export interface WordTimes {
  /**
   * @param sentenceIndex undefined where the message names none: then its words count only if there were none before
   * @param heardMs length of the sound that has come so far
   */
  take(sentenceIndex: number | undefined, words: readonly SpokenWord[], heardMs: number): void
  /** In the order they are heard, with times from the beginning of the sound. */
  words(): readonly SpokenWord[]
}

type Sentence = { readonly startMs: number; words: readonly SpokenWord[] }

/**
 * Whether times of words begin with the task or with their sentence is not documented: a sentence that would begin before the
 * end of the one before it has times of its own.
 */
export const createWordTimes = (): WordTimes => {
  const sentences = new Map<number, Sentence>()
  const hasWords = (): boolean => [...sentences.values()].some(({ words }) => words.length > 0)
  return {
    take(sentenceIndex, words, heardMs) {
      if (sentenceIndex === undefined) {
        if (words.length > 0 && !hasWords()) sentences.set(0, { startMs: 0, words })
        return
      }
      const known = sentences.get(sentenceIndex)
      if (!known) sentences.set(sentenceIndex, { startMs: heardMs, words })
      else if (words.length > 0) known.words = words
    },
    words() {
      let endMs = Number.NEGATIVE_INFINITY
      return [...sentences]
        .sort(([a], [b]) => a - b)
        .flatMap(([, { startMs, words }]) => {
          const isOfItsOwn = (words[0]?.beginMs ?? Number.POSITIVE_INFINITY) < endMs
          const offsetMs = isOfItsOwn ? startMs : 0
          const timed = words.map(({ text, beginMs, endMs: untilMs }) => ({
            text,
            beginMs: beginMs + offsetMs,
            endMs: untilMs + offsetMs,
          }))
          endMs = timed.at(-1)?.endMs ?? endMs
          return timed
        })
    },
  }
}
