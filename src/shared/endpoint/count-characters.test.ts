import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCharacters } from './count-characters.ts'

test.each([
  ['', 0],
  ['你好', 4],
  ['中A文123', 8],
  ['中文。', 5],
  ['中 文。', 6],
  ['こんにちは', 5],
  ['日本語テスト', 9],
  ['안녕하세요', 5],
  ['大韓民國 만세', 11],
  ['漢字', 4],
  ['Hello, world!', 13],
  ['3.14%', 5],
  ['中\n文', 5],
  ['ＡＢＣ', 3],
  ['龍🐉', 3],
  ['𠀀', 2],
  ['々〇', 2],
  ['豈', 2],
])('%j counts %i', (text, count) => {
  expect(countCharacters(text)).toBe(count)
})

test.each([
  ['<speak>你好</speak>', 4],
  ['<speak>请<break time="500ms"/>停</speak>', 4],
  ['<speak>A&amp;B</speak>', 7],
])('the tags of %j count nothing', (text, count) => {
  expect(countCharacters(text, { isSsml: true })).toBe(count)
})

/** Blocks of Unicode 16 that hold Han ideographs. @source Unicode Standard, Blocks.txt */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2ebe0],
  [0x2ebf0, 0x2ee5d],
  [0x2f800, 0x2fa1f],
  [0x30000, 0x323af],
]
const countByBlocks = (text: string): number => {
  let count = 0
  for (let index = 0; index < text.length; ) {
    const point = text.codePointAt(index) ?? 0
    count += BLOCKS.some(([first, last]) => point >= first && point <= last) ? 2 : 1
    index += point > 0xffff ? 2 : 1
  }
  return count
}

test('any text counts as its blocks say', () => {
  const anywhere = fc.oneof(
    fc.constantFrom('中', '国', '豈', '𠀀', 'か', '한', 'é', '🐉', ' ', '\n', '。', '々'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 3 }),
    fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((point) => String.fromCodePoint(point)),
  )
  fc.assert(
    fc.property(fc.array(anywhere, { maxLength: 80 }), (parts) => {
      const text = parts.join('')
      expect(countCharacters(text)).toBe(countByBlocks(text))
    }),
  )
})
