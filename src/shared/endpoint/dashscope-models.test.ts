import { expect, test } from 'vitest'
import { dashscopeAddresses } from './dashscope-addresses.ts'
import { dashscopeInstruction, STYLE_SENTENCES, takesInstruction } from './dashscope-instructions.ts'
import {
  DASHSCOPE_MODELS,
  dashscopeCapabilities,
  dashscopeVoiceKind,
  findDashscopeModel,
  modelOfDashscopeVoice,
} from './dashscope-models.ts'
import { DASHSCOPE_VOICES } from './dashscope-system-voices.ts'

const API = {
  webSocket: 'wss://dashscope.aliyuncs.com/api-ws/v1/inference',
  speech: 'https://dashscope.aliyuncs.com/api/v1/services/audio/tts/SpeechSynthesizer',
  tokens: 'https://dashscope.aliyuncs.com/api/v1/tokens',
  customization: 'https://dashscope.aliyuncs.com/api/v1/services/audio/tts/customization',
}

test.each([
  'https://dashscope.aliyuncs.com',
  'https://dashscope.aliyuncs.com/',
  'wss://dashscope.aliyuncs.com/api-ws/v1/inference/',
  'https://dashscope.aliyuncs.com/api/v1',
  'https://user:secret@dashscope.aliyuncs.com/?key=secret#x',
])('the addresses of %s are those of its host', (baseUrl) => {
  expect(dashscopeAddresses(baseUrl)).toEqual(API)
})

