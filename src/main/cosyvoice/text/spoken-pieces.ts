import { type NormaliseOptions, normaliseText } from './normalise.ts'
import { endsSentence, type SplitOptions, splitText } from './split.ts'
import type { TextTokenizer } from './tokenizer.ts'
import { writtenLanguageOf } from './written-language.ts'

type SpokenPiecesOptions = Omit<NormaliseOptions, 'architecture'> & {
  /** False leaves numbers and signs to the model. */
  normalises: boolean
}

const isSilent = (piece: string): boolean => /^[\p{P}\p{S}\p{Z}\p{C}]*$/u.test(piece)

/**
 * What is spoken of a line, piece by piece: normalised, ended with a full stop, cut to lengths that the model was trained
 * with. Each piece goes through `layoutPrompt` on its own.
 * @returns [] where the line holds no sound
 */
export const spokenPieces = (
  line: string,
  tokenizer: TextTokenizer,
  { normalises, language, toKatakana }: SpokenPiecesOptions,
): string[] => {
  const { architecture } = tokenizer
  const text = normalises
    ? normaliseText(line, { architecture, language, ...(toKatakana && { toKatakana }) })
    : line.trim()
  const isHan = ['zh', 'ja'].includes(writtenLanguageOf(line, language))
  const options: SplitOptions = isHan
    ? { script: 'han', lengthOf: (piece) => Array.from(piece).length }
    : { script: 'other', lengthOf: (piece) => tokenizer.encode(piece, { marks: 'sounds' }).length }
  const ended = endsSentence(text, options.script) ? text : text + (isHan ? '。' : '.')
  return splitText(ended, options).filter((piece) => !isSilent(piece))
}
