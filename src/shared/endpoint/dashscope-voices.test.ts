import { expect, test } from 'vitest'
import type { RecordingReport } from '../voice/index.ts'
import {
  checkDashscopeSample,
  checkEasSample,
  DASHSCOPE_VOICE_MODELS,
  type DashscopeClone,
  type DashscopeDesign,
  dashscopeCloneSchema,
  dashscopeDesignSchema,
  dashscopePromptSec,
  dashscopeSampleLanguage,
  dashscopeSampleUrlSchema,
  dashscopeVoiceModelSchema,
  dashscopeVoicePrefixSchema,
  uniqueDashscopeVoicePrefix,
} from './dashscope-voices.ts'

const clone: DashscopeClone = {
  targetModel: 'cosyvoice-v3.5-plus',
  prefix: 'narrator',
  sampleLanguage: 'zh',
  longestPromptSec: null,
  isPreprocessed: null,
}
const design: DashscopeDesign = {
  targetModel: 'cosyvoice-v3-plus',
  prefix: 'announcer',
  voicePrompt: 'A calm, low voice for documentaries.',
  previewText: 'Good evening.',
  language: 'en',
}
const refusedFields = (result: { success: boolean; error?: { issues: { path: PropertyKey[] }[] } }) =>
  result.error?.issues.map(({ path }) => path.join('.')) ?? []

test('every model that voices are made for is known', () => {
  expect(Object.keys(DASHSCOPE_VOICE_MODELS)).toEqual(dashscopeVoiceModelSchema.options)
})

test.each<[string, Partial<DashscopeClone>, string[]]>([
  ['Vietnamese with v3.5', { sampleLanguage: 'vi' }, []],
  ['Vietnamese with v3-plus', { targetModel: 'cosyvoice-v3-plus', sampleLanguage: 'vi' }, ['sampleLanguage']],
  ['Russian with v3-plus', { targetModel: 'cosyvoice-v3-plus', sampleLanguage: 'ru' }, []],
  ['French with v2', { targetModel: 'cosyvoice-v2', sampleLanguage: 'fr' }, ['sampleLanguage']],
  ['no language', { targetModel: 'cosyvoice-v2', sampleLanguage: null }, []],
  ['3 s of the sample', { longestPromptSec: 3 }, []],
  ['less than 3 s', { longestPromptSec: 2.9 }, ['longestPromptSec']],
  ['more than 30 s', { longestPromptSec: 30.1 }, ['longestPromptSec']],
  ['30 s with v3-flash', { targetModel: 'cosyvoice-v3-flash', longestPromptSec: 30 }, []],
  ['a length with v3-plus', { targetModel: 'cosyvoice-v3-plus', longestPromptSec: 10 }, ['longestPromptSec']],
  ['cleaning with v2', { targetModel: 'cosyvoice-v2', isPreprocessed: false }, ['isPreprocessed']],
])('a clone with %s', (_what, more, fields) => {
  expect(refusedFields(dashscopeCloneSchema.safeParse({ ...clone, ...more }))).toEqual(fields)
})

test.each<[string, Partial<DashscopeDesign>, string[]]>([
  ['all in order', {}, []],
  ['500 signs', { voicePrompt: '声'.repeat(500) }, []],
  ['501 signs', { voicePrompt: '声'.repeat(501) }, ['voicePrompt']],
  ['no words', { voicePrompt: '  ' }, ['voicePrompt']],
  ['Russian words', { voicePrompt: 'Спокойный голос' }, ['voicePrompt']],
  ['Japanese words', { voicePrompt: '落ち着いた声' }, ['voicePrompt']],
  ['201 signs to say', { previewText: 'a'.repeat(201) }, ['previewText']],
  ['200 signs to say', { previewText: 'a'.repeat(200) }, []],
  ['Chinese to say, for English', { previewText: '晚上好。' }, ['previewText']],
  ['English to say, for Chinese', { language: 'zh' }, ['previewText']],
  ['both to say, for Chinese', { language: 'zh', previewText: '欢迎收听 BBC。' }, []],
  ['Chinese to say, for nothing said', { language: null, previewText: '晚上好。' }, []],
  ['a model without design', { targetModel: 'cosyvoice-v2' }, ['targetModel']],
])('a design with %s', (_what, more, fields) => {
  expect(refusedFields(dashscopeDesignSchema.safeParse({ ...design, ...more }))).toEqual(fields)
})

test('prefixes are one to nine digits and lower-case letters', () => {
  for (const prefix of ['a', '0', 'narrator1']) expect(dashscopeVoicePrefixSchema.safeParse(prefix).success).toBe(true)
  for (const prefix of ['', 'narrator12', 'Narrator', 'nar-rator', 'näh', 'a b', 'a\n'])
    expect(dashscopeVoicePrefixSchema.safeParse(prefix).success).toBe(false)
})

test('a prefix of chance is one, begins as the name does and differs from the next', () => {
  let last = 0
  const random = () => (last = (last * 16_807 + 0.123_456_7) % 1)
  for (const name of ['Narrator', '旁白', 'Dr. O’Neil', '', '𠀀 7']) {
    const prefixes = Array.from({ length: 50 }, () => uniqueDashscopeVoicePrefix(name, random))
    expect(new Set(prefixes).size).toBe(50)
    for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z0-9]{9}$/)
  }
  expect(uniqueDashscopeVoicePrefix('Dr. O’Neil', () => 0)).toBe('dro000000')
  expect(uniqueDashscopeVoicePrefix('旁白', () => 0.999)).toBe('zzzzzzzzz')
})

