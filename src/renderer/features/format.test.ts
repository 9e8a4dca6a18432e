import { expect, test } from 'vitest'
import { createTranslator } from '../../shared/i18n/index.ts'
import { formatClock, formatPosition, formatSeconds } from './format.ts'

test('lengths read as clocks, with hours only where there are some', () => {
  expect(formatClock(0)).toBe('0:00')
  expect(formatClock(112.9)).toBe('1:52')
  expect(formatClock(3852)).toBe('1:04:12')
})

test('positions carry milliseconds and never round up to a time not reached', () => {
  expect(formatPosition(252.6804)).toBe('04:12.680')
  expect(formatPosition(59.9999)).toBe('00:59.999')
  expect(formatPosition(3600)).toBe('1:00:00.000')
})

test('seconds have one decimal in every language', () => {
  expect(formatSeconds(createTranslator('en').t, 4)).toBe('4.0 s')
  expect(formatSeconds(createTranslator('zh-Hans').t, 3.25)).toMatch(/^3\.[23] 秒$/)
})
