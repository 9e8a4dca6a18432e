const PICTURE =
  '(?:(?![©®™‼⁉ℹ])\\p{Extended_Pictographic}(?:\\p{Emoji_Modifier}|\\u200D\\p{Extended_Pictographic})*|\\p{Regional_Indicator}|\\p{Emoji_Modifier})'
/** Pictures have no sound: a model makes noise of them. */
const PICTURES = new RegExp(`\\s*(?:${PICTURE}\\s*)+(?<mark>[,.;:!?…，。！？；：、)\\]}”’」』）】》])?`, 'gu')
/** Invisible: they would take words and numbers apart. */
const INVISIBLE = /[\uFE0E\uFE0F\u20E3\u200B\u2060\uFEFF\u00AD\u{E0020}-\u{E007F}]/gu

/** The text without pictures and invisible marks, for any language. */
export const withoutPictures = (text: string): string =>
  text.replace(INVISIBLE, '').replace(PICTURES, (_, mark: string | undefined) => mark ?? ' ')

const FULL_WIDTH = /[０-９Ａ-Ｚａ-ｚ％＋＝㎎㎏㎜㎝㎞㏄₀-₉]|(?<=[0-9０-９])[．：／－](?=[0-9０-９])/gu
const ROMAN = /[\u2160-\u216B\u2170-\u217B]/g
const ENCIRCLED = /(?<before>[\p{L}\p{N}])?(?<sign>[①-⒛㈠-㈩㊀-㊉❶-❿])(?=(?<after>\p{L})?)/gu
const CHINESE_DIGITS = '一二三四五六七八九十'

const encircledValue = (sign: string): number => {
  const code = sign.codePointAt(0) ?? 0
  if (code >= 0x2776 && code <= 0x277f) return code - 0x2775
  const plain = sign.normalize('NFKC')
  return CHINESE_DIGITS.indexOf(plain.replace(/[()]/g, '')) + 1 || Number(plain.replace(/\D/g, ''))
}

/**
 * Letters and digits of other widths and shapes as plain ones: `１２`, `Ⅳ`, `₂`. A number in a circle that begins an item has
 * `mark` behind it.
 */
export const plainLetters = (text: string, mark: string): string =>
  text
    .replace(FULL_WIDTH, (letter) => letter.normalize('NFKC'))
    .replace(ROMAN, (letter) => String((((letter.codePointAt(0) ?? 0) - 0x2160) % 16) + 1))
    .replace(ENCIRCLED, (_, before: string | undefined, sign: string, after: string | undefined) => {
      const isItem = after !== undefined && !/[图圖表式注例见見题題第]/.test(before ?? '')
      return `${before ?? ''}${encircledValue(sign)}${isItem ? mark : ''}`
    })
