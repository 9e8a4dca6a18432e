import { assert } from '../../../shared/kernel/index.ts'
import { mergePairs } from './byte-pairs.ts'
import { END_OF_PROMPT, isControlToken, SPECIAL_TOKENS, type TextArchitecture } from './special-tokens.ts'
import { corruptTable, readTokenizerTables } from './tokenizer-tables.ts'

/**
 * Which tokens written as text are tokens. `all`: control tokens too, for prompts of our own. `sounds`: what a person may
 * write, `[laughter]`, `<strong>`, in CosyVoice 3 also pinyin and phonemes; `<|...|>` is text. `none`: all is text.
 */
export type Marks = 'all' | 'sounds' | 'none'

export interface TextTokenizer {
  readonly architecture: TextArchitecture
  readonly endOfPromptId: number
  /** Ids of the text, without any that begin or end it. */
  encode(text: string, options: { marks: Marks }): number[]
}

type TokenizerFiles = {
  vocabFile: string
  mergesFile: string
  architecture: TextArchitecture
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+` with the
 * classes spelt out: ſ folds to s, and Unicode's white space is not quite JavaScript's.
 * @source Qwen/Qwen2 tokenizer.json pre_tokenizer
 */
const PIECE =
  /'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

/**
 * GPT-2's letters for bytes: printable ones stand for themselves, the rest follow U+0100.
 * @source openai/gpt-2 src/encoder.py bytes_to_unicode
 */
const byteLetters = (): string[] => {
  let unprintable = 0
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
    return String.fromCodePoint(isPrintable ? byte : 0x100 + unprintable++)
  })
}

const escaped = (text: string): string => text.replace(/[[\]|]/g, '\\$&')

/** Finds tokens in text; none begins another. The pattern captures, so that splitting keeps them. */
const patternOf = (tokens: readonly string[]): RegExp => new RegExp(`(${tokens.map(escaped).join('|')})`, 'u')

/** Tones that are written as combining marks; composed so that `[ǐ]` is found. */
const composeBracketed = (text: string): string =>
  text.replace(/\[[^[\]]{1,12}\]/gu, (bracketed) => bracketed.normalize('NFC'))

const utf8 = new TextEncoder()

/**
 * CosyVoice's text tokenizer: Qwen2's byte-level BPE with CosyVoice's own merges, which keep Chinese characters apart.
 * Special tokens are found before Unicode normalisation (NFC). Half a surrogate pair becomes U+FFFD.
 *
 * @throws AppError model.corrupt when a table cannot be read, has holes, or is that of another model
 * @source FunAudioLLM/CosyVoice cosyvoice/tokenizer/tokenizer.py; Qwen/Qwen2 tokenizer; huggingface/tokenizers models/bpe
 */
export const openTokenizer = async ({
  vocabFile,
  mergesFile,
  architecture,
}: TokenizerFiles): Promise<TextTokenizer> => {
  const { vocabulary, merges } = await readTokenizerTables(vocabFile, mergesFile)
  const findToken = (letters: string): number => {
    const bytes = utf8.encode(letters)
    return vocabulary.find(bytes, { from: 0, to: bytes.length })
  }
  const byteIds = byteLetters().map(findToken)
  if (byteIds.includes(-1)) throw corruptTable(vocabFile, 'it lacks tokens for single bytes')
  const sign = findToken('#')
  if (findToken('##') >= 0 && merges.rankOf(sign, sign) < 0)
    throw corruptTable(mergesFile, 'it lacks the merges that begin with #')

  const specialIds = new Map(SPECIAL_TOKENS[architecture].map((token, index) => [token, vocabulary.size + index]))
  const patterns: Readonly<Record<Marks, RegExp | undefined>> = {
    all: patternOf(SPECIAL_TOKENS[architecture]),
    sounds: patternOf(SPECIAL_TOKENS[architecture].filter((token) => !isControlToken(token))),
    none: undefined,
  }
  const encodePlain = (text: string): number[] =>
    (text.normalize('NFC').match(PIECE) ?? []).flatMap((piece) =>
      mergePairs(
        Array.from(utf8.encode(piece), (byte) => byteIds[byte] ?? 0),
        merges,
      ),
    )
  if (encodePlain('你好').length === 1)
    throw corruptTable(mergesFile, 'it joins Chinese characters, which the merges of CosyVoice do not')

  const endOfPromptId = specialIds.get(END_OF_PROMPT)
  assert(endOfPromptId !== undefined, 'every architecture has the mark that ends a prompt')
  return {
    architecture,
    endOfPromptId,
    encode(text, { marks }) {
      const pattern = patterns[marks]
      if (!pattern) return encodePlain(text)
      return composeBracketed(text)
        .split(pattern)
        .flatMap((part, index) => {
          const id = index % 2 === 1 ? specialIds.get(part) : undefined
          return id === undefined ? encodePlain(part) : [id]
        })
    },
  }
}
