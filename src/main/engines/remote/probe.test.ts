import { expect, test } from 'vitest'
import { startCosyVoiceApiServer } from '../../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../../test/support/cosyvoice-runtime-server.ts'
import { startEasServer } from '../../../../test/support/eas-server.ts'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { says, startOpenAiSpeechServer } from '../../../../test/support/openai-speech-server.ts'
import { remoteEngineSchema } from '../../../shared/endpoint/index.ts'
import { type Clock, systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest, renderWhole } from '../engine-conformance.ts'
import { presetVoice } from '../preset-voice.ts'
import { openRemoteEngine } from './open-remote-engine.ts'
import { probeOf } from './probe.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'

const never = new AbortController().signal
const depsOf = (clock: Clock): RemoteDeps => ({
  ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock, random: () => 0 },
})
const setupOf = (connection: object, baseUrl: string, key?: string): RemoteSetup => ({
  engine: remoteEngineSchema.parse({
    ...{ engineId: 'far-a', createdAtEpochMs: 0, name: 'Far', voices: [], price: null, monthlyLimit: null },
    connection,
    members: [{ memberId: 'member_a', baseUrl, concurrency: 1, requestsPerSecond: null, isDraining: false }],
  }),
  ...{ keyOf: () => key, keyMark: () => null, remoteVoice: () => 'anna' },
  ...{ recordingOf: async () => undefined, languageOf: () => null, admit: () => undefined },
})
const probeIn = (setup: RemoteSetup) => {
  const [member] = setup.engine.members
  return member && probeOf(setup, member, depsOf(systemClock))
}

const OPENAI = { kind: 'openai', profile: 'generic', model: 'm-1', sampleRateHz: 24_000, takesInstructions: false }
const KINDS = [
  {
    connection: OPENAI,
    start: async () => {
      const server = await startOpenAiSpeechServer('generic')
      return { server, url: server.baseUrl, asked: () => server.requests.map(({ path }) => path) }
    },
    asks: ['/v1/models'],
  },
  {
    connection: { kind: 'eas', transport: 'rest' },
    start: async () => {
      const server = await startEasServer()
      const asked = (): string[] => server.seen.map(({ method, url }) => `${method} ${url.replace(/^.*\/api/, '/api')}`)
      return { server, url: server.baseUrl, key: server.token, asked }
    },
    asks: [expect.stringContaining('GET /api/v1/audio/reference_audio')],
  },
  {
    connection: { kind: 'cosyvoice-server', transport: 'cache' },
    start: async () => {
      const server = await startCosyVoiceApiServer()
      return { server, url: server.url, asked: () => server.seen.map(({ path }) => path) }
    },
    asks: ['/health', '/openapi.json'],
  },
  {
    connection: { kind: 'cosyvoice-runtime', model: 'cosyvoice2' },
    start: async () => {
      const server = await startRuntimeServer()
      return { server, url: server.baseUrl, asked: () => server.seen.map(({ url }) => url) }
    },
    asks: ['/openapi.json'],
  },
] as const

test.each(KINDS)(
  'whether a $connection.kind is there is found out without sound',
  async ({ connection, start, asks }) => {
    const { server, url, asked, ...rest } = await start()
    const probe = probeIn(setupOf(connection, url, 'key' in rest ? rest.key : undefined))
    await probe?.(never)
    expect(asked()).toEqual(asks)
    await server[Symbol.asyncDispose]()
    await expect(probe?.(never)).rejects.toMatchObject({ failureClass: 'network' })
  },
)

test('DashScope has nothing that costs nothing', () => {
  const connection = {
    ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null },
  }
  expect(probeIn(setupOf(connection, 'https://127.0.0.1'))).toBeUndefined()
})

test('a server that was down is looked for before a line goes there', async () => {
  await using server = await startOpenAiSpeechServer('generic')
  const time = fakeTime()
  const clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
  await using engine = openRemoteEngine(setupOf(OPENAI, server.baseUrl), depsOf(clock))
  const speaker = presetVoice('far-a', 'anna', { name: 'Anna', gender: 'female', notes: '' })
  const request = conformanceRequest({ ...engine, presetVoices: [speaker] }, { text: 'Good morning.', language: null })
  const isResting = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve))
    while (engine.memberStates()[0]?.running !== 0)
  }
  server.next(...Array.from({ length: 5 }, () => says(503, 'starting')))
  const first = renderWhole(engine, request).catch((error: unknown) => error)
  for (const waitMs of [1000, 2000, 4000]) {
    await isResting()
    time.pass(waitMs)
  }
  expect(await first).toMatchObject({ code: 'cloud.unavailable' })
  const second = renderWhole(engine, request)
  await isResting()
  expect(engine.memberStates()).toMatchObject([{ resting: 'down' }])
  time.pass(30_000)
  expect((await second).pcm).toHaveLength(8)
  const speech = '/v1/audio/speech'
  expect(server.requests.map(({ path }) => path)).toEqual([...Array(5).fill(speech), '/v1/models', speech])
})
