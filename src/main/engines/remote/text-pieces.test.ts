import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCharacters } from '../../../shared/endpoint/index.ts'
import { textPieces } from './text-pieces.ts'

const lengthOf = (text: string): number => text.length

test('dollars that are money hide no end of a sentence', () => {
  const text = `It costs $5 today. ${'Nobody knows why. '.repeat(4)}Then it was $10.`
  for (const piece of textPieces(text, 40, lengthOf)) expect(piece).toMatch(/\.$/)
  expect(textPieces('和 $a. b$ 和', 9, lengthOf)).toContain('b$ 和')
})

test('a text under the limit is one piece', () => {
  expect(textPieces('  你好。再见。 ', 20, lengthOf)).toEqual(['你好。再见。'])
  expect(textPieces('   ', 20, lengthOf)).toEqual([])
})

test('a longer one is cut at ends of sentences, as few times as can be, and quotes stay with what they close', () => {
  expect(textPieces('一二三。四五六！“七八九？”十。', 9, lengthOf)).toEqual(['一二三。四五六！', '“七八九？”十。'])
  expect(textPieces('He left. She stayed. 3.5 is a number.', 21, lengthOf)).toEqual([
    'He left. She stayed.',
    '3.5 is a number.',
  ])
})

test('a long sentence is cut at semicolons, then commas, then spaces', () => {
  expect(textPieces('一二三，四五；六七八，九十。', 8, lengthOf)).toEqual(['一二三，四五；', '六七八，九十。'])
  expect(textPieces('in 1,000 words, or more', 16, lengthOf)).toEqual(['in 1,000 words,', 'or more'])
  expect(textPieces('one two three', 8, lengthOf)).toEqual(['one two', 'three'])
})

test('a word that is too long is cut between graphemes, and tags and formulas stay whole where they can', () => {
  expect(textPieces('👩‍👩‍👧👩‍👩‍👧', 8, lengthOf)).toEqual(['👩‍👩‍👧', '👩‍👩‍👧'])
  expect(textPieces('一 <break time="1 s"/> 二三四五', 24, lengthOf)).toEqual(['一 <break time="1 s"/>', '二三四五'])
  expect(textPieces('和 $a + b$ 和', 9, lengthOf)).toEqual(['和 $a + b$', '和'])
})

test('pieces are within the limit, in order, and all of the text', () => {
  const written = fc.string({
    unit: fc.constantFrom('你', '好', '。', '，', '；', ' ', 'a', 'b', '1', '.', ',', '!', '\n', '”', '😀'),
    maxLength: 200,
  })
  const withoutSpace = (text: string): string => text.replace(/\s/gu, '')
  fc.assert(
    fc.property(written, fc.integer({ min: 2, max: 30 }), (text, limit) => {
      const pieces = textPieces(text, limit, countCharacters)
      for (const piece of pieces) expect(countCharacters(piece)).toBeLessThanOrEqual(limit)
      expect(withoutSpace(pieces.join(''))).toBe(withoutSpace(text))
    }),
  )
})
