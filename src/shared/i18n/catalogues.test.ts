import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, test } from 'vitest'
import { ACTION_TABLE, MENUS } from '../actions/index.ts'
import {
  APP_ERROR_CODES,
  type AppErrorData,
  isRemoteReason,
  REASONS,
  REMEDIES,
  REMOTE_REASONS,
} from '../kernel/index.ts'
import { catalogues, LANGUAGE_TAGS, type LanguageTag } from './catalogues.ts'
import { createTranslator, editLabelKey, errorTexts, languageFor, sentenceGap } from './translator.ts'

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

/** Names of the values a message mentions, at any depth. */
const placeholders = (elements: readonly Element[]): Set<string> => {
  const found = new Set<string>()
  for (const element of elements) {
    if ('value' in element && element.type !== 0) found.add(String(element.value))
    if ('options' in element && element.options)
      for (const option of Object.values(element.options))
        for (const name of placeholders(option.value)) found.add(name)
  }
  return found
}
const entries = Object.entries(catalogues.en)

test('both catalogues have the same keys and no empty text', () => {
  expect(entries.length).toBeGreaterThan(300)
  expect(Object.keys(catalogues['zh-Hans'])).toEqual(Object.keys(catalogues.en))
  for (const tag of LANGUAGE_TAGS)
    for (const [key, text] of Object.entries(catalogues[tag])) expect(text.trim(), `${tag} ${key}`).not.toBe('')
})

test('both catalogues mention the same values', () => {
  for (const [key, text] of entries) {
    const english = placeholders(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst())
    const chineseText = catalogues['zh-Hans'][key as keyof typeof catalogues.en]
    const chinese = placeholders(new IntlMessageFormat(chineseText, 'zh-Hans', undefined, { ignoreTag: true }).getAst())
    expect([...chinese].sort(), key).toEqual([...english].sort())
  }
})

test('the Chinese catalogue is Chinese', () => {
  const names =
    /^(app\.|export\.format|import\.format\.markdown|timeline\.(mute|solo)\.letter|timeline\.(of|clip$)|unit\.|settings\.(language\.en|audioOutput\.portaudio)|home\.project\.changed)/
  const untranslated = Object.entries(catalogues['zh-Hans']).filter(
    ([key, text]) => !names.test(key) && !/\p{Script=Han}/u.test(text),
  )
  expect(untranslated).toEqual([])
})

test('every error code says what and why, with or without its facts, in every language', () => {
  for (const tag of LANGUAGE_TAGS) {
    const translator = createTranslator(tag)
    for (const code of APP_ERROR_CODES) {
      const { what, why } = errorTexts(translator, { code, params: {} })
      expect(what, code).toMatch(/\S/)
      expect(why, code).not.toContain('none')
    }
  }
})

test('engines that come with the app are called in the language of the window, and languages too', () => {
  const params = { engine: 'Draft voice', language: 'fr' }
  const why = (tag: LanguageTag) =>
    errorTexts(createTranslator(tag), { code: 'engine.unsupported-language', params }).why
  expect(why('zh-Hans')).toBe('“草稿音色”不支持语言“法语”。')
  expect(why('en')).toContain('Draft voice')
  const own = { engine: 'Draft voices of mine', language: 'fr' }
  expect(errorTexts(createTranslator('zh-Hans'), { code: 'engine.unsupported-language', params: own }).why).toContain(
    '“Draft voices of mine”',
  )
})

test('an error mentions the facts it carries', () => {
  const { why } = errorTexts(createTranslator('en'), {
    code: 'engine.unsupported-voice',
    params: { engine: 'Tone', voice: 'Aurora' },
  })
  expect(why).toBe('Tone cannot speak with “Aurora”.')
})

test('why a model cannot be used is told in the language of the window, with its facts', () => {
  for (const reason of REASONS) {
    const [english = '', chinese = ''] = LANGUAGE_TAGS.map(
      (tag) => errorTexts(createTranslator(tag), { code: 'model.corrupt', params: { file: 'a.onnx', reason } }).why,
    )
    expect(english).toMatch(/^a\.onnx is damaged: (it|its|the) .*\.$/)
    expect(chinese, reason).toMatch(/^a\.onnx 已损坏：.*\p{Script=Han}.*。$/u)
  }
  const params = { file: 'a.onnx', reason: 'size-differs', foundBytes: 10, expectedBytes: 20_480 }
  expect(errorTexts(createTranslator('zh-Hans'), { code: 'model.corrupt', params }).why).toBe(
    'a.onnx 已损坏：它有 10 字节，应为 20,480 字节。',
  )
})

test('what a library said of a model is shown as what it is', () => {
  const error = { code: 'model.graph-rejected', params: { graph: 'llm.onnx', reason: 'Unknown node' } } as const
  expect(errorTexts(createTranslator('en'), error).why).toBe('llm.onnx cannot be computed: Unknown node.')
  expect(errorTexts(createTranslator('zh-Hans'), error).why).toBe('无法计算 llm.onnx：详情为“Unknown node”。')
})

