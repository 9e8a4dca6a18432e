import { expect, test } from 'vitest'
import { tabAfterKey } from './tab-after-key.ts'

const TABS = ['voices', 'models', 'engines'] as const

test('arrows walk through the tabs and around their ends', () => {
  expect(tabAfterKey(TABS, 'voices', 'ArrowDown')).toBe('models')
  expect(tabAfterKey(TABS, 'engines', 'ArrowDown')).toBe('voices')
  expect(tabAfterKey(TABS, 'engines', 'ArrowUp')).toBe('models')
  expect(tabAfterKey(TABS, 'voices', 'ArrowUp')).toBe('engines')
})

test('Home and End lead to the first and the last tab, other keys nowhere', () => {
  expect(tabAfterKey(TABS, 'models', 'Home')).toBe('voices')
  expect(tabAfterKey(TABS, 'models', 'End')).toBe('engines')
  expect(tabAfterKey(TABS, 'models', 'ArrowRight')).toBeUndefined()
})
