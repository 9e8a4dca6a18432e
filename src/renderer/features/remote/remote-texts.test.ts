import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { catalogues, createTranslator, warningText } from '../../../shared/i18n/index.ts'
import { formatMoney, formatPace, formatPrice } from './money.ts'
import { monthOf } from './month.ts'

test('small sums keep the digits that say something', () => {
  expect(formatMoney('en', { amount: 12.845, currency: 'USD' })).toBe('$12.85')
  expect(formatMoney('en', { amount: 0.0021, currency: 'USD' })).toBe('$0.0021')
  expect(formatMoney('en', { amount: 0, currency: 'USD' })).toBe('$0.00')
  expect(formatMoney('zh-Hans', { amount: 3, currency: 'CNY' })).toBe('¥3.00')
  expect(formatPrice('en', { amount: 0.2867, currency: 'USD', per: 10_000, unit: 'characters' })).toBe('$0.2867')
})

test('a pace is told in what the engine is billed by, and of one without a price in what its service counts', () => {
  const { t } = createTranslator('en')
  const connection = { kind: 'openai', profile: 'siliconflow', model: 'm', sampleRateHz: 24_000 } as const
  const engine = { connection: { ...connection, takesInstructions: false } }
  const price = { amount: 1, currency: 'CNY', per: 1000, unit: 'utf8-bytes' } as const
  expect(formatPace(t, { ...engine, price }, 12)).toBe('12 ms a byte')
  expect(formatPace(t, { ...engine, price: null }, 12)).toBe('12 ms a character')
})

test('what an engine did not honour is told in the language of the window', () => {
  const [en, zh] = [createTranslator('en').t, createTranslator('zh-Hans').t]
  expect(warningText(en, { field: 'seed', reason: 'not-supported' })).toBe('Seed not honoured')
  expect(warningText(zh, { field: 'seed', reason: 'not-supported' })).toBe('种子未生效')
  expect(warningText(en, { field: 'speed', reason: 'out-of-range' })).toBe('Speed: the nearest possible was used')
  expect(warningText(zh, { field: 'instruct', reason: 'not-listed' })).toBe('指令未生效：该音色只接受其列表中的内容')
  expect(warningText(zh, { field: 'model', reason: 'v2-not-loaded' })).toBe('模型：CosyVoice2 未加载')
  expect(warningText(en, { field: 'words', reason: 'it has none' })).toBe('words not honoured: it has none')
})

test('every word by which our clients tell what was not honoured has its text', () => {
  const folder = path.resolve(import.meta.dirname, '../../../main/speech-clients')
  const told = globSync('**/*.ts', { cwd: folder })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => {
      const source = readFileSync(path.join(folder, file), 'utf8')
      const reasons = /\bwarn(?:ing)?\((?:\w+|'\w+'),([^)]*)\)|field: '\w+', reason: ([^}]*)\}/g
      return [...source.matchAll(reasons)].flatMap(([, asked = '', said = '']) =>
        [...`${asked}${said}`.matchAll(/'([^']*)'/g)].map(([, word = '']) => word).filter((word) => /[- ]/.test(word)),
      )
    })
  expect(new Set(told).size).toBeGreaterThan(5)
  for (const word of told) expect(catalogues.en).toHaveProperty([`warning.reason.${word}`])
})

test('months are those of the calendar, also around the turn of a year', () => {
  const january = new Date(2026, 0, 15).getTime()
  expect(monthOf(january, 0)).toEqual({
    fromEpochMs: new Date(2026, 0, 1).getTime(),
    untilEpochMs: new Date(2026, 1, 1).getTime(),
  })
  expect(monthOf(january, 1)).toEqual({
    fromEpochMs: new Date(2025, 11, 1).getTime(),
    untilEpochMs: new Date(2026, 0, 1).getTime(),
  })
})
