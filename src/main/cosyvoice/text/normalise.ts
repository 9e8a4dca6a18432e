import { assert } from '../../../shared/kernel/index.ts'
import { CHINESE_RULES } from './chinese-rules.ts'
import { ENGLISH_RULES } from './english-rules.ts'
import { JAPANESE_RULES } from './japanese-rules.ts'
import { plainLetters, withoutPictures } from './plain-letters.ts'
import { isControlToken, SPECIAL_TOKENS, type TextArchitecture } from './special-tokens.ts'
import { applyRules } from './spoken-rules.ts'
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

/** Where a heading is written without a mark behind its number. */
const HEADING = /(第[零一二三四五六七八九十百千两]+[章回卷节節集部篇幕话話季期])\s+(?=[\p{L}\p{N}《“「『])/gu
/** What a voice makes a pause for, between words. */
const ASIDE = /[【】〔〕]|（(?=[^（）]{2,}）)|(?<=（(?:[^（）]{2,}|[零一二三四五六七八九十]))）|—{2,}/gu
const SPOKEN_BEFORE = /[\p{L}\p{N}\p{M}%℃\uE000>”’」』》][\s（）【】〔〕`]*$/u
const SPOKEN_AFTER = /^[\s（【〔`]*[\p{L}\p{N}\uE000《“「『‘<$¥￥]/u

/** A comma where words meet, nothing at other marks. */
const withPauses = (text: string): string =>
  text.replace(ASIDE, (mark: string, ...rest: unknown[]) => {
    const at = rest.find((each) => typeof each === 'number') ?? 0
    const [before, after] = [text.slice(0, at), text.slice(at + mark.length)]
    return SPOKEN_BEFORE.test(before) && SPOKEN_AFTER.test(after) ? '，' : ''
  })

/**
 * Numbers and signs as Chinese says them, then the cleaning of the original: spaces only between Latin letters, full stops
 * of sentences alone, no brackets. Unlike there, words that brackets and dashes keep apart have a comma between them.
 * @source FunAudioLLM/CosyVoice cosyvoice/cli/frontend.py text_normalize, cosyvoice/utils/frontend_utils.py
 */
const normaliseChinese = (text: string): string =>
  withPauses(applyRules(plainLetters(text, '、').replace(/\s+/gu, ' '), CHINESE_RULES))
    .replace(HEADING, '$1，')
    .replace(/ [-–] /g, '，')
    .replace(/(?<=[^\p{ASCII}]) | (?=[^\p{ASCII}])/gu, '')
    .replaceAll('²', '平方')
    .replaceAll('³', '立方')
    .replace(/\.{2,}|。{3,}/g, '……')
    .replace(/\.(?![A-Za-z0-9])/g, '。')
    .replace(/[（）【】〔〕`]/g, '')
    .trim()
    .replace(/[，,、]+$/, '。')

const normaliseEnglish = (text: string): string =>
  applyRules(plainLetters(text, ', ').replace(/\s+/gu, ' '), ENGLISH_RULES).trim()

/** Katakana between the tags; numbers become numerals that the reader reads. */
const normaliseJapanese = (text: string, toKatakana: (text: string) => string): string =>
  applyRules(plainLetters(text, '、'), JAPANESE_RULES)
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
  const { plain, tags } = withoutTags(withoutPictures(text), architecture)
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
