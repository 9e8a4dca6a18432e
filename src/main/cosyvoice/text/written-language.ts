/** How a text is read and measured: Chinese with its dialects, English, Japanese, or any other. */
export type WrittenLanguage = 'zh' | 'en' | 'ja' | 'other'

/** Words that are none in English and that hardly a sentence of their languages does without. */
const FOREIGN_WORDS =
  /(?<!\p{L})(?:der|das|und|ist|nicht|ein|eine|ich|que|una|por|para|pero|une|dans|avec|qui|vous|gli|della|che|sono)(?!\p{L})/giu

/** Mandarin and the languages that are written in Chinese characters. */
const CHINESE = ['zh', 'cmn', 'yue', 'wuu', 'nan', 'hak', 'gan', 'hsn', 'cjy', 'cdo', 'mnp']

/**
 * @param language BCP 47, or null: then kana make it Japanese, Chinese characters Chinese, and plain Latin letters English.
 * Letters and words that English does not use make it another language; text without letters is English, as in the original.
 */
export const writtenLanguageOf = (text: string, language: string | null): WrittenLanguage => {
  if (language !== null) {
    const [primary = ''] = language.toLowerCase().split('-')
    if (CHINESE.includes(primary)) return 'zh'
    return primary === 'en' || primary === 'ja' ? primary : 'other'
  }
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 'ja'
  if (/\p{Script=Han}/u.test(text)) return 'zh'
  const hasForeignLetter = /(?![a-zàâçèéêëïîôö])\p{L}|[¿¡]/u.test(text.normalize('NFC').toLowerCase())
  const foreignWords = text.match(FOREIGN_WORDS)?.length ?? 0
  return hasForeignLetter || foreignWords >= 2 ? 'other' : 'en'
}
