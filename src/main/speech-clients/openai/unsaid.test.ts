import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unsaid } from './unsaid.ts'

test.each([
  ['key sk-abcdef1234 is wrong', 'key sk-***1234 is wrong'],
  ['你好 is no text', '… is no text'],
  ['Not the whole: It was a dark and', 'Not the whole: …'],
  ['It was', 'It was'],
  ['two\n lines', 'two lines'],
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
        const said = unsaid(`${before}${text}${after}`, { texts: [text] })
        for (let at = 0; at + 12 <= text.length; at++) {
          const run = text.slice(at, at + 12)
          // Where it is all white it is one space after that, and tells nothing.
          if (!/\s/.test(run)) expect(said).not.toContain(run)
        }
      },
    ),
  )
})
