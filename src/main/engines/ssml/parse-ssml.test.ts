import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/kernel/index.ts'
import { isSsml, parseSsml, type SsmlNode, textOfNodes } from './parse-ssml.ts'

const refusalOf = (text: string): unknown => {
  try {
    parseSsml(text)
    return 'read'
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { reason, line, column } = error.params
    return [error.code, reason, line, column]
  }
}
const invalid = (reason: string, line: number, column: number) => ['script.ssml-invalid', reason, line, column]

test('what begins with speak is SSML, after a prolog or a document type as well', () => {
  for (const text of ['<speak>a</speak>', '  <speak rate="1">', '<speak', '<?xml version="1.0"?>\n<speak/>'])
    expect(isSsml(text), text).toBe(true)
  expect(isSsml('<!DOCTYPE speak [<!ENTITY a "b">]><speak>&a;</speak>')).toBe(true)
  for (const text of ['', 'speak', '<speaker>a</speaker>', '<speak-up/>', 'He said <speak>', '<!DOCTYPE html>'])
    expect(isSsml(text), text).toBe(false)
})

test('elements, attributes and text are read, entities decoded, comments left out', () => {
  const [document] = parseSsml(
    '<?xml version="1.0" encoding="UTF-8"?> <speak rate="1.2" voice=\'a &quot;b&quot;\'>A&amp;B &#x597d;<!-- no -->' +
      '<sub alias="C &gt; D">x</sub><![CDATA[<break/>]]><break time="1s"/></speak>',
  )
  expect(document).toEqual({
    name: 'speak',
    attributes: new Map(Object.entries({ rate: '1.2', voice: 'a "b"' })),
    children: [
      'A&B 好',
      { name: 'sub', attributes: new Map([['alias', 'C > D']]), children: ['x'] },
      '<break/>',
      { name: 'break', attributes: new Map([['time', '1s']]), children: [] },
    ],
  })
  expect(textOfNodes(document?.children ?? [])).toBe('A&B 好x<break/>')
})

test('several documents follow each other', () => {
  expect(parseSsml('<speak>一</speak> <!-- and --> <speak>二</speak>').map((node) => textOfNodes([node]))).toEqual([
    '一',
    '二',
  ])
})

test('what is no SSML is refused with the place and the reason', () => {
  const refusals: readonly (readonly [string, ...unknown[]])[] = [
    ['<speak>a', 'endTag', 1, 9],
    ['<speak>a</speak></speak>', 'endTag', 1, 17],
    ['<speak>a</d><d></speak>', 'endTag', 1, 9],
    ['<speak>\n一<break></speak>', 'endTag', 2, 9],
    ['<speak>\r\n一\r<b></speak>', 'endTag', 3, 4],
    ['<speak>😀😀<b></speak>', 'endTag', 1, 15],
    ['<speak rate=1>a</speak>', 'attribute', 1, 13],
    ['<speak a="1" a="2">a</speak>', 'attribute', 1, 19],
    ['<speak>A & B</speak>', 'ampersand', 1, 12],
    ['<speak>&#0;</speak>', 'ampersand', 1, 12],
    ['<speak>&nbsp;</speak>', 'entity', 1, 8],
    ['<speak', 'malformed', 1, 7],
    ['<speak>a<!DOCTYPE a></speak>', 'doctype', 1, 9],
    ['<!DOCTYPE speak><speak>a</speak>', 'doctype', 1, 1],
    ['<?xml version="1.0"?><!DOCTYPE speak><speak>a</speak>', 'doctype', 1, 22],
    ['<speak>a<speak>b</speak></speak>', 'nested', 1, 9],
    ['<speak>a<p><speak>b</speak></p></speak>', 'nested', 1, 12],
    ['<speak>😀</speak>, and then', 'outside', 1, 18],
    ['<speak>a</speak><p>b</p>', 'outside', 1, 17],
    ['<speak>\u0001</speak>', 'malformed', 1, 8],
  ]
  for (const [text, reason, line, column] of refusals)
    expect([text, refusalOf(text)]).toEqual([text, invalid(String(reason), Number(line), Number(column))])
})

test('a refusal quotes nothing of the text', () => {
  expect.assertions(3)
  try {
    parseSsml('<speak>a secret <b></speak>')
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    expect(error.message).not.toContain('secret')
    expect(JSON.stringify(error.toData())).not.toContain('secret')
    expect(error.cause).toBeUndefined()
  }
})

