import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SsmlPart, ssmlParts } from './ssml-parts.ts'

/** Speech as its text, silences as seconds. */
const heard = (text: string): (string | number)[] =>
  ssmlParts(text).parts.map((part) => (part.kind === 'silence' ? part.durationSec : part.text))
const remarked = (text: string): string[] => ssmlParts(text).remarks.map(({ field, reason }) => `${field} ${reason}`)
const said = (inner: string): string => `<speak>${inner}</speak>`

test('breaks are silences, in seconds or milliseconds, a second where nothing is said', () => {
  expect(heard(said('一<break time="2s"/>二<break time="50ms"/>三<break/>四<break time="0.5s"/>五'))).toEqual([
    ...['一', 2, '二', 0.05, '三', 1, '四', 0.5, '五'],
  ])
  expect(remarked(said('一<break time="2s"/>二<break/>'))).toEqual([])
  expect(heard(said('<break/>一<break/>'))).toEqual([1, '一', 1])
})

test('breaks behind each other add up, and none is longer than ten seconds', () => {
  expect(heard(said('一<break time="4s"/> <break time="3s"/>二'))).toEqual(['一', 7, '二'])
  expect(heard(said('一<break time="9s"/>。<break time="9s"/>二'))).toEqual(['一', 10, '二'])
  expect(heard(said('一<break time="99s"/>二'))).toEqual(['一', 10, '二'])
  expect(remarked(said('一<break time="99s"/>二'))).toEqual(['<break time> out-of-range'])
  expect(heard(`${said('一<break time="2s"/>')}${said('<break time="3s"/>二')}`)).toEqual(['一', 5, '二'])
  expect(heard(said('一<break time="0ms"/>二'))).toEqual(['一', '二'])
})

test('a break of no readable length is a second, and is remarked on', () => {
  for (const time of ['', 'long', '-1s', '1', '1e3s', 'Infinitys']) {
    expect(heard(said(`一<break time="${time}"/>二`)), time).toEqual(['一', 1, '二'])
    expect(remarked(said(`一<break time="${time}"/>二`))).toEqual(['<break time> ssml-unknown'])
  }
})

test('an alias is said in place of what it stands for', () => {
  expect(heard(said('去<sub alias="世界卫生 &amp; 组织">WHO</sub>。'))).toEqual(['去世界卫生 & 组织。'])
  expect(remarked(said('去<sub alias="世界">WHO</sub>。'))).toEqual([])
  expect(heard(said('去<sub>WHO</sub>。'))).toEqual(['去WHO。'])
  expect(remarked(said('去<sub>WHO</sub>。'))).toEqual(['<sub alias> ssml-unknown'])
})

test('what an element says of its text is not heeded, and is remarked on once', () => {
  const text = said(
    '<say-as interpret-as="digits">12</say-as>和<say-as interpret-as="date">3</say-as><phoneme alphabet="py" ph="dang1">当</phoneme>',
  )
  expect(heard(text)).toEqual(['12和3当'])
  expect(remarked(text)).toEqual(['<say-as> ssml-read-plainly', '<phoneme> ssml-read-plainly'])
})

test('sounds, effects and music are left out, and what is no SSML is read', () => {
  const text =
    '<speak version="1.0" xmlns="x" xml:lang="zh" voice="v" effect="robot" effectValue="1" bgm="https://a/b.wav" ' +
    'backgroundMusicVolume="3">一<soundEvent src="https://a/b.wav"/>二<p>三<break/>四</p></speak>'
  expect(heard(text)).toEqual(['一二三', 1, '四'])
  expect(remarked(text)).toEqual([
    ...['<speak xml:lang> ssml-left-out', '<speak voice> ssml-left-out', '<speak effect> ssml-left-out'],
    ...['<speak effectValue> ssml-left-out', '<speak bgm> ssml-left-out'],
    ...['<speak backgroundMusicVolume> ssml-left-out', '<soundEvent> ssml-left-out', '<p> ssml-unknown'],
  ])
})

test('rate, pitch and volume are of the document that has them', () => {
  const manners = ssmlParts(
    `<speak rate="1.5" pitch="0.5" volume="80">一<break/>二</speak>${said('三')}<speak volume="0">四</speak>`,
  ).parts.flatMap((part) => (part.kind === 'speech' ? [[part.text, part.manner]] : []))
  const loud = { rate: 1.5, pitch: 0.5, volume: 80 }
  const none = { rate: null, pitch: null, volume: null }
  expect(manners).toEqual([
    ['一', loud],
    ['二', loud],
    ['三', none],
    ['四', { ...none, volume: 0 }],
  ])
})

test('values of other kinds are not heeded, and are remarked on', () => {
  const text = '<speak rate="500" pitch="fast" volume="50.5">一</speak>'
  expect(ssmlParts(text).parts).toEqual([
    { kind: 'speech', text: '一', manner: { rate: null, pitch: null, volume: null } },
  ])
  expect(remarked(text)).toEqual([
    ...['<speak rate> ssml-unknown', '<speak pitch> ssml-unknown', '<speak volume> ssml-unknown'],
  ])
})

test('signs alone are not spoken, and a text without more is nothing to say', () => {
  expect(heard(said('你好<break/>。'))).toEqual(['你好', 1])
  for (const inner of ['', '。', '<break/>', '<soundEvent src="a"/>'])
    expect(() => ssmlParts(said(inner)), inner).toThrow(expect.objectContaining({ code: 'engine.nothing-to-say' }))
  expect(() => ssmlParts('<speak>一')).toThrow(expect.objectContaining({ code: 'script.ssml-invalid' }))
})

test('all that can be heard is there, in its order, and silences are never two', () => {
  const item = fc.oneof(
    fc.constantFrom('一', '二a', '你好。', ' 3 ').map((text) => ({ ssml: text, text, sec: 0 })),
    fc.nat(15_000).map((ms) => ({ ssml: `<break time="${ms}ms"/>`, text: '', sec: ms / 1000 })),
    fc.constant({ ssml: '<sub alias="别名">x</sub>', text: '别名', sec: 0 }),
    fc.constant({ ssml: '<say-as interpret-as="digits">12</say-as>', text: '12', sec: 0 }),
  )
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), (items) => {
      fc.pre(items.some(({ text }) => text !== ''))
      const { parts } = ssmlParts(said(items.map(({ ssml }) => ssml).join('')))
      const all = (part: SsmlPart): string => (part.kind === 'speech' ? part.text : '')
      const unspaced = (text: string): string => text.replaceAll(' ', '')
      expect(unspaced(parts.map(all).join(''))).toBe(unspaced(items.map(({ text }) => text).join('')))
      let [expectedSec, runSec] = [0, 0]
      for (const { text, sec } of [...items, { text: 'end', sec: 0 }]) {
        if (text !== '') expectedSec += Math.min(10, runSec)
        runSec = text === '' ? Math.min(10, runSec + sec) : 0
      }
      const silentSec = parts.reduce((sum, part) => sum + (part.kind === 'silence' ? part.durationSec : 0), 0)
      expect(silentSec).toBeCloseTo(expectedSec, 6)
      for (const [index, { kind }] of parts.entries())
        if (kind === 'silence') expect(parts[index + 1]?.kind).not.toBe('silence')
    }),
  )
})
