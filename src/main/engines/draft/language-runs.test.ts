import fc from 'fast-check'
import { expect, test } from 'vitest'
import { languageRuns } from './language-runs.ts'

const runs = (text: string, language: string | null = null) =>
  languageRuns(text, language, 'Draft voice').map(({ espeakVoice, text }) => [espeakVoice, text])

test('a line is cut where the language of its letters changes', () => {
  expect(runs('我在 GitHub 上写代码。')).toEqual([
    ['cmn', '我在 '],
    ['en-us', 'GitHub '],
    ['cmn', '上写代码。'],
  ])
  expect(runs('“Hello”，他说。')).toEqual([
    ['en-us', '“Hello”，'],
    ['cmn', '他说。'],
  ])
  expect(runs('Он сказал OK')).toEqual([
    ['ru', 'Он сказал '],
    ['en-us', 'OK'],
  ])
})

test('signs and digits go with the letters before them, or after them at the beginning', () => {
  expect(runs('2024年12月')).toEqual([['cmn', '2024年12月']])
  expect(runs('iPhone 15 发布')).toEqual([
    ['en-us', 'iPhone 15 '],
    ['cmn', '发布'],
  ])
  expect(runs('12345')).toEqual([['en-us', '12345']])
  expect(runs('12345', 'zh')).toEqual([['cmn', '12345']])
})

test('kana makes the Han characters of its line Japanese, unless the person said otherwise', () => {
  expect(runs('図書館へ行く')).toEqual([['ja', '図書館へ行く']])
  expect(runs('圖書館')).toEqual([['cmn', '圖書館']])
  expect(runs('東京', 'ja')).toEqual([['ja', '東京']])
  expect(runs('我的コーヒー', 'zh')).toEqual([
    ['cmn', '我的'],
    ['ja', 'コーヒー'],
  ])
})

test('the language asked for reads its own script and no other', () => {
  expect(runs('一齊去 shopping', 'yue')).toEqual([
    ['yue', '一齊去 '],
    ['en-us', 'shopping'],
  ])
  expect(runs('Bonjour 世界', 'fr')).toEqual([
    ['fr', 'Bonjour '],
    ['cmn', '世界'],
  ])
  expect(runs('Здраво svete', 'sr')).toEqual([['sr', 'Здраво svete']])
})

test('letters that only one language has give it away', () => {
  expect(runs('Привіт')).toEqual([['uk', 'Привіт']])
  expect(runs('Прывітанне, ўсё')).toEqual([['be', 'Прывітанне, ўсё']])
  expect(runs('گچپژ')).toEqual([['fa', 'گچپژ']])
  expect(runs('مرحبا')).toEqual([['ar', 'مرحبا']])
})

test('letters that nothing reads are refused by their language', () => {
  expect(() => runs('བོད')).toThrow(expect.objectContaining({ params: { engine: 'Draft voice', language: 'bo' } }))
  expect(() => runs('𒀀')).toThrow(expect.objectContaining({ params: { engine: 'Draft voice', language: 'und' } }))
})

test('runs together are the line, and neighbours differ', () => {
  const pieces = fc.constantFrom(
    '你好',
    'Hello',
    'こんにちは',
    '안녕',
    'Привет',
    ' ',
    '，',
    '12',
    '🍣',
    'é',
    'مرحبا',
    '—',
  )
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 30 }), (parts) => {
      const found = languageRuns(parts.join(''), null, 'Draft voice')
      expect(found.map(({ text }) => text).join('')).toBe(parts.join(''))
      for (const [index, { espeakVoice }] of found.entries())
        expect(found[index + 1]?.espeakVoice).not.toBe(espeakVoice)
    }),
  )
})
