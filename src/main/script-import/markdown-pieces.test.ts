import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseScript, type Script, type ScriptText, serialiseScript } from '../../shared/script/index.ts'
import { markdownPieces } from './markdown-pieces.ts'

const parse = (text: string) => parseScript(text, {}, markdownPieces(text))
const linesOf = ({ script }: { script: Script }): string[] =>
  script.chapters.flatMap(({ rows }) =>
    rows.map(({ speaker, text }) => (speaker === null ? text : `${speaker}|${text}`)),
  )
const titlesOf = ({ script }: { script: Script }): string[] => script.chapters.map(({ title }) => title)
const firstRow = ({ script }: ScriptText) => {
  const row = script.chapters[0]?.rows[0]
  if (!row) throw new Error('no row')
  return row
}

const roughMarkdown = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\n\n', '\r\n', '\r', '  \n', '\\\n', '\t', '    ', '　　', '\ufeff', '\0'),
      fc.constantFrom(
        '# ',
        '## ',
        '===',
        '---',
        '- ',
        '* ',
        '1. ',
        '> ',
        '+++',
        '```',
        '~~~',
        '| a | b |\n|---|---|',
        '[x] ',
      ),
      fc.constantFrom(
        '*',
        '**',
        '_',
        '`',
        '~~',
        '[',
        '](u)',
        '![',
        '<b>',
        '<!--',
        '-->',
        '&amp;',
        '&#x1F600;',
        '&nope;',
        '\\*',
        '[^1]',
      ),
      fc.constantFrom(
        '林晚：',
        '**Anna**: ',
        '【周舟】',
        '你好。',
        'words go on ',
        '# 第一章',
        '[Ben]: hi',
        'title: x',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

test('any Markdown comes back byte for byte', () => {
  fc.assert(
    fc.property(roughMarkdown, (text) => {
      expect(serialiseScript(parse(text), 'markdown')).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test('what Markdown says is found again after it was written as plain text and back', () => {
  const text = '# 第一章 码头\n\n*雾*来了。\n**苏禾**：走。\n\n- 一。\n- 二。\n'
  const plain = serialiseScript(parse(text), 'text')
  expect(plain).toBe('第一章 码头\n\n雾来了。\n苏禾：走。\n\n一。\n二。\n')
  expect(linesOf(parseScript(plain))).toEqual(linesOf(parse(text)))
  const back = serialiseScript(parseScript(plain), 'markdown')
  expect(linesOf(parse(back))).toEqual(linesOf(parse(text)))
  expect(titlesOf(parse(back))).toEqual(titlesOf(parse(text)))
})

test('headings of both kinds are chapters', () => {
  const parsed = parse('before\n\n# One *more* #\n\na\n\nTwo\nrows\n===\n\nb\n\n###\n\nc\n')
  expect(titlesOf(parsed)).toEqual(['', 'One more', 'Two rows', ''])
  expect(linesOf(parsed)).toEqual(['before', 'a', 'b', 'c'])
})

test('the title of the whole is no chapter', () => {
  expect(titlesOf(parse('# The Book\n\n## One\n\na\n\n## Two\n\nb\n'))).toEqual(['One', 'Two'])
  expect(titlesOf(parse('# One\n\n## A part\n\na\n\n# Two\n\nb\n'))).toEqual(['One', 'A part', 'Two'])
})

test('marks are not spoken', () => {
  const text =
    'A **bold**, *soft*, `plain` and [linked](https://example.com) word.\n\n> Quoted &amp; \\*starred\\*.\n\n- [x] A ~~struck~~ task[^1]\n1. Counted\n'
  expect(linesOf(parse(text))).toEqual([
    'A bold, soft, plain and linked word.',
    'Quoted & *starred*.',
    'A struck task',
    'Counted',
  ])
})

test.each([
  ['front matter', '---\ntitle: x\ntags: [a]\n---\n\nspoken\n'],
  ['front matter after a byte order mark', '\ufeff---\ntitle: x\n---\n\nspoken\n'],
  ['TOML front matter', '+++\ntitle = "x"\n+++\nspoken\n'],
  ['comments', '<!-- not this -->\n\nspoken\n'],
  ['a comment within a row', 'spoken<!-- not this -->\n'],
  ['rules', '***\n\nspoken\n\n- - -\n'],
  ['code fences', '```js\nlet a = 1\n```\n\nspoken\n'],
  ['HTML', '<div class="x">\n  <p>not this</p>\n</div>\n\nspoken\n'],
  ['pictures', '![not this](a.png)\n\nspoken\n'],
  ['link definitions', 'spoken\n\n[a]: https://example.com\n'],
  ['tables', '| not | this |\n|-----|------|\n| nor | this |\n\nspoken\n'],
  ['notes', 'spoken[^1]\n\n[^1]: not this either\n'],
])('%s are kept but not spoken', (_, text) => {
  const parsed = parse(text)
  expect(linesOf(parsed)).toEqual(['spoken'])
  expect(titlesOf(parsed)).toEqual([''])
  expect(serialiseScript(parsed, 'markdown')).toBe(text)
})

test('a rule is no front matter where no key follows it', () => {
  expect(linesOf(parse('---\n\nspoken\n\n---\n\nalso\n'))).toEqual(['spoken', 'also'])
})

test('indented rows are spoken, since scripts hold no code', () => {
  expect(linesOf(parse('one\n\n    two\n\n\tthree\n'))).toEqual(['one', 'two', 'three'])
})

test('rows of a dialogue are lines, rows of wrapped prose are one', () => {
  expect(linesOf(parse('走吧。\n好。\nAnna: Hi\nBen: Ho\n'))).toEqual(['走吧。', '好。', 'Anna|Hi', 'Ben|Ho'])
  const prose = 'It was a long and winding river that nobody had ever\nfollowed to its end. They went\non.'
  expect(linesOf(parse(prose))).toEqual([
    'It was a long and winding river that nobody had ever followed to its end. They went on.',
  ])
  expect(linesOf(parse('Roses are red\nViolets are blue  \nand so on'))).toEqual([
    'Roses are red',
    'Violets are blue',
    'and so on',
  ])
})

test.each([
  ['**林晚**：走。', '**{name}**：', '走。'],
  ['**林晚：** 走。', '**{name}：** ', '走。'],
  ['**林晚：走。**', '**{name}：', '走。'],
  ['- 林晚：*轻声*走。', '{name}：', '轻声走。'],
  ['[林晚]: 走。', '[{name}]: ', '走。'],
])('%s is spoken by 林晚', (row, cue, text) => {
  expect(firstRow(parse(row))).toMatchObject({ speaker: '林晚', text, layout: { cue } })
})

test('an edited row loses its marks, keeps its place and says what it says', () => {
  const edited = (text: string, change: string): string => {
    const parsed = parse(text)
    firstRow(parsed).text = change
    const written = serialiseScript(parsed, 'markdown')
    expect(firstRow(parse(written)).text).toBe(change)
    return written
  }
  expect(edited('> - a *soft* word\n', 'a loud word')).toBe('> - a loud word\n')
  expect(edited('**林晚：走。**\n', '好。')).toBe('**林晚：好。**\n')
  expect(edited('a\n', '# 5 * 6 < [x] & `y` _z_ \\')).toBe('\\# 5 \\* 6 \\< \\[x\\] \\& \\`y\\` \\_z\\_ \\\\\n')
  edited('a\n', '1. first')
  edited('a\n', '- dash')
  edited('a\n', '~~~')
})

test('an edited row that ends without a stop does not run into the next', () => {
  const parsed = parse('One.\ntwo.\n')
  firstRow(parsed).text = 'Edited'
  const written = serialiseScript(parsed, 'markdown')
  expect(written).toBe('Edited  \ntwo.\n')
  expect(linesOf(parse(written))).toEqual(['Edited', 'two.'])
})

test('any text typed into a row is read back from Markdown', () => {
  const typed = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '*',
          '_',
          '`',
          '~~',
          '[a](b)',
          '<b>',
          '&amp;',
          '#',
          '-',
          '1.',
          '>',
          '=',
          '|',
          ' ',
          '你好',
          'ok',
          '\\',
        ),
        fc.string({ unit: 'grapheme', maxLength: 4 }),
      ),
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) =>
      parts
        .join('')
        .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200b\u2060\ufeff]/gu, '')
        .trim(),
    )
    .filter((text) => text !== '')
  fc.assert(
    fc.property(typed, (text) => {
      const written = serialiseScript(
        {
          script: {
            chapters: [
              { title: '', layout: null, rows: [{ speaker: null, text, startsParagraph: true, layout: null }] },
            ],
          },
          tail: '',
        },
        'markdown',
      )
      expect(
        parseScript(written, { detectDialogue: false }, markdownPieces(written)).script.chapters[0]?.rows[0]?.text,
      ).toBe(text)
    }),
    { numRuns: 500 },
  )
})

