import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_SCRIPT_BYTES, serialiseScript } from '../../shared/script/index.ts'
import { loadScriptFile, previewScript, readScript, readScriptFile, scriptFileSize } from './index.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'script-import-'))
})
afterAll(() => rm(directory, { recursive: true }))

const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) })
const sample = path.resolve(import.meta.dirname, '../../../resources/sample/night-boat.md')

test('the sample is a scene of two chapters and two voices beside the narrator', async () => {
  const preview = previewScript(await loadScriptFile(sample))
  expect(preview).toMatchObject({
    format: 'markdown',
    encoding: 'utf-8',
    chapterCount: 2,
    lineCount: 55,
    characterCount: 3,
    speakers: [
      { name: '苏禾', lineCount: 16 },
      { name: 'Elias', lineCount: 16 },
    ],
    problems: [],
  })
  expect(preview.sample[0]).toEqual({
    chapterTitle: '第一章 码头',
    speaker: null,
    text: '末班船在十一点四十分开，今晚也是。',
  })
})

test('the sample is written back as it is', async () => {
  const file = await loadScriptFile(sample)
  expect(serialiseScript(readScript(file), 'markdown')).toBe(new TextDecoder().decode(file.bytes))
})

test('a preview shows the beginning, not all', () => {
  const preview = previewScript(file('a.txt', '一句。\n'.repeat(1000)))
  expect(preview.lineCount).toBe(1000)
  expect(preview.sample).toHaveLength(50)
  expect(preview.sample[0]?.chapterTitle).toBeNull()
})

test.each([
  ['a.md', 'one *two*', 'markdown'],
  ['a.MARKDOWN', 'one *two*', 'markdown'],
  ['a.txt', 'one *two*', 'text'],
  ['a.txt', '# One\n\ntwo', 'markdown'],
  ['', '#hashtag\none', 'text'],
])('%s with %j is read as %3$s', (name, text, format) => {
  expect(previewScript(file(name, text)).format).toBe(format)
})

test('a chosen format is used', () => {
  expect(readScript(file('a.md', '# one'), { format: 'text' }).script.chapters[0]?.rows[0]?.text).toBe('# one')
})

test('a file on disk is read, and written back as it was', async () => {
  const text = '第一章\r\n\r\n　　雾。\r\n林晚：走。'
  await writeFile(path.join(directory, 'one.txt'), text)
  const read = await readScriptFile(path.join(directory, 'one.txt'))
  expect(serialiseScript(read, read.format)).toBe(text)
  expect(await scriptFileSize(path.join(directory, 'one.txt'))).toBe(new TextEncoder().encode(text).length)
})

test('a row that is too long can be previewed but not imported, until it is split', () => {
  const long = file('a.txt', `ok\n${'长句。'.repeat(2000)}\n`)
  expect(previewScript(long).problems).toEqual([{ rowNumber: 2, code: 'script.line-too-long', characters: 6000 }])
  expect(() => readScript(long)).toThrow(
    expect.objectContaining({
      code: 'script.line-too-long',
      params: { file: 'a.txt', row: 2, characters: 6000, limit: 4000, lines: 1 },
      remedies: ['split-long-lines', 'choose-another-file'],
    }),
  )
  expect(readScript(long, { splitLongLines: true }).script.chapters[0]?.rows).toHaveLength(3)
})

test.each([
  ['only rules', 'a.md', '---\n\n***\n'],
  ['only stars', 'a.txt', '* * *\n'],
])('a script of %s is empty', (_, name, text) => {
  expect(() => readScript(file(name, text))).toThrow(expect.objectContaining({ code: 'script.empty' }))
})

test('more lines than a project may have are refused', () => {
  expect(() => readScript(file('a.txt', 'x\n'.repeat(100_001)))).toThrow(
    expect.objectContaining({
      code: 'script.too-large',
      params: { file: 'a.txt', lines: 100_001, limitLines: 100_000 },
    }),
  )
})

test('a file that is too large is refused by its size alone', async () => {
  const huge = path.join(directory, 'huge.txt')
  await writeFile(huge, '')
  await truncate(huge, 50 * MAX_SCRIPT_BYTES)
  const start = performance.now()
  await expect(readScriptFile(huge)).rejects.toMatchObject({
    code: 'script.too-large',
    params: { file: 'huge.txt', sizeBytes: 50 * MAX_SCRIPT_BYTES, limitBytes: MAX_SCRIPT_BYTES },
    remedies: ['choose-another-file'],
  })
  expect(performance.now() - start).toBeLessThan(500)
})

test('a file that is gone, or a folder, says so', async () => {
  await expect(readScriptFile(path.join(directory, 'gone.txt'))).rejects.toMatchObject({
    code: 'script.file-unreadable',
    params: { file: 'gone.txt', reason: 'ENOENT' },
    remedies: ['check-permissions', 'choose-another-file'],
  })
  await expect(readScriptFile(directory)).rejects.toMatchObject({
    code: 'script.file-unreadable',
    params: { reason: 'EISDIR' },
  })
})

test('a preview names each chapter once, where it begins', () => {
  const text = 'Before.\n\n# One\n\nFirst.\nSecond.\n\n# Two\n\nThird.\n'
  const { sample } = previewScript({ name: 'a.md', bytes: new TextEncoder().encode(text) })
  expect(sample.map((row) => row.chapterTitle)).toEqual([null, 'One', null, 'Two'])
})
