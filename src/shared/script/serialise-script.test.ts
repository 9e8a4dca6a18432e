import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseScript, type ScriptRow, type ScriptText, serialiseScript } from './index.ts'

const written = (speaker: string | null, text: string, startsParagraph = false): ScriptRow => ({
  speaker,
  text,
  startsParagraph,
  layout: null,
})
const structureOf = ({ script }: ScriptText) =>
  script.chapters.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ speaker, text, startsParagraph }) => ({ speaker, text, startsParagraph })),
  }))
/** The parsed text with one more row after the given one. */
const withRow = (text: string, after: number, row: ScriptRow): ScriptText => {
  const parsed = parseScript(text)
  parsed.script.chapters[0]?.rows.splice(after + 1, 0, row)
  return parsed
}

const sentence = fc.constantFrom(
  '夜色渐深。',
  '“你来了。”',
  'He left, slowly.',
  '……',
  '1986 was good',
  '你好 world',
  '# not a heading',
)
const speaker = fc.constantFrom(null, '林晚', 'Anna', 'Mr. Lee', '守门的老人', 'listen')
const row = fc.record({ speaker, text: sentence, startsParagraph: fc.boolean(), layout: fc.constant(null) })
const chapter = fc.record({
  title: fc.constantFrom('第一章 码头', 'Chapter 3', 'Epilogue', '序章'),
  layout: fc.constant(null),
  rows: fc.array(row, { maxLength: 6 }),
})
const script = fc.record({ chapters: fc.array(chapter, { maxLength: 4 }) }).map((made) => {
  for (const { rows } of made.chapters) if (rows[0]) rows[0].startsParagraph = true
  return made
})

test('a script written from nothing is read as the same script', () => {
  fc.assert(
    fc.property(script, (made) => {
      const text = serialiseScript({ script: made, tail: '' })
      expect(structureOf(parseScript(text))).toEqual(structureOf({ script: made, tail: '' }))
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['one\r\n\r\ntwo\r\nthree\r\n', 'one\r\nnew\r\n\r\ntwo\r\nthree\r\n'],
  ['　　一。\n　　二。\n三。', '　　一。\nnew\n　　二。\n三。'],
])('a row written in the studio breaks rows as its neighbours do', (text, expected) => {
  expect(serialiseScript(withRow(text, 0, written(null, 'new')))).toBe(expected)
})

test('a paragraph written in the studio is set off as its neighbours are', () => {
  expect(serialiseScript(withRow('　　一。\n　　二。', 1, written(null, '三。', true)))).toBe(
    '　　一。\n　　二。\n　　三。',
  )
  expect(serialiseScript(withRow('one\n\ntwo', 1, written(null, 'three', true)))).toBe('one\n\ntwo\n\nthree')
})

test('a speaker is named as the neighbours name theirs, without their asides', () => {
  expect(serialiseScript(withRow('【林晚】走。\n好。', 1, written('周舟', '来了。')))).toBe(
    '【林晚】走。\n好。\n【周舟】来了。',
  )
  expect(serialiseScript(withRow('林晚（低声）：走。', 0, written('周舟', '来了。')))).toBe(
    '林晚（低声）：走。\n周舟：来了。',
  )
  expect(serialiseScript(withRow('Hello.', 0, written('Anna', 'Hi.')))).toBe('Hello.\nAnna: Hi.')
})

test('a renamed speaker has the new name in every cue', () => {
  const parsed = parseScript('林晚：走。\n林晚（低声）：好。\n【林晚】来。')
  for (const row of parsed.script.chapters[0]?.rows ?? []) row.speaker = '林夕'
  expect(serialiseScript(parsed)).toBe('林夕：走。\n林夕（低声）：好。\n【林夕】来。')
})

test('a row moved away from its line break gets another one', () => {
  const parsed = parseScript('one\ntwo\nthree')
  const rows = parsed.script.chapters[0]?.rows ?? []
  rows.push(...rows.splice(0, 1))
  const text = serialiseScript(parsed)
  expect(structureOf(parseScript(text))[0]?.rows.map(({ text: line }) => line)).toEqual(['two', 'three', 'one'])
})

test('rows without text are left out', () => {
  expect(serialiseScript(withRow('one\ntwo\n', 0, written('林晚', ' ')))).toBe('one\ntwo\n')
})

test('a line break within a text does not tear its row', () => {
  expect(serialiseScript(withRow('one', 0, written(null, 'two\r\nthree')))).toBe('one\ntwo three')
})

test('a chapter title that plain text would not know is numbered', () => {
  const text = serialiseScript({
    script: {
      chapters: [
        { title: '码头', layout: null, rows: [written(null, '一。', true)] },
        { title: 'Home', layout: null, rows: [] },
      ],
    },
    tail: '',
  })
  expect(text).toBe('第1章 码头\n\n一。\n\nChapter 2: Home\n')
})