test('a row added to a list is an item of it', () => {
  const parsed = parse('- one.\n- two.\n')
  parsed.script.chapters[0]?.rows.splice(1, 0, { speaker: null, text: 'new.', startsParagraph: false, layout: null })
  expect(serialiseScript(parsed, 'markdown')).toBe('- one.\n- new.\n- two.\n')
})

test('a long row is split at sentences with its marks shared out', () => {
  const text = `**Anna**: ${'A *soft* word. '.repeat(400)}end\n`
  const parsed = parseScript(text, { splitLongLines: true }, markdownPieces(text))
  expect(parsed.problems).toEqual([])
  expect(parsed.script.chapters[0]?.rows.length).toBe(2)
  expect(serialiseScript(parsed, 'markdown')).toBe(text)
})

const sentence = fc.constantFrom(
  '夜色渐深。',
  'He left, slowly.',
  'no stop at the end',
  '- dash',
  '# five',
  '1. one',
  '> more',
  '*',
  '你好 world',
  '1986 was good',
  '===',
  '+++',
)
const writtenRow = fc.record({
  speaker: fc.constantFrom(null, '林晚', 'Anna', '守门的老人'),
  text: sentence,
  startsParagraph: fc.boolean(),
  layout: fc.constant(null),
})
const writtenScript = fc
  .array(
    fc.record({
      title: fc.constantFrom('第一章 码头', 'Home', '*Stars* & more', '# 3'),
      layout: fc.constant(null),
      rows: fc.array(writtenRow, { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((chapters): Script => {
    for (const { rows } of chapters) if (rows[0]) rows[0].startsParagraph = true
    return { chapters }
  })

test('a script written from nothing is read as the same script', () => {
  const structureOf = ({ chapters }: Script) =>
    chapters.map(({ title, rows }) => ({
      title,
      rows: rows.map(({ speaker, text, startsParagraph }) => ({ speaker, text, startsParagraph })),
    }))
  fc.assert(
    fc.property(writtenScript, (script) => {
      const text = serialiseScript({ script, tail: '' }, 'markdown')
      expect(structureOf(parse(text).script)).toEqual(structureOf(script))
    }),
    { numRuns: 500 },
  )
})
