/** How a text is read and measured: Chinese with its dialects, English, Japanese, or any other. */
type WrittenLanguage = 'zh' | 'en' | 'ja' | 'other'

const wordsOf = (list: string): RegExp => new RegExp(`(?<!\\p{L})(?:${list})(?!\\p{L})`, 'giu')

/** Words that are none in English and that hardly a sentence of their languages does without. */
const FOREIGN_WORDS = wordsOf(
  'und|ist|nicht|eine|einen|ich|sich|wir|habe|haben|zwei|drei|vier' +
    '|que|una|para|pero|muy|tengo|tiene|avec|qui|vous|nous|deux|trois|gli|della|che|sono|è',
)
/** Words that English has in names, or with another sense; one alone says nothing. */
const SHARED_WORDS = wordsOf(
  'der|das|ein|mit|von|zu|auf|hat|por|los|las|el|y|es|hay|yo|dos|tres|une|dans|les|des|est|il|je|pas|et|du|di|ho|ha|due|tre',
)
/** Words that only English has. */
const ENGLISH_WORDS = wordsOf(
  'the|of|and|to|is|it|she|were|has|have|with|this|that|you|not|they|my|his|her|from|your|we|been|will|would|what|there|their|at|be|said',
)

/** Mandarin and the languages that are written in Chinese characters. */
const CHINESE = ['zh', 'cmn', 'yue', 'wuu', 'nan', 'hak', 'gan', 'hsn', 'cjy', 'cdo', 'mnp']

/**
 * @param language BCP 47, or null: then kana make it Japanese, Chinese characters Chinese, and plain Latin letters English.
 * Letters and words that English does not use make it another language where they are more than the words of English, so
 * that a name does not; text without letters is English, as in the original.
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
  const count = (words: RegExp): number => text.match(words)?.length ?? 0
  const foreign = 2 * count(FOREIGN_WORDS) + count(SHARED_WORDS) + (hasForeignLetter ? 2 : 0)
  return foreign >= 2 && foreign > 2 * count(ENGLISH_WORDS) ? 'other' : 'en'
}