test('what is made to be large is refused at once', () => {
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')
  const hostile: readonly (readonly [string, string])[] = [
    [`<?xml version="1.0"?><!DOCTYPE speak [<!ENTITY l0 "ha">${laughs}]><speak>&l9;</speak>`, 'doctype'],
    ['<!DOCTYPE speak [<!ENTITY a SYSTEM "file:///etc/passwd">]><speak>&a;</speak>', 'doctype'],
    [`<speak>${'<a>'.repeat(6000)}</speak>`, 'endTag'],
    [`<speak>${'<p>'.repeat(2000)}a${'</p>'.repeat(2000)}</speak>`, 'tooDeep'],
    [`<speak>${'<p>'.repeat(33)}a${'</p>'.repeat(33)}</speak>`, 'tooDeep'],
    [`<speak>${'一'.repeat(1_000_000)}</speak>`, 'tooLarge'],
    [`<speak>${'<break/>'.repeat(125_000)}</speak>`, 'tooLarge'],
    [`<speak ${'a'.repeat(19_000)}`, 'attribute'],
    [`<speak>${'\r'.repeat(19_000)}a`, 'endTag'],
    [`<speak>${'&amp;'.repeat(3900)}`, 'endTag'],
    [`<speak>${'<![CDATA['.repeat(2000)}`, 'malformed'],
  ]
  for (const [text, reason] of hostile) {
    const startedMs = performance.now()
    const refused = refusalOf(text)
    expect([text.slice(0, 40), Array.isArray(refused) && refused[1]]).toEqual([text.slice(0, 40), reason])
    expect(performance.now() - startedMs, text.slice(0, 40)).toBeLessThan(500)
  }
})

test('where little room is left to nest in, nesting is refused all the same', async () => {
  const source = JSON.stringify(new URL('./parse-ssml.ts', import.meta.url).href)
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    import(${source}).then(({ parseSsml }) => {
      try {
        parseSsml('<speak>' + '<a>'.repeat(6000) + '</speak>')
      } catch (error) {
        parentPort.postMessage(error.params?.reason ?? String(error))
      }
    })`,
    { eval: true, resourceLimits: { stackSizeMb: 0.5 } },
  )
  expect((await once(worker, 'message'))[0]).toBe('tooDeep')
  await worker.terminate()
})

test('names of attributes that mean something to JavaScript are attributes like any other', () => {
  const [document] = parseSsml('<speak __proto__="a" constructor="b">一</speak>')
  expect([...(document?.attributes ?? [])]).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
})

// A second, simple reading: tags are cut out where they stand, and what is between them is decoded.
const SIMPLE_ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const simply = (ssml: string): string[] =>
  ssml
    .split(/<[^>]*>/)
    .map((text) => text.replace(/&(\w+);/g, (_, name: string) => SIMPLE_ENTITIES[name] ?? '?'))
    .filter((text) => text !== '')
const textsOf = (nodes: readonly SsmlNode[]): string[] =>
  nodes.flatMap((node) => (typeof node === 'string' ? [node] : textsOf(node.children)))

const word = fc.string({
  unit: fc.constantFrom(
    '一',
    '你',
    'a',
    '。',
    ' ',
    '😀',
    '&amp;',
    '&lt;',
    '&gt;',
    '&quot;',
    '&apos;',
    '"',
    "'",
    ']',
    '\n',
  ),
  minLength: 1,
  maxLength: 8,
})
const tree = fc.letrec<{ node: string; nodes: string }>((tie) => ({
  nodes: fc.array(tie('node'), { maxLength: 5 }).map((nodes) => nodes.join('')),
  node: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.constantFrom('<break/>', '<break time="50ms" />', '<soundEvent src="https://a/b.wav"></soundEvent>'),
    fc
      .tuple(fc.constantFrom('sub', 'say-as', 'phoneme', 'p'), fc.constantFrom('', ' alias="A &amp; B"'), tie('nodes'))
      .map(([name, attributes, inner]) => `<${name}${attributes}>${inner}</${name} >`),
  ),
})).nodes

test('texts are those that a simple reading finds, in the same order', () => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), (inner) => {
      const ssml = inner.map((text) => `<speak rate="1">${text}</speak>`).join('\n ')
      const read = parseSsml(ssml).map((document) => textsOf([document]))
      expect(read).toEqual(inner.map(simply))
    }),
  )
})

test('whatever is cut short or changed is read or refused, and nothing else', () => {
  const whole = '<speak rate="1.5" voice="a">你好&amp;<break time="1s"/><sub alias="b">c</sub>。<![CDATA[d]]></speak>'
  const signs = fc.constantFrom(
    '<',
    '>',
    '/',
    '&',
    ';',
    '"',
    "'",
    '!',
    '?',
    '-',
    ']',
    '[',
    '=',
    'a',
    '\uD83D',
    '\u0000',
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length), fc.nat(3), signs), { maxLength: 4 }), (changes) => {
      let text = whole
      for (const [at, length, sign] of changes) text = text.slice(0, at) + sign + text.slice(at + length)
      const refused = refusalOf(text)
      if (Array.isArray(refused)) expect(refused[0]).toBe('script.ssml-invalid')
    }),
    { numRuns: 2000 },
  )
})
