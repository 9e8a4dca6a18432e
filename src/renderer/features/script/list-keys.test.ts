import { expect, test } from 'vitest'
import { pastedLines } from './pasted-lines.ts'
import { rowAfterKey } from './row-after-key.ts'

test('walking keys stay within the list', () => {
  expect(rowAfterKey('ArrowDown', 3, 10, 5)).toBe(4)
  expect(rowAfterKey('ArrowDown', 9, 10, 5)).toBe(9)
  expect(rowAfterKey('ArrowUp', 0, 10, 5)).toBe(0)
  expect(rowAfterKey('PageDown', 7, 10, 5)).toBe(9)
  expect(rowAfterKey('PageUp', 7, 10, 5)).toBe(2)
  expect(rowAfterKey('Home', 7, 10, 5)).toBe(0)
  expect(rowAfterKey('End', 7, 10, 5)).toBe(9)
})

test('with no active row, walking enters at the end it comes from', () => {
  expect(rowAfterKey('ArrowDown', -1, 10, 5)).toBe(0)
  expect(rowAfterKey('ArrowUp', -1, 10, 5)).toBe(9)
})

test('other keys and an empty list lead nowhere', () => {
  expect(rowAfterKey('k', 3, 10, 5)).toBeUndefined()
  expect(rowAfterKey('ArrowDown', -1, 0, 5)).toBeUndefined()
})

test('pasted rows lose blank rows and the space around them, whatever ends them', () => {
  expect(pastedLines('一\r\n\r\n  二 \n三\r四\u2028五\n')).toEqual(['一', '二', '三', '四', '五'])
  expect(pastedLines('  one row  ')).toEqual(['one row'])
})
