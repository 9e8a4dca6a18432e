import { describe, expect, test } from 'vitest'
import { anAsk } from '../../../../test/support/speech-fixtures.ts'
import { NO_FIXES } from '../../../shared/endpoint/index.ts'
import { type ParameterOptions, taskParameters } from './parameters.ts'

const asked = (changes: Partial<ReturnType<typeof anAsk>>, options: Partial<ParameterOptions> = {}) => {
  const { parameters, sampleRateHz, warnings } = taskParameters(
    anAsk({ model: 'cosyvoice-v3-flash', voice: 'longanyang', ...changes }),
    { region: 'cn', hasWordTimes: false, ...options },
  )
  return { parameters, sampleRateHz, fields: warnings.map(({ field }) => field) }
}
const CLONED = 'cosyvoice-v3-flash-mine-0001'

test('what was not asked for is not sent', () => {
  expect(asked({})).toEqual({
    parameters: {
      text_type: 'PlainText',
      voice: 'longanyang',
      format: 'pcm',
      sample_rate: 24_000,
      volume: 50,
      rate: 1,
      pitch: 1,
    },
    sampleRateHz: 24_000,
    fields: [],
  })
})

test.each([
  [4000, 8000],
  [24_000, 24_000],
  [32_000, 44_100],
  [96_000, 48_000],
])('of sample rates for %i Hz it is %i', (sampleRateHz, given) => {
  expect(asked({ sampleRateHz })).toMatchObject({ parameters: { sample_rate: given }, sampleRateHz: given })
})

test('factors are kept within what the service takes, and told where they are not', () => {
  expect(asked({ speed: 1.23456, pitch: 0.5, volume: 33.4 })).toMatchObject({
    parameters: { rate: 1.23, pitch: 0.5, volume: 33 },
    fields: [],
  })
  expect(asked({ speed: 3, pitch: 0.1, volume: 130 })).toMatchObject({
    parameters: { rate: 2, pitch: 0.5, volume: 100 },
    fields: ['speed', 'pitch'],
  })
})

test.each([
  [7, 7],
  [65_536, 0],
  [-1, 65_535],
])('seed %i is sent as %i', (seed, given) => {
  expect(asked({ seed }).parameters).toMatchObject({ seed: given })
})

test('a model without seeds gets none', () => {
  const { parameters, fields } = asked({ model: 'cosyvoice-v1', voice: 'longwan', seed: 7 })
  expect(parameters).not.toHaveProperty('seed')
  expect(fields).toEqual(['seed'])
})

test.each([
  ['cosyvoice-v3-flash', 'longanyang', 'zh-CN', ['zh'], []],
  ['cosyvoice-v3-flash', 'longanyang', 'yue', ['zh'], []],
  ['cosyvoice-v3-flash', 'longanyang', 'pt-BR', ['pt'], []],
  ['cosyvoice-v3-flash', CLONED, 'zh', undefined, []],
  ['cosyvoice-v3-flash', CLONED, 'ja', ['ja'], []],
  ['cosyvoice-v3-plus', 'longanhuan', 'th', undefined, ['language']],
  ['cosyvoice-v2', 'longxiaochun_v2', 'en', undefined, []],
  ['cosyvoice-v3-flash', 'longanmin_v3', 'nan', ['zh'], []],
  ['cosyvoice-v2', 'longxiaochun_v2', 'ja', undefined, ['language']],
  ['cosyvoice-v2', 'loongtomoka_v2', 'ja', undefined, []],
  ['anything-else', 'x', 'zh', undefined, ['language']],
] as const)('%s with %s takes %s as %j', (model, voice, language, hints, fields) => {
  const found = asked({ model, voice, language })
  expect(found.parameters.language_hints).toEqual(hints)
  expect(found.fields).toEqual(fields)
})

test.each([
  ['cosyvoice-v3-flash', 'longanyang', '你说话的情感是happy。', true, []],
  ['cosyvoice-v3-flash', 'longanyang', '高兴地说', false, ['instruct']],
  ['cosyvoice-v3-flash', 'longxiaochun_v3', '你说话的情感是happy。', false, ['instruct']],
  ['cosyvoice-v3-flash', CLONED, '高兴地说', true, []],
  ['cosyvoice-v3-plus', 'cosyvoice-v3-plus-mine-1', '高兴地说', true, ['instruct']],
  ['cosyvoice-v3.5-flash', 'cosyvoice-v3.5-flash-vd-mine-1', 'Softly, like a secret.', true, []],
  ['cosyvoice-v2', 'cosyvoice-v2-mine-1', '高兴地说', false, ['instruct']],
] as const)('%s with %s and the instruction %s', (model, voice, instruct, isSent, fields) => {
  const found = asked({ model, voice, instruct })
  expect(found.parameters.instruction).toBe(isSent ? instruct : undefined)
  expect(found.fields).toEqual(fields)
})

