import { expect, test } from 'vitest'
import type { KeyPress } from '../../../shared/actions/index.ts'
import { findKeyAction, type KeyFocus } from './find-key-action.ts'

const meaning = (key: string, focus: KeyFocus, held: Partial<KeyPress> = {}) =>
  findKeyAction({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held }, focus, false)
const ctrl = { ctrlKey: true }

test('keys without a modifier act in the list and do nothing while text is written', () => {
  for (const [key, action] of [
    [' ', 'playback.toggle'],
    ['Enter', 'line.edit'],
    ['Delete', 'line.remove'],
    ['?', 'help.shortcuts'],
    ['+', 'view.zoom-in'],
  ] as const) {
    expect(meaning(key, 'script')).toBe(action)
    expect(meaning(key, 'script-text'), key).toBeUndefined()
    expect(meaning(key, 'text'), key).toBeUndefined()
  }
})

test('keys with Ctrl, and function keys, act while a line is written', () => {
  expect(meaning('k', 'script-text', ctrl)).toBe('line.split')
  expect(meaning('Enter', 'script-text', ctrl)).toBe('render.lines')
  expect(meaning('Enter', 'script-text', { ...ctrl, shiftKey: true })).toBe('render.chapter')
  expect(meaning(' ', 'script-text', ctrl)).toBe('playback.toggle')
  expect(meaning('F8', 'script-text')).toBe('problem.next')
  expect(meaning('3', 'script-text', ctrl)).toBe('character.assign-3')
})

test('Shift+Enter makes a new line from the list and from its text, but not from another field', () => {
  expect(meaning('Enter', 'script', { shiftKey: true })).toBe('line.insert-below')
  expect(meaning('Enter', 'script-text', { shiftKey: true })).toBe('line.insert-below')
  expect(meaning('Enter', 'text', { shiftKey: true })).toBeUndefined()
})

test('Ctrl+A selects lines in the list and text in a text', () => {
  expect(meaning('a', 'script', ctrl)).toBe('line.select-all')
  expect(meaning('a', 'script-text', ctrl)).toBeUndefined()
})

test('Shift+Space plays from here in the list and types a space in a text', () => {
  expect(meaning(' ', 'script', { shiftKey: true })).toBe('playback.from-here')
  expect(meaning(' ', 'script-text', { shiftKey: true })).toBeUndefined()
})

test('buttons and sliders keep their own keys', () => {
  expect(meaning(' ', 'control')).toBeUndefined()
  expect(meaning('Enter', 'control')).toBeUndefined()
  expect(meaning('z', 'control', ctrl)).toBe('edit.undo')
})

test('keys about lines act only in the script', () => {
  expect(meaning('d', 'elsewhere', ctrl)).toBeUndefined()
  expect(meaning('d', 'script', ctrl)).toBe('line.duplicate')
  expect(meaning('e', 'elsewhere', ctrl)).toBe('export.open')
})
