import { afterEach, expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { DASHSCOPE_KEY, type DashscopeServer, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import { startOpenAiSpeechServer } from '../../../../test/support/openai-speech-server.ts'
import {
  type BilledUnit,
  type Connection,
  OPENAI_PROFILES,
  type Price,
  remoteEngineSchema,
} from '../../../shared/endpoint/index.ts'
import { memberIdSchema, voiceIdSchema } from '../../../shared/kernel/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import type { RenderNote } from '../engine.ts'
import { conformanceRequest } from '../engine-conformance.ts'
import { openRemoteEngine } from './open-remote-engine.ts'
import { readsSsml } from './reads-ssml.ts'

const servers: DashscopeServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.settled()
    expect(server.complaints).toEqual([])
    await server[Symbol.asyncDispose]()
  }
})

const scene = (connection: Connection, baseUrl: string, key: string, unit: BilledUnit = 'characters') => {
  const admitted: number[] = []
  const setup = aRemoteSetup(connection, { baseUrl, key }, { admit: (units) => admitted.push(units) })
  const price: Price = { amount: 1, currency: 'CNY', per: 10_000, unit }
  const opened = openRemoteEngine(
    { ...setup, engine: { ...setup.engine, price } },
    { wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
  )
  const speak = async (speaker: string, text: string) => {
    const voice = opened.presetVoices.find(({ name }) => name === speaker)
    if (!voice) throw new Error(`a voice ${speaker}`)
    const notes: RenderNote[] = []
    let samples = 0
    const job = {
      signal: new AbortController().signal,
      progress: () => undefined,
      note: (note: RenderNote) => notes.push(note),
    }
    const request = conformanceRequest(opened, { text, voice: { voiceId: voice.voiceId, source: voice.source } })
    for await (const pcm of opened.render(request, job)) samples += pcm.length
    return { samples, notes }
  }
  return { admitted, speak, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}
const begin = async (transport: 'websocket' | 'http') => {
  const server = await startDashscopeServer(systemClock)
  servers.push(server)
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport, workspaceId: null },
  }
  return { server, ...scene(connection, server.url, DASHSCOPE_KEY) }
}

const SSML = '<speak rate="1.2">请<break time="500ms"/>停</speak>'
const LONG = `<speak pitch="0.9">${`${'一二三四五六七八九十'.repeat(40)}。`.repeat(5)}<break time="2s"/></speak>`

test('a voice that reads SSML gets it in one send of a task of its own', async () => {
  await using asking = await begin('websocket')
  const { notes } = await asking.speak('longxiaochun_v3', SSML)
  expect(asking.server.tasks).toMatchObject([{ texts: [SSML], parameters: { enable_ssml: true, rate: 1 } }])
  expect(notes.filter(({ kind }) => kind === 'usage')).toMatchObject([{ units: 4 }])
  expect(asking.admitted).toEqual([4])
})

test('what is too long for one send is several tasks, each a document', async () => {
  await using asking = await begin('websocket')
  await asking.speak('longxiaochun_v3', LONG)
  const texts = asking.server.tasks.map(({ texts }) => texts)
  expect(texts.map(({ length }) => length)).toEqual([1, 1, 1])
  for (const [text] of texts) expect(text).toMatch(/^<speak pitch="0\.9">(一二三四五六七八九十)+.*<\/speak>$/u)
  expect(texts.flat().join('').match(/。/g)).toHaveLength(5)
  expect(asking.server.tasks.every(({ parameters }) => parameters.enable_ssml)).toBe(true)
  expect(asking.admitted).toEqual([1602, 1602, 801])
})

test('tags do not count towards what one send may be', async () => {
  await using asking = await begin('websocket')
  const text = `<speak>${`${'一'.repeat(9)}<break time="50ms"/>`.repeat(100)}。</speak>`
  await asking.speak('longxiaochun_v3', text)
  expect(asking.server.tasks.map(({ texts }) => texts)).toEqual([[text]])
})

