import { expect, test } from 'vitest'
import { acceleratorText, type KeyPress, matchesAccelerator, parseAccelerator } from './accelerator.ts'
import { ACTION_TABLE, findAction, MENUS } from './action-table.ts'

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
})

test('every action has an id of its own', () => {
  const ids = ACTION_TABLE.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(findAction(id)?.id).toBe(id)
  expect(findAction('no.such-action')).toBeUndefined()
})

test('no two actions answer to the same keys', () => {
  const keys = ACTION_TABLE.flatMap(({ accelerators }) =>
    accelerators.map((text) => JSON.stringify(parseAccelerator(text))),
  )
  expect(new Set(keys).size).toBe(keys.length)
})

test('every menu has items, and menus list their groups together', () => {
  for (const name of MENUS) {
    const groups = ACTION_TABLE.flatMap(({ menu }) => (menu?.name === name ? [menu.group] : []))
    expect(groups.length, name).toBeGreaterThan(0)
    expect(groups, name).toEqual([...groups].sort((a, b) => a - b))
  }
})

test('accelerators match the keys a person presses', () => {
  const splits = parseAccelerator('CmdOrCtrl+K')
  expect(matchesAccelerator(press('k', { ctrlKey: true }), splits, false)).toBe(true)
  expect(matchesAccelerator(press('k', { metaKey: true }), splits, true)).toBe(true)
  expect(matchesAccelerator(press('k', { metaKey: true }), splits, false)).toBe(false)
  expect(matchesAccelerator(press('k', { ctrlKey: true, shiftKey: true }), splits, false)).toBe(false)
  expect(
    matchesAccelerator(press('K', { ctrlKey: true, shiftKey: true }), parseAccelerator('CmdOrCtrl+Shift+K'), false),
  ).toBe(true)
  expect(matchesAccelerator(press(' '), parseAccelerator('Space'), false)).toBe(true)
  expect(matchesAccelerator(press('ArrowUp', { altKey: true }), parseAccelerator('Alt+Up'), false)).toBe(true)
})

test('a symbol counts by what it is, whether or not the keyboard needs Shift for it', () => {
  const help = parseAccelerator('?')
  expect(matchesAccelerator(press('?', { shiftKey: true }), help, false)).toBe(true)
  expect(matchesAccelerator(press('?'), help, false)).toBe(true)
  expect(matchesAccelerator(press('+', { shiftKey: true }), parseAccelerator('Plus'), false)).toBe(true)
})

test('accelerators read as the platform writes them', () => {
  expect(acceleratorText('CmdOrCtrl+Shift+Enter', false)).toBe('Ctrl+Shift+Enter')
  expect(acceleratorText('CmdOrCtrl+Shift+K', true)).toBe('⌘⇧K')
  expect(acceleratorText('Alt+Up', false)).toBe('Alt+↑')
})
