import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openSettings } from './settings-file.ts'

const folder = () => mkdtempSync(path.join(tmpdir(), 'cosy-settings-'))

test('a change is there after opening again', () => {
  const directory = folder()
  openSettings(directory, () => undefined).change({ theme: 'dark' })
  expect(openSettings(directory, () => undefined).get()).toMatchObject({ theme: 'dark', language: 'system' })
})

test('one unreadable field goes back to its preset and the others stay', () => {
  const directory = folder()
  writeFileSync(path.join(directory, 'settings.json'), '{"theme":"purple","language":"zh-Hans","gone":1}')
  const logged: unknown[] = []
  const settings = openSettings(directory, (_level, _message, facts) => logged.push(facts?.field)).get()
  expect(settings).toMatchObject({ theme: 'system', language: 'zh-Hans' })
  expect(logged).toEqual(['theme', 'gone'])
})

test('a file that is no JSON is put aside, not lost', () => {
  const directory = folder()
  writeFileSync(path.join(directory, 'settings.json'), 'theme=dark')
  expect(openSettings(directory, () => undefined).get().theme).toBe('system')
  expect(existsSync(path.join(directory, 'settings.unreadable.json'))).toBe(true)
})
