import type { Option } from '../../ui/index.ts'

/** Offered where an engine reads any text. */
const COMMON_LANGUAGES = ['zh', 'yue', 'en', 'ja', 'ko', 'de', 'fr', 'es', 'it', 'pt', 'ru']

/** Names of languages in the interface's language; a tag the platform has no name for shows as it is. */
export const languageNames = (interfaceLanguage: string): ((tag: string) => string) => {
  const names = new Intl.DisplayNames(interfaceLanguage, { type: 'language', fallback: 'code' })
  return (tag) => {
    try {
      return names.of(tag) ?? tag
    } catch {
      // The one thing that it throws is that this is no tag.
      return tag
    }
  }
}

/** Languages by name. @param chosen is among them whether the engine lists it or not */
export const languageChoices = (
  languages: readonly string[],
  interfaceLanguage: string,
  chosen: string | null = null,
): readonly Option<string>[] => {
  const nameOf = languageNames(interfaceLanguage)
  const collator = new Intl.Collator(interfaceLanguage)
  const offered = languages.length > 0 ? languages : COMMON_LANGUAGES
  return [...new Set([...offered, ...(chosen === null ? [] : [chosen])])]
    .map((tag) => ({ value: tag, label: nameOf(tag) }))
    .sort((a, b) => collator.compare(a.label, b.label))
}
