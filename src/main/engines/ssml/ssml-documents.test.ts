import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countCharacters } from '../../../shared/endpoint/index.ts'
import { parseSsml, type SsmlElement, textOfNodes } from './parse-ssml.ts'
import { ssmlDocuments } from './ssml-documents.ts'

const counted = (ssml: string): number => countCharacters(ssml, { isSsml: true })
const textsOf = (text: string, limit = 2000): readonly string[] => ssmlDocuments(text, limit, counted).texts
const remarked = (text: string): string[] =>
  ssmlDocuments(text, 2000, counted).remarks.map(({ field, reason }) => `${field} ${reason}`)

test('what fits is sent as it is', () => {
  const text = '<speak rate="1.2">A&#38;B<!-- c --><break   time="1s"></break> 好</speak>\n<speak>二</speak>'
  expect(textsOf(` ${text} `)).toEqual([text])
})

test('what is too long is cut at ends of sentences, each document with the attributes that it had', () => {
  const text =
    '<speak rate="1.2" voice="a&quot;b">一二三。<break time="1s"/>四五<sub alias="x&lt;y">六</sub>！七八九？十</speak>'
  const opening = '<speak rate="1.2" voice="a&quot;b">'
  expect(textsOf(text, 8)).toEqual([
    `${opening}一二三。</speak>`,
    `${opening}<break time="1s"/>四五<sub alias="x&lt;y">六</sub>！</speak>`,
    `${opening}七八九？</speak>`,
    `${opening}十</speak>`,
  ])
  expect(textsOf(text, 14)).toHaveLength(2)
})

test('no element is cut, and ends of sentences within one are none', () => {
  const inner = '<say-as interpret-as="characters">一。二。三。</say-as>'
  expect(textsOf(`<speak>四。${inner}五。</speak>`, 6)).toEqual([
    '<speak>四。</speak>',
    `<speak>${inner}</speak>`,
    '<speak>五。</speak>',
  ])
})

test('signs that XML writes otherwise count as they are written, and stay what they are', () => {
  expect(textsOf('<speak>A &amp; B. C &lt; D.</speak>', 12)).toEqual([
    '<speak>A &amp; B.</speak>',
    '<speak>C &lt; D.</speak>',
  ])
})

test('several documents are cut each on its own, and those with nothing to say are left out', () => {
  expect(textsOf('<speak rate="2">一二三四。</speak><speak>。</speak><speak rate="1">五。六。</speak>', 10)).toEqual([
    ...['<speak rate="2">一二三四。</speak>', '<speak rate="1">五。六。</speak>'],
  ])
})

test('what is in CDATA counts, though it looks like a tag', () => {
  expect(textsOf('<speak><![CDATA[一二。三四。]]></speak>', 6)).toEqual([
    '<speak>一二。</speak>',
    '<speak>三四。</speak>',
  ])
})

test('what the vendor does not know of is remarked on', () => {
  expect(
    remarked(
      '<speak rate="1.2" pitch="0.5" volume="100" voice="v" effect="eq" effectValue="1 2" bgm="b" backgroundMusicVolume="2" version="1.0">' +
        '一<break/><break time="10s"/><break time="10000ms"/><sub alias="a">b</sub><phoneme alphabet="cmu" ph="K AE1 T">c</phoneme>' +
        '<soundEvent src="d"/><say-as interpret-as="measure">e</say-as></speak>',
    ),
  ).toEqual([])
  const wrong: readonly (readonly [string, string])[] = [
    ['<speak rate="2.5">一</speak>', '<speak rate>'],
    ['<speak pitch="-500">一</speak>', '<speak pitch>'],
    ['<speak volume="101">一</speak>', '<speak volume>'],
    ['<speak volume="5.5">一</speak>', '<speak volume>'],
    ['<speak effect="choir">一</speak>', '<speak effect>'],
    ['<speak constructor="1">一</speak>', '<speak constructor>'],
    ['<speak>一<break time="11s"/></speak>', '<break time>'],
    ['<speak>一<break time="49ms"/></speak>', '<break time>'],
    ['<speak>一<break time="1.5s"/></speak>', '<break time>'],
    ['<speak><sub>一</sub></speak>', '<sub alias>'],
    ['<speak><phoneme alphabet="ipa" ph="a">一</phoneme></speak>', '<phoneme alphabet>'],
    ['<speak><phoneme alphabet="py">一</phoneme></speak>', '<phoneme ph>'],
    ['<speak>一<soundEvent/></speak>', '<soundEvent src>'],
    ['<speak><say-as interpret-as="spell">一</say-as></speak>', '<say-as interpret-as>'],
    ['<speak><emphasis>一</emphasis></speak>', '<emphasis>'],
    [`<speak><${'x'.repeat(60)}>一</${'x'.repeat(60)}></speak>`, `<${'x'.repeat(40)}…>`],
  ]
  for (const [text, field] of wrong) expect([text, remarked(text)]).toEqual([text, [`${field} ssml-unknown`]])
})

test('nothing to say, and what cannot be read, is told', () => {
  expect(() => textsOf('<speak><break/>。</speak>')).toThrow(expect.objectContaining({ code: 'engine.nothing-to-say' }))
  expect(() => textsOf('<speak>一</spaek>')).toThrow(expect.objectContaining({ code: 'script.ssml-invalid' }))
  expect(() => textsOf(`<speak>${'一二<break/>'.repeat(1025)}</speak>`)).toThrow(
    expect.objectContaining({ code: 'script.ssml-invalid', params: expect.objectContaining({ reason: 'tooLarge' }) }),
  )
})

test('documents are SSML within the limit, with all elements and all text in their order', () => {
  const item = fc.constantFrom(
    ...['一', '你好', '。', '，', ' ', 'word ', '😀', '&amp;', '&lt;b&gt;', '$x + y$', '3.5'],
    ...['<break/>', '<sub alias="&quot;a&quot;">b</sub>', '<say-as interpret-as="digits">12</say-as>'],
  )
  const elements = ({ children }: SsmlElement): string[] =>
    children.flatMap((node) => (typeof node === 'string' ? [] : [node.name]))
  const unspaced = (documents: readonly SsmlElement[]): string => textOfNodes(documents).replace(/\s/gu, '')
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 60 }), fc.integer({ min: 9, max: 40 }), (items, limit) => {
      const text = `<speak pitch="1.1">一${items.join('')}</speak>`
      const pieces = textsOf(text, limit)
      const documents = pieces.flatMap((piece) => parseSsml(piece))
      for (const piece of pieces) expect(counted(piece)).toBeLessThanOrEqual(limit)
      for (const document of documents) expect(document.attributes.get('pitch')).toBe('1.1')
      expect(unspaced(documents)).toBe(unspaced(parseSsml(text)))
      expect(documents.flatMap(elements)).toEqual(parseSsml(text).flatMap(elements))
    }),
  )
})