test('over HTTP as well', async () => {
  await using asking = await begin('http')
  await asking.speak('longxiaochun_v3', SSML)
  expect(asking.server.requests.map((body) => JSON.parse(body))).toMatchObject([
    { input: { text: SSML, enable_ssml: true } },
  ])
})

test('a voice that reads none gets texts, with its manner as parameters', async () => {
  await using asking = await begin('websocket')
  const { samples, notes } = await asking.speak('loongabby_v3', SSML.replace('rate', 'volume="80" rate'))
  expect(asking.server.tasks.map(({ texts }) => texts)).toEqual([['请'], ['停']])
  for (const { parameters } of asking.server.tasks) {
    expect(parameters).toMatchObject({ rate: 1.2, volume: 80 })
    expect(parameters).not.toHaveProperty('enable_ssml')
  }
  // Each of the server's answers is eight samples.
  expect(samples).toBe(8 + 12_000 + 8)
  expect(notes).toMatchObject([
    { kind: 'usage', units: 2 },
    { kind: 'usage', units: 2 },
  ])
  expect(asking.admitted).toEqual([2, 2])
})

test('what is no SSML opens no connection', async () => {
  await using asking = await begin('websocket')
  await expect(asking.speak('longxiaochun_v3', '<speak>请<break time="1s">停</speak>')).rejects.toMatchObject({
    code: 'script.ssml-invalid',
  })
  expect([asking.server.handshakes.length, asking.admitted]).toEqual([0, []])
})

test('wcode gets it with a flag of its own; servers like it get texts', async () => {
  for (const [profile, inputs] of [
    ['wcode', [SSML]],
    ['siliconflow', ['请', '停']],
  ] as const) {
    await using server = await startOpenAiSpeechServer(profile)
    const [known] = OPENAI_PROFILES[profile].models
    const model = known?.model ?? ''
    const connection: Connection = { kind: 'openai', profile, model, sampleRateHz: 24_000, takesInstructions: false }
    const unit = profile === 'wcode' ? 'characters' : 'utf8-bytes'
    await using asking = scene(connection, server.baseUrl, 'sk-right-1234', unit)
    await asking.speak(known?.voices[0]?.name ?? '', SSML)
    expect([profile, server.speeches().map((body) => ('input' in body ? body.input : undefined))]).toEqual([
      profile,
      inputs,
    ])
    for (const body of server.speeches())
      expect(Object.entries(body).some(([field]) => field === 'enable_ssml')).toBe(profile === 'wcode')
    expect(asking.admitted).toEqual(profile === 'wcode' ? [4] : [3, 3])
  }
})

test('a line is sent as SSML only where every endpoint that it may go to reads it', () => {
  const connection: Connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'http', workspaceId: null },
  }
  const [one, two, three] = ['member_a', 'member_b', 'member_c'].map((id) => memberIdSchema.parse(id))
  const members = [one, two, three].flatMap((memberId) =>
    memberId ? [{ memberId, baseUrl: 'http://a', concurrency: 1, requestsPerSecond: null, isDraining: false }] : [],
  )
  const engine = remoteEngineSchema.parse({
    ...{ engineId: 'far-a', createdAtEpochMs: 0, name: 'Far', connection, voices: [], monthlyLimit: null },
    ...{ members, price: null },
  })
  const voice = {
    voiceId: voiceIdSchema.parse('voice_a'),
    source: { kind: 'presetSpeaker', engineId: engine.engineId, speaker: 'a' },
  } as const
  const readsAt = (...names: readonly (string | undefined)[]): boolean =>
    readsSsml(
      { engine, remoteVoice: (_, memberId) => names[members.findIndex((member) => member.memberId === memberId)] },
      voice,
    )
  const cloned = 'cosyvoice-v3-flash-mine-0001'
  expect(readsAt(cloned, cloned)).toBe(true)
  expect(readsAt(undefined, 'longxiaochun_v3', cloned)).toBe(true)
  expect(readsAt(cloned, 'loongabby_v3')).toBe(false)
  expect(readsAt()).toBe(false)
})
