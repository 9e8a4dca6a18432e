import type { EngineCapabilities } from './engine-capabilities.ts'

/** Languages that are written in Chinese characters and read as Chinese by models that know them as its dialects. */
const CHINESE: readonly string[] = ['zh', 'cmn', 'yue', 'wuu', 'nan', 'hak', 'gan', 'hsn', 'cjy', 'cdo', 'mnp']

/** @param tag BCP 47 */
export const isChinese = (tag: string): boolean => CHINESE.includes(tag.toLowerCase().split(/[-_]/)[0] ?? '')

/** `zh` covers `zh-CN`. */
const covers = (known: string, tag: string): boolean => tag === known || tag.startsWith(`${known}-`)

/**
 * Whether an engine can be asked for a language with a voice. Models speak Chinese with its dialects; a draft engine has a way of
 * its own with each of them.
 * @param tag BCP 47
 * @param presetLanguage that the voice is at home in, where it is one of the engine's own
 */
export const speaksLanguage = (
  { languages, isDraft }: Pick<EngineCapabilities, 'languages' | 'isDraft'>,
  tag: string,
  presetLanguage: string | null,
): boolean =>
  languages.length === 0 ||
  languages.some((known) => covers(known, tag)) ||
  (presetLanguage !== null && covers(presetLanguage, tag)) ||
  (!isDraft && isChinese(tag) && languages.includes('zh'))
