import { assert } from '../../../shared/kernel/index.ts'
import { writeJapaneseNumber } from './chinese-numbers.ts'
import { CHINESE_RULES } from './chinese-rules.ts'
import { ENGLISH_RULES } from './english-rules.ts'
import { isControlToken, SPECIAL_TOKENS, type TextArchitecture } from './special-tokens.ts'
import { applyRules, NUMBER } from './spoken-rules.ts'
import { writtenLanguageOf } from './written-language.ts'

export type NormaliseOptions = {
  architecture: TextArchitecture
  /** BCP 47, or null: told from the text. */
  language: string | null
  /** Katakana with spaces between words, as pronounced. Asked for in Japanese of CosyVoice 3 alone. */
  toKatakana?: (text: string) => string
}

/** Stands for a tag while the text around it is rewritten; text of its own has no use for private characters. */
const TAG_PLACE = '\uE000'
const PRIVATE = /[\uE000-\uF8FF]/g
const MAYBE_TAG = /\[[^[\]\s]{1,20}\]|<\/?[a-z]+>/gu

const withoutTags = (text: string, architecture: TextArchitecture): { plain: string; tags: string[] } => {
  const known = new Set(SPECIAL_TOKENS[architecture].filter((token) => !isControlToken(token)))
  const tags: string[] = []
  const plain = text.replace(PRIVATE, '').replace(MAYBE_TAG, (found) => {
    if (!known.has(found.normalize('NFC'))) return found
    tags.push(found)
    return TAG_PLACE
  })
  return { plain, tags }
}

const FULL_WIDTH = /[０-９Ａ-Ｚａ-ｚ％＋＝]|(?<=[0-9０-９])[．：／－](?=[0-9０-９])/gu
const narrowed = (text: string): string => text.replace(FULL_WIDTH, (letter) => letter.normalize('NFKC'))

/**
 * Numbers and signs as Chinese says them, then the cleaning of the original: spaces only between Latin letters, full stops
 * of sentences alone, no brackets.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py text_normalize, cosyvoice/utils/frontend_utils.py
 */
const normaliseChinese = (text: string): string =>
  applyRules(narrowed(text).replace(/\s+/gu, ' '), CHINESE_RULES)
    .replace(/ [-–] /g, '，')
    .replace(/(?<=[^\p{ASCII}]) | (?=[^\p{ASCII}])/gu, '')
    .replaceAll('²', '平方')
    .replaceAll('³', '立方')
    .replace(/\.{2,}/g, '……')
    .replace(/\.(?![A-Za-z0-9])/g, '。')
    .replace(/[（）【】`]/g, '')
    .replaceAll('——', ' ')
    .trim()
    .replace(/[，,、]+$/, '。')

const normaliseEnglish = (text: string): string =>
  applyRules(narrowed(text).replace(/\s+/gu, ' '), ENGLISH_RULES).trim()

/** Katakana between the tags; numbers become numerals that the reader reads. */
const normaliseJapanese = (text: string, toKatakana: (text: string) => string): string =>
  narrowed(text)
    .replace(new RegExp(NUMBER, 'g'), writeJapaneseNumber)
    .replace(/[%％]/g, 'パーセント')
    .split(TAG_PLACE)
    .map((part) => (part.trim() === '' ? part : toKatakana(part)))
    .join(TAG_PLACE)
    .trim()

/**
 * The text as it is spoken: numbers, dates, times, units, money, signs in words of its language.
 *
 * Chinese and English have rules. Japanese becomes katakana for CosyVoice 3, which reads Chinese characters as Chinese. Other
 * languages stay as they are, since a number in the words of another language is worse than a digit. Tags that the model
 * has stay what they are; `<|...|>` is text like any other and switches nothing off.
 * @returns '' where nothing is left
 */
export const normaliseText = (text: string, { architecture, language, toKatakana }: NormaliseOptions): string => {
  const { plain, tags } = withoutTags(text, architecture)
  const spoken = ((): string => {
    switch (writtenLanguageOf(plain, language)) {
      case 'zh':
        return normaliseChinese(plain)
      case 'en':
        return normaliseEnglish(plain)
      case 'ja':
        if (architecture === 'cosyvoice2') return plain.trim()
        assert(toKatakana !== undefined, 'Japanese is read to CosyVoice 3 in katakana')
        return normaliseJapanese(plain, toKatakana)
      case 'other':
        return plain.trim()
    }
  })()
  let tag = 0
  return spoken.replaceAll(TAG_PLACE, () => tags[tag++] ?? '')
}
