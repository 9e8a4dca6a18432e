import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_LINE_CHARACTERS, parseScript, type ScriptText, serialiseScript, splitAtSentences } from './index.ts'

const linesOf = ({ script }: ScriptText): [string | null, string][] =>
  script.chapters.flatMap(({ rows }) => rows.map(({ speaker, text }): [string | null, string] => [speaker, text]))
const paragraphsOf = ({ script }: ScriptText): boolean[] =>
  script.chapters.flatMap(({ rows }) => rows.map(({ startsParagraph }) => startsParagraph))

/** Text of the kind that goes wrong: odd breaks, blanks, cues, headings, stars. */
const roughText = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\u2028', '\f', ' ', '　　', '\t', '\u00a0', '\ufeff', '\u200b'),
      fc.constantFrom(
        '林晚：',
        'Anna: ',
        '【老船长】',
        '[Ben] ',
        '他说：',
        '12:30',
        '{name}',
        '第一章 码头',
        'Chapter 3',
        '***',
        '：',
        ':',
      ),
      fc.constantFrom('你好。', 'Hello there. ', '“嗯？”', '…', '👩‍👩‍👧', '\ud800', '\0'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

test('any text comes back byte for byte', () => {
  fc.assert(
    fc.property(roughText, fc.boolean(), (text, detectDialogue) => {
      expect(serialiseScript(parseScript(text, { detectDialogue }))).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test('any text comes back when its long rows are split', () => {
  const longRow = fc
    .array(
      fc.constantFrom(
        '夜色渐深，',
        '灯灭了。',
        'He went on, ',
        'and on. ',
        'x'.repeat(700),
        ' '.repeat(4100),
        '👩‍👩‍👧'.repeat(300),
      ),
      {
        minLength: 5,
        maxLength: 30,
      },
    )
    .chain((parts) => fc.constantFrom('', '林晚：', '【Anna】').map((cue) => cue + parts.join('')))
  fc.assert(
    fc.property(fc.array(fc.oneof(longRow, roughText), { maxLength: 4 }), (texts) => {
      const text = texts.join('\n')
      const parsed = parseScript(text, { splitLongLines: true })
      expect(serialiseScript(parsed)).toBe(text)
      expect(parsed.problems).toEqual([])
      for (const [, line] of linesOf(parsed)) expect(line.length).toBeLessThanOrEqual(MAX_LINE_CHARACTERS)
    }),
    { numRuns: 100 },
  )
})

test('every row that shows something is a line, without the blanks around it', () => {
  const parsed = parseScript('  first \n\n\tsecond\r\n　third　\r\rlast')
  expect(linesOf(parsed)).toEqual([
    [null, 'first'],
    [null, 'second'],
    [null, 'third'],
    [null, 'last'],
  ])
})

test('a blank row or indentation starts a paragraph', () => {
  expect(paragraphsOf(parseScript('one\ntwo\n\nthree\nfour\n　　five\n  six\n seven\n\teight'))).toEqual([
    true,
    false,
    true,
    false,
    true,
    true,
    false,
    true,
  ])
})

test('rows of stars or dashes set scenes apart and are not spoken', () => {
  const text = 'one\n* * *\ntwo\n------\nthree\n……\n'
  expect(linesOf(parseScript(text)).map(([, line]) => line)).toEqual(['one', 'two', 'three', '……'])
  expect(paragraphsOf(parseScript(text))).toEqual([true, true, true, false])
})

test.each([
  '第一章 码头',
  '第十二回　风雪',
  '第3话',
  '第三章：夜船',
  '序章',
  '尾声 灯',
  'Chapter 3',
  'CHAPTER III: The Sea',
  'Chapter Twelve. Home',
  'Act I - The Quay',
  'Part 2 – Upstream',
  'Epilogue',
])('plain text knows %s for a heading', (heading) => {
  const { script } = parseScript(`before\n\n${heading}\nafter`)
  expect(script.chapters.map(({ title }) => title)).toEqual(['', heading])
})

test.each([
  '第一章讲的是一个很长很长的故事，你听我说。',
  '第一次见面',
  '第一章写完了。',
  'Chapter 3 was the worst of all.',
  'Part of me',
  'Act on it',
  'Scene 4 begins here',
  'Introductions were made',
  'Chapter 3, they said,',
])('plain text takes %s for a line', (row) => {
  const { script } = parseScript(`before\n\n${row}\nafter`)
  expect(script.chapters.map(({ title }) => title)).toEqual([''])
})

test('a title without a separator needs a blank row before it', () => {
  expect(parseScript('前文\n\n第一章码头\n后文').script.chapters).toHaveLength(2)
  expect(parseScript('前文\n第一章码头\n后文').script.chapters).toHaveLength(1)
})

test('a row that is too long is a problem named with its number, until it may be split', () => {
  const text = `short\n\n${'长句子。'.repeat(1500)}\r\nAnna: ${'x'.repeat(4001)}`
  expect(parseScript(text).problems).toEqual([
    { rowNumber: 3, code: 'script.line-too-long', characters: 6000 },
    { rowNumber: 4, code: 'script.line-too-long', characters: 4001 },
  ])
  const split = parseScript(text, { splitLongLines: true })
  expect(split.problems).toEqual([])
  expect(linesOf(split).map(([speaker, { length }]) => [speaker, length])).toEqual([
    [null, 5],
    [null, 4000],
    [null, 2000],
    ['Anna', 4000],
    ['Anna', 1],
  ])
  expect(paragraphsOf(split)).toEqual([true, true, false, false, false])
  expect(split.script.chapters[0]?.rows[2]?.layout).toMatchObject({ before: '', cue: '' })
})

test('10,000 rows are parsed and written within a second', () => {
  const text = Array.from({ length: 10_000 }, (_, index) =>
    index % 3 === 0 ? `林晚：第${index}句，你怎么才来？` : `夜色渐深，城里的灯一盏盏亮起来。${index}`,
  ).join('\n')
  const start = performance.now()
  expect(serialiseScript(parseScript(text))).toBe(text)
  expect(performance.now() - start).toBeLessThan(1000)
})

test('pieces of a split text join to it, fit, and keep code points whole', () => {
  fc.assert(
    fc.property(roughText, fc.integer({ min: 2, max: 30 }), (text, maxCharacters) => {
      const pieces = splitAtSentences(text, maxCharacters)
      expect(pieces.join('')).toBe(text)
      for (const piece of pieces) {
        expect(piece.length).toBeLessThanOrEqual(maxCharacters)
        if (!/\p{Cs}/u.test(text)) expect(piece).not.toMatch(/\p{Cs}/u)
      }
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['他走了。“真的？”她问，不知道。', 12, ['他走了。“真的？”', '她问，不知道。']],
  [
    'Mr. Lee went home. He said: "Stop!" Then 3.14 was it.',
    36,
    ['Mr. Lee went home. He said: "Stop!" ', 'Then 3.14 was it.'],
  ],
  ['「もう帰るよ。」と彼は言った。雨だった。', 16, ['「もう帰るよ。」と彼は言った。', '雨だった。']],
  ['没有句号只有逗号，一直写下去，写下去', 12, ['没有句号只有逗号，', '一直写下去，写下去']],
  ['Hello. Then Mr. Lee left.', 17, ['Hello. ', 'Then Mr. Lee ', 'left.']],
  ['no marks at all just words', 14, ['no marks at ', 'all just words']],
  ['👩‍👩‍👧👩‍👩‍👧', 10, ['👩‍👩‍👧', '👩‍👩‍👧']],
])('%s is cut at the best place', (text, maxCharacters, pieces) => {
  expect(splitAtSentences(text, maxCharacters)).toEqual(pieces)
})
