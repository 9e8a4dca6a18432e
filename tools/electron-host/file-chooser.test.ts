import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { chooseFile, type FileRequest } from './file-chooser.ts'
import type { PageAnswer, PageQuestion } from './page-dialog.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cosy-host-files-'))
  mkdirSync(path.join(folder, '书'))
  writeFileSync(path.join(folder, '书', '第一章.txt'), '')
  writeFileSync(path.join(folder, '书', 'cover.png'), '')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const request = (kind: FileRequest['kind'], defaultPath = folder): FileRequest => ({
  kind,
  title: '',
  defaultPath,
  filters: [{ name: 'Scripts', extensions: ['txt'] }],
})

/** A person who gives these answers in turn; remembers the questions. */
const person = (...answers: PageAnswer[]) => {
  const asked: PageQuestion[] = []
  const ask = async (question: PageQuestion): Promise<PageAnswer> => {
    asked.push(question)
    return answers.shift() ?? { button: 0, name: '' }
  }
  return { ask, asked }
}

it('walks into folders and shows what the filters let through', async () => {
  const { ask, asked } = person({ entered: '书' }, { button: 1, name: '第一章.txt' })
  expect(await chooseFile(request('open'), ask)).toBe(path.join(folder, '书', '第一章.txt'))
  expect(asked[0]?.chooser?.entries.map(({ name }) => name)).toEqual(['..', '书'])
  expect(asked[1]?.chooser?.entries.map(({ name }) => name)).toEqual(['..', '第一章.txt'])
})

it('chooses folders', async () => {
  const { ask } = person({ entered: '书' }, { button: 1, name: '' })
  expect(await chooseFile(request('folder'), ask)).toBe(path.join(folder, '书'))
})

it('suggests a name to save under, and asks before it replaces a file', async () => {
  const file = path.join(folder, '书', '第一章.txt')
  const { ask, asked } = person(
    { button: 1, name: '第一章.txt' },
    { button: 0, name: '' },
    { button: 1, name: 'new.txt' },
  )
  expect(await chooseFile(request('save', file), ask)).toBe(path.join(folder, '书', 'new.txt'))
  expect(asked[0]?.chooser?.name).toBe('第一章.txt')
  expect(asked[1]?.title).toContain('第一章.txt')
})

it('does not open what is not there, and lets the person leave', async () => {
  const { ask, asked } = person({ button: 1, name: 'missing.txt' })
  expect(await chooseFile(request('open'), ask)).toBeUndefined()
  expect(asked).toHaveLength(2)
})
