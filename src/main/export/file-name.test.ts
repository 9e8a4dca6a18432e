import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { exportFileNames, safeFileName } from './file-name.ts'

test.each([
  ['The Harbour', 'The Harbour'],
  ['第一章：海港 😀', '第一章：海港 😀'],
  ['Part 1/2: "Who?"', 'Part 1-2- -Who--'],
  ['  two \n lines\t ', 'two lines'],
  ['to be continued...', 'to be continued'],
  ['...hidden', 'hidden'],
  ['con', '_con'],
  ['NUL.tar', '_NUL.tar'],
  ['COM1', '_COM1'],
  ['lpt¹', '_lpt¹'],
  ['console', 'console'],
  ['cafe\u0301', 'café'],
  ['evil\u202egpj.exe', 'evilgpj.exe'],
  ['half \ud83d of a pair', 'half of a pair'],
  ['family 👨‍👩‍👧', 'family 👨‍👩‍👧'],
  ['..', 'Untitled'],
  ['', 'Untitled'],
])('%j becomes %j', (title, expected) => {
  expect(safeFileName(title)).toBe(expected)
})

test('a long title is cut between characters as people see them', () => {
  expect(safeFileName('书'.repeat(300))).toBe('书'.repeat(66))
  expect(safeFileName(`${'a'.repeat(190)}👨‍👩‍👧`)).toBe('a'.repeat(190))
  expect(safeFileName(`${'a'.repeat(199)}. tail`)).toBe('a'.repeat(199))
})

test('any title makes a file that this disk accepts under exactly that name, and cleaning it again changes nothing', () => {
  using folder = temporaryFolder()
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (title) => {
      const name = safeFileName(title)
      const file = path.join(folder.directory, `${name}.wav`)
      expect(path.dirname(file)).toBe(folder.directory)
      writeFileSync(file, '')
      expect(existsSync(file)).toBe(true)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(201)
      expect(safeFileName(name)).toBe(name)
    }),
  )
})

test('formats that share an extension get names of their own', () => {
  const wav = { format: 'wav', sampleRateHz: 24_000, channelCount: 1, sampleFormat: 'int16' } as const
  const opus = { format: 'opus', sampleRateHz: 24_000, channelCount: 1, bitrateKbps: 32 } as const
  expect(exportFileNames('a/b', [wav, opus, { ...wav, sampleFormat: 'float32' }])).toEqual([
    'a-b.wav',
    'a-b.opus',
    'a-b 2.wav',
  ])
})
