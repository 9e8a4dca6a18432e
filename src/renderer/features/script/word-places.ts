import type { SpokenWord } from '../../../shared/render/index.ts'

/** Letters of a text that may stand between two words and are none: marks, a tag, a number that is said otherwise. */
const FARTHEST = 64

export type WordPlace = { readonly from: number; readonly to: number }

/** Where each word stands in the text of its line; null for what is said otherwise than it is written. */
export const wordPlaces = (text: string, words: readonly Pick<SpokenWord, 'text'>[]): (WordPlace | null)[] => {
  let reached = 0
  return words.map(({ text: word }) => {
    const from = text.indexOf(word, reached)
    if (from < 0 || from - reached > FARTHEST) return null
    reached = from + word.length
    return { from, to: reached }
  })
}