test('an instruction of 100 characters is sent and one of 101 is none; in Singapore one model takes them', () => {
  expect(asked({ voice: CLONED, instruct: '慢'.repeat(50) }).parameters).toHaveProperty('instruction')
  expect(() => asked({ voice: CLONED, instruct: `${'慢'.repeat(50)}a` })).toThrow('101')
  const emotion = '你说话的情感是happy。'
  expect(asked({ instruct: emotion }, { region: 'intl' }).parameters.instruction).toBe(emotion)
  const plus = { model: 'cosyvoice-v3-plus', instruct: emotion }
  expect(asked(plus).parameters.instruction).toBe(emotion)
  expect(asked(plus, { region: 'intl' }).fields).toEqual(['instruct'])
})

test.each([
  ['cosyvoice-v2', 'longanyang', 'voice-of-other-model', 'cosyvoice-v3-plus, cosyvoice-v3-flash'],
  ['cosyvoice-v3-flash', 'longxiaochun_v2', 'voice-of-other-model', 'cosyvoice-v2'],
  ['cosyvoice-v3-flash', 'cosyvoice-v2-mine-1', 'voice-of-other-model', 'cosyvoice-v2'],
  ['cosyvoice-v3.5-plus', 'longanyang', 'no-preset-voices', 'cosyvoice-v3.5-plus'],
])('%s does not have %s', (model, voice, reason, named) => {
  let failure: unknown
  try {
    asked({ model, voice })
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ failureClass: 'model-mismatch', facts: { reason, params: { model: named } } })
})

test('a voice or a model that nobody knows may be asked for', () => {
  for (const [model, voice] of [
    ['cosyvoice-v3-flash', 'longtomorrow_v3'],
    ['cosyvoice-v4', 'longanyang'],
  ] as const)
    expect(asked({ model, voice }).parameters).toMatchObject({ voice })
})

test('SSML and times of words are for voices that have them', () => {
  const timed = { hasWordTimes: true }
  expect(asked({ isSsml: true }, timed).parameters).toMatchObject({ enable_ssml: true, word_timestamp_enabled: true })
  expect(asked({ voice: 'longxiaochun_v3', isSsml: true }).parameters).toMatchObject({ enable_ssml: true })
  expect(() => asked({ voice: 'loongabby_v3', isSsml: true })).toThrow('no-ssml')
  expect(asked({ voice: 'loongabby_v3' }, timed).parameters).not.toHaveProperty('word_timestamp_enabled')
  const own = asked({ model: 'cosyvoice-v3.5-plus', voice: 'cosyvoice-v3.5-plus-mine-1', isSsml: true }, timed)
  expect(own.parameters).toMatchObject({ enable_ssml: true })
  expect(own.parameters).not.toHaveProperty('word_timestamp_enabled')
  expect(() => asked({ model: 'cosyvoice-v1', voice: 'longwan', isSsml: true })).toThrow('no-ssml')
})

describe('words that are read otherwise', () => {
  const fixes = {
    readings: [{ written: '草地', said: 'cao3 di4' }],
    replacements: [{ written: '今天', said: '金天' }],
    isMarkdownFiltered: true,
  }

  test('are told to voices cloned for v3-flash', () => {
    const { parameters, fields } = asked({ voice: CLONED, text: '今天的草地' }, { fixes })
    expect(parameters).toMatchObject({
      hot_fix: { pronunciation: [{ 草地: 'cao3 di4' }], replace: [{ 今天: '金天' }] },
      enable_markdown_filter: true,
    })
    expect(fields).toEqual([])
    expect(asked({ voice: CLONED }, { fixes: NO_FIXES }).parameters).not.toHaveProperty('hot_fix')
  })

  test('are left out with other voices, which is remarked on where the text has one of them', () => {
    for (const [text, fields] of [
      ['早上好', []],
      ['草地', ['readings']],
      ['今天', ['readings']],
    ] as const) {
      const found = asked({ text }, { fixes })
      expect(found.parameters).not.toHaveProperty('hot_fix')
      expect(found.parameters).not.toHaveProperty('enable_markdown_filter')
      expect(found.fields).toEqual(fields)
    }
  })
})