test('addresses of samples are https and hold no password', () => {
  for (const url of ['https://x/a.wav', 'https://bucket.oss.example/a.wav?Signature=a%2Bb@c'])
    expect(dashscopeSampleUrlSchema.safeParse(url).success).toBe(true)
  for (const url of [
    'http://x/a.wav',
    'file:///a.wav',
    'oss://x/a',
    'x',
    'https://me:you@x/a',
    `https://x/${'a'.repeat(2048)}`,
  ])
    expect(dashscopeSampleUrlSchema.safeParse(url).success).toBe(false)
})

const report: RecordingReport = {
  durationSec: 15,
  isWhole: true,
  sampleRateHz: 24_000,
  peakDb: -3,
  speechLevelDb: -20,
  noiseLevelDb: -70,
  clippedShare: 0,
  leadingSilenceSec: 0.3,
  trailingSilenceSec: 0.5,
  pauses: [],
  advice: [],
  problem: null,
}
const MB = 1_000_000

test.each<[string, Partial<RecordingReport>, number, string[], string[]]>([
  ['all in order', {}, MB, [], []],
  ['60 s', { durationSec: 60 }, MB, [], ['long']],
  ['more than 60 s', { durationSec: 60.01 }, MB, ['too-long'], ['long']],
  ['no known end', { isWhole: false }, MB, ['too-long'], []],
  ['10 MB', {}, 10 * MB, [], []],
  ['more than 10 MB', {}, 10 * MB + 1, ['too-large'], []],
  ['8 kHz', { sampleRateHz: 8000 }, MB, ['low-rate'], []],
  ['16 kHz', { sampleRateHz: 16_000 }, MB, [], []],
  ['5.8 s, of which 5 s are speech', { durationSec: 5.8 }, MB, [], ['short']],
  ['5.7 s, of which 4.9 s are speech', { durationSec: 5.7 }, MB, ['little-speech'], ['short']],
  ['a long pause within', { pauses: [{ startSec: 6, durationSec: 2.5 }] }, MB, [], ['long-pause']],
  ['a pause that is short enough', { pauses: [{ startSec: 6, durationSec: 2 }] }, MB, [], []],
  [
    'two words far from each other',
    { durationSec: 12, leadingSilenceSec: 0, trailingSilenceSec: 0, pauses: [{ startSec: 0.5, durationSec: 11 }] },
    MB,
    ['little-speech', 'much-silence'],
    ['long-pause'],
  ],
  [
    'enough speech in pieces that are too short',
    { durationSec: 17, pauses: [4, 10].map((startSec) => ({ startSec, durationSec: 2.5 })) },
    MB,
    ['little-speech'],
    ['long-pause'],
  ],
  [
    'many pauses',
    { pauses: [2, 5, 8, 11].map((startSec) => ({ startSec, durationSec: 1.5 })) },
    MB,
    ['much-silence'],
    [],
  ],
  ['a pause at its end', { trailingSilenceSec: 2.5 }, MB, [], ['long-pause']],
  ['more silence than speech', { leadingSilenceSec: 6, trailingSilenceSec: 0.1 }, MB, ['much-silence'], ['long-pause']],
  [
    'silence alone',
    { speechLevelDb: -200, leadingSilenceSec: 15, trailingSilenceSec: 0 },
    MB,
    ['silent', 'little-speech', 'much-silence'],
    ['long-pause'],
  ],
  [
    'no length at all',
    { durationSec: 0, leadingSilenceSec: 0, trailingSilenceSec: 0 },
    44,
    ['little-speech', 'much-silence'],
    ['short'],
  ],
])('a sample of %s', (_what, more, sizeBytes, problems, advice) => {
  const found = checkDashscopeSample({ ...report, ...more }, sizeBytes)
  expect(found.problems.map(({ rule }) => rule)).toEqual(problems)
  expect(found.advice.map(({ rule }) => rule)).toEqual(advice)
})

test('what is found has its measure and its limit', () => {
  expect(checkDashscopeSample({ ...report, durationSec: 61 }, MB).problems).toEqual([
    { rule: 'too-long', measured: 61, limit: 60 },
  ])
})

test('PAI-EAS, which names no rules, is spared what nobody could use, and less is asked of the rest', () => {
  const rules = (more: Partial<RecordingReport>) => {
    const { problems, advice } = checkEasSample({ ...report, ...more }, MB)
    return [problems.map(({ rule }) => rule), advice.map(({ rule }) => rule)]
  }
  expect(rules({ durationSec: 4 })).toEqual([[], []])
  expect(rules({ durationSec: 31 })).toEqual([['too-long'], []])
  expect(rules({ pauses: [{ startSec: 2, durationSec: 9 }] })).toEqual([[], ['much-silence', 'long-pause']])
})

test.each([
  ['zh-CN', 'zh'],
  ['yue', 'zh'],
  ['nan-Hant-TW', 'zh'],
  ['wuu', 'zh'],
  ['en-GB', 'en'],
  ['nah', null],
  [null, null],
])('a sample in %s is told to be in %s', (language, hint) => {
  expect(dashscopeSampleLanguage('cosyvoice-v3.5-plus', language)).toBe(hint)
})

test('of a sample all is listened to, as far as the service goes, where the model can be told', () => {
  const asked = [1, 7.03, 18, 60].map((durationSec) => dashscopePromptSec('cosyvoice-v3-flash', durationSec))
  expect(asked).toEqual([3, 7.1, 18, 30])
  expect(dashscopePromptSec('cosyvoice-v2', 18)).toBeNull()
})
