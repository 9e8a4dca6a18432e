import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import { ACTION_TABLE, MENUS } from '../actions/index.ts'
import { APP_ERROR_CODES, REASONS, REMEDIES } from '../kernel/index.ts'
import { catalogues, LANGUAGE_TAGS } from './catalogues.ts'
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

test('what a network is called by its code is told in words, and what is not known as it is', () => {
  const whyOf = (reason: string) =>
    LANGUAGE_TAGS.map(
      (tag) =>
        errorTexts(createTranslator(tag), { code: 'cloud.unreachable', params: { engine: 'Cloud', reason } }).why,
    )
  expect(whyOf('ECONNREFUSED')).toEqual([
    'Cloud was not reached: nothing answers at its address (ECONNREFUSED).',
    '无法连接“Cloud”：该地址没有程序应答（ECONNREFUSED）。',
  ])
  expect(whyOf('TLS: CERT_HAS_EXPIRED')).toEqual([
    'Cloud was not reached: TLS: CERT_HAS_EXPIRED.',
    '无法连接“Cloud”：TLS: CERT_HAS_EXPIRED。',
  ])
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
