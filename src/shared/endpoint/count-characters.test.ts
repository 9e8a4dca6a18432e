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
  ['\uf900', 2],
  ['\u{2f800}', 2],
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

const from = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((point) => String.fromCodePoint(point))
/** Signs of all kinds that are written next to ideographs, and ideographs of all planes that have them. */
const sign = fc.oneof(
  fc.constantFrom(
    '中',
    '国',
    '\uf900',
    '\u{2f81a}',
    '𠀀',
    'か',
    '한',
    'é',
    '🐉',
    ' ',
    '\n',
    '。',
    '々',
    '〇',
    '\ud840',
    '\udc00',
  ),
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }),
  from(0x4e00, 0x9fa5),
  from(0x3400, 0x4db5),
  from(0x20000, 0x2a6d0),
  from(0x30000, 0x3134a),
  from(0xac00, 0xd7a3),
  from(0x1100, 0x11ff),
  from(0x3000, 0x30ff),
  from(0x2e80, 0x2fd5),
  from(0xff00, 0xffef),
  from(0x1f300, 0x1faff),
)

test('any text counts as its blocks say', () => {
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 80 }), (parts) => {
      const text = parts.join('')
      expect(countCharacters(text)).toBe(countByBlocks(text))
    }),
  )
})

test('tags count nothing wherever they are, and as text where there is no SSML', () => {
  const tag = fc.constantFrom('<break/>', '<sub alias="二〇">', '</sub>', '<phoneme alphabet="py" ph="cao3">', '<p\n>')
  const text = fc.array(sign, { maxLength: 20 }).map((parts) => parts.join('').replaceAll(/[<>]/g, ''))
  fc.assert(
    fc.property(fc.array(fc.tuple(text, tag), { maxLength: 10 }), text, (parts, last) => {
      const ssml = `<speak>${parts.flat().join('')}${last}</speak>`
      const spoken = [...parts.map(([words]) => words), last]
      expect(countCharacters(ssml, { isSsml: true })).toBe(spoken.reduce((sum, words) => sum + countByBlocks(words), 0))
      expect(countCharacters(ssml)).toBe(countByBlocks(ssml))
    }),
  )
})
