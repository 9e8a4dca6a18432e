import { IntlMessageFormat } from 'intl-messageformat'
import { type AppErrorData, isReason, isRemoteReason } from '../kernel/index.ts'
import { type Catalogue, catalogues, type LanguageTag, type MessageKey } from './catalogues.ts'

export type MessageParams = Readonly<Record<string, string | number | Date>>

/** Texts of one language. `t` formats a key; a missing parameter is a programmer's mistake and throws. */
export type Translator = {
  readonly language: LanguageTag
  t(key: MessageKey, params?: MessageParams): string
}

export const createTranslator = (language: LanguageTag): Translator => {
  const catalogue: Catalogue = catalogues[language]
  const formats = new Map<MessageKey, IntlMessageFormat>()
  return {
    language,
    t(key, params) {
      const known = formats.get(key)
      const format = known ?? new IntlMessageFormat(catalogue[key], language, undefined, { ignoreTag: true })
      if (!known) formats.set(key, format)
      return String(format.format(params ? { ...params } : undefined))
    },
  }
}

/** What stands between two sentences. */
export const sentenceGap = (language: LanguageTag): string => (language === 'zh-Hans' ? '' : ' ')

/** The catalogue that serves a BCP 47 tag: Chinese in any form reads Simplified Chinese, the rest English. */
export const languageFor = (systemLanguage: string): LanguageTag =>
  systemLanguage.toLowerCase().startsWith('zh') ? 'zh-Hans' : 'en'

const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(catalogues.en, key)

/** Undo labels come from the database, where an older or newer version may have written them. */
export const editLabelKey = (label: string): MessageKey =>
  label.startsWith('edit.') && isMessageKey(label) ? label : 'edit.other'

/** Facts that the error texts mention; those a particular error does not carry read as `none`. */
const ERROR_FACTS = {
  detail: 'none',
  encoding: 'none',
  engine: 'none',
  language: 'none',
  voice: 'none',
  provider: 'none',
  device: 'none',
  format: 'none',
  value: 'none',
  allowed: 'none',
  limit: 0,
  count: 0,
  characters: 0,
  neededMb: 'none',
  freeMb: 0,
  file: '…',
  folder: '…',
  reason: '…',
  foundBytes: 0,
  expectedBytes: 0,
  name: '…',
  global: '…',
  tensor: '…',
  expected: '…',
  found: '…',
  model: '…',
  graph: '…',
  figure: '…',
  measured: '…',
  threshold: '…',
  durationSec: '…',
  limitSec: '…',
  levelDb: '…',
  limitDb: '…',
  sampleRateHz: '…',
  limitHz: '…',
  subject: 'none',
  deed: 'none',
  hint: 'none',
  way: 'none',
  rule: 'none',
  spent: '…',
  currency: '…',
  cost: '…',
  line: 'none',
  column: 0,
  systemCode: '…',
  status: '…',
  closeCode: '…',
  field: '…',
  version: 'none',
  seconds: 0,
  minutes: 0,
  limitMb: 0,
  channels: 0,
  bits: 0,
}

/** An engine as a person calls it: those that come with the app have a name in every language. */
export const engineName = ({ t }: Translator, engine: { engineId: string; name: string }): string => {
  const key = `engine.${engine.engineId}.name`
  return isMessageKey(key) ? t(key) : engine.name
}

/** Keys of the names of engines that come with the app, by what they are called where errors are made. */
const OWN_ENGINES = new Map<unknown, MessageKey>(
  Object.entries(catalogues.en).flatMap(([key, name]) =>
    isMessageKey(key) && /^engine\.[^.]+\.name$/.test(key) ? [[name, key]] : [],
  ),
)

/** A BCP 47 tag as a person calls it; a tag that is none stays as it is. */
const languageName = (tag: string, inLanguage: LanguageTag): string => {
  try {
    return new Intl.DisplayNames(inLanguage, { type: 'language' }).of(tag) ?? tag
  } catch {
    // Only a malformed tag throws, and that one is best shown as it was given.
    return tag
  }
}

/** What was not honoured of a request, as a person reads it; what a service said itself stands as it is. */
export const warningText = (
  t: Translator['t'],
  { field, reason }: { readonly field: string; readonly reason: string },
): string => {
  const fieldKey = `warning.field.${field}`
  const name = isMessageKey(fieldKey) ? t(fieldKey) : field
  const reasonKey = `warning.reason.${reason}`
  return isMessageKey(reasonKey) ? t(reasonKey, { field: name }) : t('warning.other', { field: name, reason })
}

/** Why a model cannot be used: a sentence of our own, or what a library said, as what it is. */
const modelReason = ({ t }: Translator, params: MessageParams): string =>
  isReason(params.reason)
    ? t(`reason.${params.reason}`, params)
    : t('reason.other', { detail: String(params.reason ?? '') })

/** Why a request to an engine elsewhere failed: a sentence of our own, or what its server said. */
const remoteReason = ({ t }: Translator, params: MessageParams): string =>
  isRemoteReason(params.reason)
    ? t(`reason.${params.reason}`, params)
    : t('reason.said', { detail: String(params.reason ?? '') })

const reasonOf = (code: AppErrorData['code']): typeof modelReason | undefined => {
  if (/^(model|checkpoint)\./.test(code)) return modelReason
  return code.startsWith('cloud.') ? remoteReason : undefined
}

/** The two sentences of an error: what did not happen, and why. */
export const errorTexts = (
  translator: Translator,
  error: Pick<AppErrorData, 'code' | 'params'>,
): { what: string; why: string } => {
  const { t, language } = translator
  const { language: spoken, engine } = error.params
  const ownEngine = OWN_ENGINES.get(engine)
  const named = {
    ...(typeof spoken === 'string' && { language: languageName(spoken, language) }),
    ...(ownEngine && { engine: t(ownEngine) }),
  }
  const facts = { ...ERROR_FACTS, ...error.params, ...named }
  const reasonText = error.params.reason === undefined ? undefined : reasonOf(error.code)
  const params = reasonText ? { ...facts, reason: reasonText(translator, facts) } : facts
  return { what: t(`error.${error.code}.what`, params), why: t(`error.${error.code}.why`, params) }
}
