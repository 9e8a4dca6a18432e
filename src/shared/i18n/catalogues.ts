import en from './en.json' with { type: 'json' }
import zhHans from './zh-Hans.json' with { type: 'json' }

/** Names place and meaning, never the English sentence. */
export type MessageKey = keyof typeof en
export type Catalogue = Readonly<Record<MessageKey, string>>

export const LANGUAGE_TAGS = ['en', 'zh-Hans'] as const
export type LanguageTag = (typeof LANGUAGE_TAGS)[number]

export const catalogues: Readonly<Record<LanguageTag, Catalogue>> = { en, 'zh-Hans': zhHans }