test('a path before the API and a port are kept, and what is no address has none', () => {
  expect(dashscopeAddresses('http://gate.example:8080/ali//')).toMatchObject({
    webSocket: 'ws://gate.example:8080/ali/api-ws/v1/inference',
    tokens: 'http://gate.example:8080/ali/api/v1/tokens',
  })
  expect(dashscopeAddresses('ws://gate.example/ali/api-ws/v1/inference')?.speech).toMatch(/^http:.*\/ali\/api\/v1\//)
  for (const other of ['', 'dashscope', 'ftp://x', 'file:///x']) expect(dashscopeAddresses(other)).toBeUndefined()
})

test('voices are named once in a model, and are of models that have voices', () => {
  const names = DASHSCOPE_VOICES.map(({ model, voice }) => `${model} ${voice}`)
  expect(new Set(names).size).toBe(names.length)
  for (const { model, voice, regions } of DASHSCOPE_VOICES) {
    expect(voice).toMatch(/^[a-z]+(_v[23])?$/)
    const known = findDashscopeModel(model)
    expect(known?.hasSystemVoices).toBe(true)
    expect(known?.regions).toEqual(expect.arrayContaining([...regions]))
  }
})

test('a model has a price in each of its regions', () => {
  for (const { regions, prices } of DASHSCOPE_MODELS) expect(Object.keys(prices).sort()).toEqual([...regions].sort())
})

test.each([
  ['longanyang', 'system', undefined],
  ['cosyvoice-v3-flash-mine-0a1b', 'cloned', 'cosyvoice-v3-flash'],
  ['cosyvoice-v3.5-plus-vd-announcer-1', 'designed', 'cosyvoice-v3.5-plus'],
  ['cosyvoice-v2-mine-1', 'cloned', 'cosyvoice-v2'],
  ['longtomorrow_v3', 'unknown', undefined],
])('%s is %s', (voice, kind, model) => {
  expect(dashscopeVoiceKind(voice)).toBe(kind)
  expect(modelOfDashscopeVoice(voice)).toBe(model)
})

test('of a model that nobody knows nothing is expected but what all of them do', () => {
  expect(dashscopeCapabilities('qwen-audio-tts', 'longanyang')).toMatchObject({
    languages: [],
    instruction: { kind: 'none' },
    hasSeed: false,
    hasSsml: false,
    hasWordTimes: false,
  })
})

test('a voice has with one model what it does not have with another', () => {
  const of = (model: string, voice: string) => dashscopeCapabilities(`cosyvoice-${model}`, voice)
  expect(of('v3-flash', 'longxiaochun_v3')).toMatchObject({ hasSsml: true, hasWordTimes: true })
  expect(of('v3-flash', 'loongabby_v3')).toMatchObject({ hasSsml: false, hasWordTimes: false, hasSeed: true })
  expect(of('v2', 'loongyuuna_v2')).toMatchObject({ hasSsml: true, hasWordTimes: false })
  expect(of('v2', 'longanyang')).toMatchObject({ hasSsml: false, instruction: { kind: 'none' } })
  expect(of('v3.5-flash', 'cosyvoice-v3.5-flash-mine-1')).toMatchObject({ hasSsml: true, hasWordTimes: false })
  expect(of('v3-flash', 'cosyvoice-v3-flash-vd-mine-1').instruction.kind).toBe('none')
  expect(of('v3-plus', 'cosyvoice-v3-plus-mine-1').instruction).toMatchObject({ kind: 'free', isUncertain: true })
  const marked = DASHSCOPE_VOICES.filter(({ hasInstruction }) => hasInstruction)
  expect(marked.length).toBeGreaterThan(0)
  for (const { model, voice, hasInstruction } of DASHSCOPE_VOICES)
    expect([voice, dashscopeCapabilities(model, voice).instruction.kind === 'templates']).toEqual([
      voice,
      hasInstruction,
    ])
})

test('an instruction is made of what was chosen: a role before a scene, a scene before an emotion', () => {
  const rule = (voice: string, model = 'cosyvoice-v3-flash') => dashscopeCapabilities(model, voice).instruction
  const huhu = rule('longhuhu_v3')
  expect(dashscopeInstruction(huhu, { emotion: 'happy' })).toBe('你说话的情感是happy。')
  expect(dashscopeInstruction(huhu, { emotion: 'sad', scene: '广告促销' })).toBe(
    '你正在进行广告促销，你说话的情感是sad。',
  )
  expect(dashscopeInstruction(huhu, { role: '机器人', scene: '广告促销' })).toBe(
    '你说话的角色是机器人，你说话的情感是neutral。',
  )
  expect(dashscopeInstruction(huhu, { identity: '儿童玩具', emotion: 'angry' })).toBe(
    '你正在以一个儿童玩具的身份说话，你说话的情感是angry。',
  )
  expect(dashscopeInstruction(rule('longanyang'), { role: '一个旁白' })).toBe(
    '你现在说话的角色是一个旁白，你说话的情感是neutral。',
  )
  expect(dashscopeInstruction(rule('longanhuan_v3'), { dialect: '四川话' })).toBe('请用四川话表达。')
  expect(dashscopeInstruction(rule('cosyvoice-v3-flash-mine-1'), { dialect: '闽南话' })).toBe('请用闽南话表达。')
  expect(dashscopeInstruction(rule('cosyvoice-v3-flash-mine-1'), { language: '法语' })).toBe('你会用法语说出来。')
  expect(dashscopeInstruction(huhu, { scene: '课堂教学' })).toBeUndefined()
  expect(dashscopeInstruction(rule('longxiaochun_v3'), { emotion: 'happy' })).toBeUndefined()
  expect(dashscopeInstruction(rule('longanhuan', 'cosyvoice-v3-plus'), { scene: '课堂教学' })).toBeUndefined()
})

test('voices of the service take their instructions to the letter, voices of one’s own any', () => {
  const rule = (voice: string) => dashscopeCapabilities('cosyvoice-v3-flash', voice).instruction
  expect(takesInstruction(rule('longanyang'), '你正在进行新闻播报，你说话的情感是happy。')).toBe(true)
  expect(takesInstruction(rule('longanyang'), '你正在进行新闻播报，你说话的情感是happy')).toBe(false)
  expect(takesInstruction(rule('longanyang'), '你正在进行课堂教学，你说话的情感是happy。')).toBe(false)
  expect(takesInstruction(rule('longanyang'), '你说话的情感是bored。')).toBe(false)
  expect(takesInstruction(rule('cosyvoice-v3-flash-mine-1'), 'slowly')).toBe(true)
  expect(takesInstruction(rule('longxiaochun_v3'), '你说话的情感是happy。')).toBe(false)
  for (const sentence of STYLE_SENTENCES) expect(sentence).toMatch(/^\p{Script=Han}+[。？]?$/u)
})
