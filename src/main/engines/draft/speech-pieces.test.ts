import fc from 'fast-check'
import { expect, test } from 'vitest'
import { speechPieces } from './speech-pieces.ts'

const pieces = (text: string) => speechPieces([{ espeakVoice: 'cmn', text }])

test('a short line stays whole, so that it keeps its melody', () => {
  expect(pieces('Dr. Smith came. He sat down.').map(({ text }) => text)).toEqual(['Dr. Smith came. He sat down.'])
})

test('a long line ends its pieces at sentences', () => {
  const text = '夜色渐深，城里的灯一盏盏亮起来。'.repeat(30)
  for (const piece of pieces(text)) expect(piece.text).toMatch(/。$/)
})

test('without sentences it is cut at a comma or a space, and without those anywhere but inside a character', () => {
  for (const piece of pieces('word '.repeat(100))) expect(piece.text).toMatch(/^(word ?)+$/)
  for (const piece of pieces('𠮷'.repeat(500))) expect(piece.text).toMatch(/^𠮷+$/u)
})

test('a pause after a piece is as long as its ending asks', () => {
  const after = (text: string) => pieces(text)[0]?.pauseSec ?? 0
  expect(after('他说：“走吧。”')).toBe(after('Go!'))
  expect(after('Go!')).toBeGreaterThan(after('first, '))
  expect(after('first, ')).toBeGreaterThan(after('我在 '))
})

test('pieces together are the text and none is longer than 200', () => {
  const part = fc.constantFrom('夜', 'word', ' ', '，', '。', '. ', '3.14', '\n', '𠮷', '”', '...')
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 900 }), (parts) => {
      const found = pieces(parts.join(''))
      expect(found.map(({ text }) => text).join('')).toBe(parts.join(''))
      for (const { text } of found) {
        expect(text.length).toBeGreaterThan(0)
        expect(text.length).toBeLessThanOrEqual(200)
        expect(text).not.toMatch(/\p{Surrogate}/u)
      }
    }),
  )
})