/** A figure or a name for each fact that a text mentions. */
const FACTS = {
  ...{
    detail: 'SAID',
    characters: 2001,
    limit: 2000,
    field: 'voice_id',
    value: 'sse',
    expected: 'v2, v3',
    found: 'mp3',
  },
  ...{ limitMb: 10, allowed: 'WAV', model: 'cosyvoice-v3', version: '5.1', status: 503, closeCode: 1011, channels: 2 },
  ...{ bits: 24, sampleRateHz: 4000, minutes: 10, seconds: 30, systemCode: 'EODD' },
}
const isFact = (name: string): name is keyof typeof FACTS => Object.hasOwn(FACTS, name)

const remoteReasons = (params: AppErrorData['params']): [english: string, chinese: string] => {
  const whyIn = (tag: LanguageTag) =>
    errorTexts(createTranslator(tag), { code: 'cloud.unreachable', params: { engine: 'X', ...params } }).why
  const [, english = ''] = /^X was not reached: (.*)\.$/.exec(whyIn('en')) ?? []
  const [, chinese = ''] = /^无法连接“X”：(.*)。$/.exec(whyIn('zh-Hans')) ?? []
  return [english, chinese]
}

describe.each(Object.entries(REMOTE_REASONS))('why a request failed, as %s', (reason, names: readonly string[]) => {
  const params = Object.fromEntries(names.map((name) => [name, isFact(name) ? FACTS[name] : 'UNKNOWN']))
  const [english, chinese] = remoteReasons({ reason, ...params })

  test('is told in the language of the window', () => {
    expect(english).toMatch(/^[“A-Za-z0-9]/)
    expect(`${english}${chinese}`).not.toMatch(/[{}…]|UNKNOWN/)
    expect(english).not.toMatch(/\p{Script=Han}|[.。]$/u)
    expect(chinese).toMatch(/\p{Script=Han}/u)
    expect(chinese).not.toMatch(/[.。]$|\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han}/u)
  })

  test('names each of its facts', () => {
    const shown: Record<string, string> = { characters: '2,001', limit: '2,000', found: 'mp3' }
    for (const name of names) {
      const words = (shown[name] ?? String(params[name])).toLowerCase()
      expect(english.toLowerCase(), name).toContain(words)
      expect(chinese.toLowerCase(), name).toContain(words)
    }
  })

  test('is told also where its facts were not written down', () => {
    for (const words of remoteReasons({ reason })) expect(words).not.toBe('')
  })

  test('needs no words of a server, unless they are all there is', () => {
    if (reason === 'said' || !names.includes('detail')) return
    const without = remoteReasons({ reason, ...params, detail: 'none' })
    expect(without.join()).not.toMatch(/SAID|none\b|“”/)
  })
})

test('why a request failed has no name that a reason of a model has', () => {
  expect(REASONS.filter(isRemoteReason)).toEqual([])
})

test('what a server said is shown as its words', () => {
  expect(remoteReasons({ reason: 'said', detail: 'no-sound' })).toEqual(['“no-sound”', '服务返回“no-sound”'])
  expect(remoteReasons({ reason: 'Overloaded' })).toEqual(['“Overloaded”', '服务返回“Overloaded”'])
})

test('sentences are kept apart where a language keeps them apart', () => {
  expect(LANGUAGE_TAGS.map(sentenceGap)).toEqual([' ', ''])
})

test('every remedy has a button label and a sentence', () => {
  for (const remedy of REMEDIES) {
    expect(catalogues.en).toHaveProperty([`remedy.${remedy}.label`])
    expect(catalogues.en).toHaveProperty([`remedy.${remedy}.advice`])
  }
})

test('every action and every menu has a label', () => {
  for (const tag of LANGUAGE_TAGS) {
    const { t } = createTranslator(tag)
    for (const { labelKey, labelParams } of ACTION_TABLE) expect(t(labelKey, labelParams)).toMatch(/\S/)
    for (const menu of MENUS) expect(t(`menu.${menu}`)).toMatch(/\S/)
  }
})

test('undo labels that this version does not know read as the last change', () => {
  expect(editLabelKey('edit.text')).toBe('edit.text')
  expect(editLabelKey('edit.from-the-future')).toBe('edit.other')
  expect(editLabelKey('app.name')).toBe('edit.other')
})

test('plurals follow the language', () => {
  expect(createTranslator('en').t('notice.removedLines', { count: 1 })).toBe('1 line removed')
  expect(createTranslator('en').t('notice.removedLines', { count: 1200 })).toBe('1,200 lines removed')
  expect(createTranslator('zh-Hans').t('notice.removedLines', { count: 3 })).toBe('已删除 3 行')
})

test('any Chinese system reads Simplified Chinese, any other English', () => {
  expect(languageFor('zh-TW')).toBe('zh-Hans')
  expect(languageFor('de-CH')).toBe('en')
})
