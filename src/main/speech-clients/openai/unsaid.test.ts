import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unsaid } from './unsaid.ts'

test.each([
  ['key sk-abcdef1234 is wrong', 'key sk-***1234 is wrong'],
  ['你好 is no text', '… is no text'],
  ['Not the whole: It was a dark and', 'Not the whole: …'],
  ['It was', 'It was'],
  ['two\n lines', 'two lines'],
  ['cut otherwise: It was a\ndark and stormy night', 'cut otherwise: …'],
])('%j is said as %j', (message, said) => {
  expect(unsaid(message, { apiKey: 'sk-abcdef1234', texts: ['你好', 'It was a dark and stormy night', 'no'] })).toBe(
    said,
  )
})

test('no twelve characters in a row of a text are left of what is said around it', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 12, maxLength: 60 }),
      fc.string({ maxLength: 30 }),
      fc.string({ maxLength: 30 }),
      (text, before, after) => {
        const line = text.replace(/\s+/gu, ' ').trim()
        const said = unsaid(`${before}${text}${after}`, { texts: [text] })
        for (let at = 0; at + 12 <= line.length; at++) expect(said).not.toContain(line.slice(at, at + 12))
      },
    ),
  )
})
