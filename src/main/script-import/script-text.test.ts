import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { AppError } from '../../shared/kernel/index.ts'
import { MAX_SCRIPT_BYTES } from '../../shared/script/index.ts'
import { readScriptText } from './index.ts'

const fixture = (name: string): Uint8Array =>
  readFileSync(path.resolve(import.meta.dirname, '../../../test/fixtures/scripts', name))
const hans = new TextDecoder().decode(fixture('zh-hans.utf-8.txt'))
const hant = new TextDecoder().decode(fixture('zh-hant.utf-8.txt'))
const bytesOf = (binary: string): Uint8Array => Uint8Array.from(binary, (character) => character.charCodeAt(0))
const read = (bytes: Uint8Array, encoding: string | null = null) =>
  readScriptText(bytes, { encoding, fileName: 'scene.txt' })
const failure = (bytes: Uint8Array, encoding: string | null = null): AppError => {
  try {
    read(bytes, encoding)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing failed')
}

test.each([
  ['zh-hans.utf-8.txt', 'utf-8', hans],
  ['zh-hans.utf-8-bom.txt', 'utf-8', hans],
  ['zh-hans.utf-16le.txt', 'utf-16le', hans],
  ['zh-hans.utf-16be.txt', 'utf-16be', hans],
  ['zh-hans.utf-16le-unmarked.txt', 'utf-16le', hans],
  ['zh-hans.utf-16be-unmarked.txt', 'utf-16be', hans],
  ['zh-hans.gb18030.txt', 'gb18030', hans],
  ['zh-hant.utf-8.txt', 'utf-8', hant],
  ['zh-hant.big5.txt', 'big5', hant],
])('%s is found to be %s', (name, encoding, text) => {
  expect(read(fixture(name))).toEqual({ text, encoding })
})

test.each([
  ['Il était déjà très tard.', 'Il \xe9tait d\xe9j\xe0 tr\xe8s tard.', 'windows-1252'],
  ['“Hello,” she said.', '\x93Hello,\x94 she said.', 'windows-1252'],
  ['码头', '\xc2\xeb\xcd\xb7', 'gb18030'],
  ['plain ASCII', 'plain ASCII', 'utf-8'],
  ['UTF-16 ASCII', [...'UTF-16 ASCII'].map((letter) => `${letter}\0`).join(''), 'utf-16le'],
])('%s is read from few bytes', (text, binary, encoding) => {
  expect(read(bytesOf(binary))).toEqual({ text, encoding })
})

test('Chinese that comes after pages of ASCII is still found', () => {
  const ascii = bytesOf('A page of English, again and again.\n'.repeat(5000))
  const bytes = new Uint8Array([...ascii, ...fixture('zh-hans.gb18030.txt')])
  expect(read(bytes).encoding).toBe('gb18030')
})

test('an encoding that a person chose is used', () => {
  expect(read(fixture('zh-hant.big5.txt'), 'big5').text).toBe(hant)
  expect(read(fixture('zh-hans.gb18030.txt'), 'gbk').encoding).toBe('gbk')
})

test.each([
  ['one UTF-8 file after which another encoding follows', 'mixed.utf-8-then-gb18030.txt', 'utf-8', 481],
  ['another encoding before UTF-8', 'mixed.gb18030-then-utf-8.txt', 'utf-8', 0],
  ['UTF-8 that ends within a character', 'cut.utf-8.txt', 'utf-8', 99],
  ['GB18030 that ends within a character', 'cut.gb18030.txt', 'gb18030', 61],
])('%s names the encoding tried and the first bad byte', (_, name, encoding, byteOffset) => {
  expect(failure(fixture(name))).toMatchObject({
    code: 'script.undecodable',
    params: { file: 'scene.txt', encoding, byteOffset },
    remedies: ['choose-another-file', 'see-help'],
  })
})

test('a wrong choice of encoding names the first bad byte, an unknown one its own name', () => {
  expect(failure(bytesOf('abc\xffdef'), 'utf-8')).toMatchObject({ params: { encoding: 'utf-8', byteOffset: 3 } })
  expect(failure(bytesOf('ab\xc4\xe3\xffz'), 'gb18030')).toMatchObject({
    params: { encoding: 'gb18030', byteOffset: 4 },
  })
  expect(failure(bytesOf('abc'), 'klingon')).toMatchObject({
    code: 'script.undecodable',
    params: { encoding: 'klingon' },
  })
})

test.each([
  ['no bytes', ''],
  ['blanks', ' \t\r\n\n'],
  ['a byte order mark alone', '\xef\xbb\xbf'],
  ['ideographic spaces', '\xe3\x80\x80\xe3\x80\x80\n'],
])('a file of %s is empty', (_, binary) => {
  expect(failure(bytesOf(binary))).toMatchObject({ code: 'script.empty', params: { file: 'scene.txt' } })
})

test.each([
  ['an archive', 'PK\x03\x04\x14\x00'],
  ['a PDF', '%PDF-1.7\n%\xe2\xe3\xcf\xd3'],
  ['a picture', '\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR'],
  ['sound', 'RIFF\x24\x08\x00\x00WAVEfmt '],
  ['rich text', '{\\rtf1\\ansi Hello}'],
  ['text with a NUL', 'Hello\0there, nothing else is odd here'],
  ['control characters', 'a\x01b\x02c\x03d\x04'],
  [
    'noise',
    Array.from({ length: 3000 }, (_, index) => String.fromCharCode((index * index * 31 + index * 7) % 256)).join(''),
  ],
])('%s is not text', (_, binary) => {
  expect(failure(bytesOf(binary))).toMatchObject({ code: 'script.not-text', remedies: ['choose-another-file'] })
})

test('more bytes than a script may have are refused', () => {
  expect(failure(new Uint8Array(MAX_SCRIPT_BYTES + 1))).toMatchObject({
    code: 'script.too-large',
    params: { sizeBytes: MAX_SCRIPT_BYTES + 1, limitBytes: MAX_SCRIPT_BYTES },
  })
})
