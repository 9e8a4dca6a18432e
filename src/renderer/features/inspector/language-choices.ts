import type { Option } from '../../ui/index.ts'

/** Offered where an engine reads any text. */
const COMMON_LANGUAGES = ['zh', 'yue', 'en', 'ja', 'ko', 'de', 'fr', 'es', 'it', 'pt', 'ru']

/** Languages by their name in the interface's language; a tag the platform has no name for shows as it is. */
export const languageChoices = (languages: readonly string[], interfaceLanguage: string): readonly Option<string>[] => {
  const names = new Intl.DisplayNames(interfaceLanguage, { type: 'language', fallback: 'code' })
  const collator = new Intl.Collator(interfaceLanguage)
  return (languages.length > 0 ? languages : COMMON_LANGUAGES)
    .map((tag) => ({ value: tag, label: names.of(tag) ?? tag }))
    .sort((a, b) => collator.compare(a.label, b.label))
}
