import { expect, onTestFinished, test, vi } from 'vitest'
import { pcmDigest } from '../engine-conformance.ts'
import { openEspeak } from './espeak.ts'
import { openJapaneseReader } from './japanese-reading.ts'
import { DRAFT_LANGUAGES, espeakVoiceFor, LANGUAGES_BY_SCRIPT, READABLE_SCRIPTS } from './languages.ts'

const espeak = await openEspeak()
const say = (espeakVoice: string, text: string, variant = '') => ({ espeakVoice, text, variant, wordsPerMinute: 175 })

test('every voice of the language table is one that espeak has', () => {
  const known = new Set(espeak.espeakVoices())
  const wanted = new Set(READABLE_SCRIPTS.flatMap((script) => Object.values(LANGUAGES_BY_SCRIPT[script])))
  expect([...wanted].filter((voice) => !known.has(voice))).toEqual([])
  expect(wanted.size).toBeGreaterThan(80)
  expect(DRAFT_LANGUAGES).toEqual(expect.arrayContaining(['zh', 'yue', 'en-US', 'en-GB', 'ja', 'ko', 'vi', 'uk']))
})

test('every language reads a number in a way of its own', () => {
  const fallback = espeak.phonemes(say('no-such-voice', '7 8'))
  const wanted = new Set(READABLE_SCRIPTS.flatMap((script) => Object.values(LANGUAGES_BY_SCRIPT[script])))
  const readings = new Map([...wanted].map((voice) => [voice, espeak.phonemes(say(voice, '7 8'))]))
  const unread = [...readings].filter(([, reading]) => reading === fallback || reading.length < 3)
  expect(unread).toEqual([])
  expect(readings.get('en')).not.toBe(readings.get('de'))
  expect(readings.get('cmn')).not.toBe(readings.get('yue'))
})

test('the same call is the same PCM, whatever was said before, and in another instance', async () => {
  const first = espeak.speak(say('cmn', '你好，今天天气很好。'))
  espeak.speak(say('en-us', 'Something else entirely, at some length. '.repeat(8), 'flutter 20\nbreath 75 75 50'))
  espeak.speak(say('ja', 'コンニチワ'))
  expect(pcmDigest(espeak.speak(say('cmn', '你好，今天天气很好。')))).toBe(pcmDigest(first))
  expect(pcmDigest((await openEspeak()).speak(say('cmn', '你好，今天天气很好。')))).toBe(pcmDigest(first))
})

test('breath is the same at any time of day', async () => {
  const whisper = say('cmn', '你好，今天天气很好。', 'voicing 17\nbreath 75 75 50 40 15 10')
  const whispered = espeak.speak(whisper)
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2031-05-06T07:08:09Z') })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  expect(pcmDigest((await openEspeak()).speak(whisper))).toBe(pcmDigest(whispered))
  expect(Date.now()).toBe(Date.parse('2031-05-06T07:08:09Z'))
})

test('the longest tag that a script knows decides', () => {
  expect(espeakVoiceFor('Han', 'zh-Hans-CN')).toBe('cmn')
  expect(espeakVoiceFor('Han', 'zh-HK')).toBe('yue')
  expect(espeakVoiceFor('Latin', 'pt-PT')).toBe('pt')
  expect(espeakVoiceFor('Latin', 'pt')).toBe('pt-br')
  expect(espeakVoiceFor('Latin', 'EN-gb-oed')).toBe('en')
  expect(espeakVoiceFor('Latin', 'zh')).toBeUndefined()
  expect(espeakVoiceFor('Latin', 'enx')).toBeUndefined()
})

test('kanji are read, not named', async () => {
  const chineseLetter = /tʃ_ˈaɪ_n_iː_z/
  const text = '今日は良い天気です。図書館へ行きましょう。'
  expect(espeak.phonemes(say('ja', text))).toMatch(chineseLetter)
  const read = (await openJapaneseReader())(text)
  expect(espeak.phonemes(say('ja', read))).not.toMatch(chineseLetter)
  expect(espeak.phonemes(say('ja', read))).toContain('w_ä')
  expect(espeak.speak(say('ja', read)).length).toBeLessThan(espeak.speak(say('ja', text)).length / 2)
})

test('what looks like markup is spoken, not obeyed', () => {
  expect(espeak.phonemes(say('en-us', '<break time="9s"/>hello'))).toMatch(/b_ɹ_ˈeɪ_k.*h_ə_l_ˈoʊ/)
  expect(espeak.phonemes(say('en-us', '[[h@l@U]]'))).not.toMatch(/^h_ə_l/)
})
