import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { aRemoteSetup } from '../../../../test/support/a-remote-setup.ts'
import { startCosyVoiceApiServer } from '../../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../../test/support/cosyvoice-runtime-server.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import { startEasServer } from '../../../../test/support/eas-server.ts'
import { startOpenAiSpeechServer } from '../../../../test/support/openai-speech-server.ts'
import { type Connection, type Member, memberSchema } from '../../../shared/endpoint/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { conformanceRequest, renderWhole } from '../engine-conformance.ts'
import { presetVoice } from '../preset-voice.ts'
import { listModels } from './list-models.ts'
import { openRemoteEngine } from './open-remote-engine.ts'
import { probeOf } from './probe.ts'
import type { RemoteDeps, RemoteSetup } from './remote-setup.ts'
import { openVoiceAccess } from './voice-access.ts'

const deps: RemoteDeps = {
  ...{ wire: createWire({ clock: systemClock, isOffline: () => false }), clock: systemClock, random: () => 0 },
}
const never = new AbortController().signal
const OPENAI = {
  kind: 'openai',
  profile: 'generic',
  model: 'm',
  sampleRateHz: 24_000,
  takesInstructions: false,
} as const
const DASHSCOPE = {
  kind: 'dashscope',
  region: 'cn',
  model: 'cosyvoice-v3-flash',
  transport: 'websocket',
  workspaceId: null,
} as const
const memberOf = ({ engine }: RemoteSetup): Member => memberSchema.parse(engine.members[0])

/** An engine over one endpoint, of which something else is said than usually. */
const aSetup = (
  connection: Connection,
  { key = '', ...member }: { baseUrl: string; key?: string } & Partial<Member>,
  changes: Partial<RemoteSetup> = {},
): RemoteSetup => {
  const setup = aRemoteSetup(connection, { baseUrl: member.baseUrl, key }, changes)
  const members = setup.engine.members.map((known) => ({ ...known, ...member }))
  return { ...setup, engine: { ...setup.engine, members } }
}
const spoken = async (setup: RemoteSetup, text: string, speaker = 'anna') => {
  await using engine = openRemoteEngine(setup, deps)
  const voice = presetVoice('far-a', speaker, { name: speaker, gender: 'female', notes: '' })
  return await renderWhole(engine, conformanceRequest({ ...engine, presetVoices: [voice] }, { text, language: null }))
}

/** A gateway that lets nothing through without a header, and says nothing but what was asked. */
const aGateway = async (name: string, value: string) => {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    asked.push(`${request.method} ${request.url}`)
    const isAllowed =
      request.headers[name] === value &&
      request.headers.authorization === (name === 'authorization' ? value : undefined)
    answer.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' })
    answer.end(isAllowed ? JSON.stringify({ paths: { '/inference_zero_shot': {} }, data: [], voices: [] }) : '{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    asked,
    baseUrl: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

test('more text goes at once where the service is said to take more, and less where less', async () => {
  await using openai = await startOpenAiSpeechServer('generic')
  const long = 'Good evening. '.repeat(220).trim()
  const texts = () => openai.speeches().map(({ input }) => String(input).length)
  await spoken(aSetup({ ...OPENAI, mostText: 4000 }, openai), long)
  expect(texts()).toEqual([long.length])
  await spoken(aSetup({ ...OPENAI, mostText: 100 }, openai), long.slice(0, 250))
  expect(
    texts()
      .slice(1)
      .every((length) => length <= 100),
  ).toBe(true)

  await using dashscope = await startDashscopeServer(systemClock)
  const setupOf = (mostText: number) =>
    aSetup({ ...DASHSCOPE, mostText }, { baseUrl: dashscope.url, key: DASHSCOPE_KEY })
  const sent = () => dashscope.tasks.map(({ texts: parts }) => parts.join('').length)
  await spoken(setupOf(60), '你好世界。'.repeat(10), 'longanyang')
  expect(sent()).toEqual([30, 20])
  // The service has its own limit all the same, and says so.
  await expect(spoken(setupOf(4000), '你好世界。'.repeat(250), 'longanyang')).rejects.toMatchObject({
    params: { detail: 'Text request limit violated' },
  })
})

test('fields of a person’s own go with every request for speech', async () => {
  await using server = await startOpenAiSpeechServer('vllm-omni')
  server.addVoice('anna')
  const connection = { ...OPENAI, profile: 'vllm-omni', extra: { max_new_tokens: 512 } } as const
  await spoken(aSetup(connection, server), 'Good evening.')
  expect(server.speeches()).toMatchObject([{ input: 'Good evening.', voice: 'anna', max_new_tokens: 512 }])
})

test('the WebSocket of a service may be elsewhere than its requests', async () => {
  await using eas = await startEasServer()
  const { token: key, baseUrl } = eas
  const connection = { kind: 'eas', transport: 'websocket' } as const
  const nowhere = 'http://127.0.0.1:9'
  await expect(spoken(aSetup(connection, { baseUrl: nowhere, key }), 'Good evening.', 'ref1')).rejects.toThrow()
  const webSocketUrl = `${baseUrl.replace('http:', 'ws:')}/api-ws/v1/audio/speech`
  await spoken(aSetup(connection, { baseUrl: nowhere, key, webSocketUrl }), 'Good evening.', 'ref1')
  expect(eas.tasks).toHaveLength(1)
})

test('raw samples of a runtime are taken for the rate that a person says', async () => {
  await using server = await startRuntimeServer()
  const samplesAt = async (sampleRateHz?: 48_000): Promise<number> => {
    const connection = {
      kind: 'cosyvoice-runtime',
      model: 'cosyvoice3',
      ...(sampleRateHz && { sampleRateHz }),
    } as const
    await using engine = openRemoteEngine(
      aSetup(connection, server, {
        remoteVoice: () => 'recorded',
        recordingOf: async () => ({ wav: new Uint8Array(Buffer.from('RIFF')), transcript: 'Hello.', language: 'en' }),
      }),
      deps,
    )
    const voice = presetVoice('far-a', 'recorded', { name: 'r', gender: 'female', notes: '' })
    const request = conformanceRequest({ ...engine, presetVoices: [voice] }, { text: 'Good evening.', language: null })
    const { pcm } = await renderWhole(engine, request)
    return pcm.length / engine.capabilities.sampleRateHz
  }
  expect(await samplesAt()).toBeCloseTo(2 * (await samplesAt(48_000)), 3)
})

const WAYS = [
  { keyHeader: undefined, sends: ['authorization', 'Bearer me:secret'] },
  { keyHeader: { name: 'Authorization', scheme: 'Basic' }, sends: ['authorization', 'Basic bWU6c2VjcmV0'] },
  { keyHeader: { name: 'X-Api-Key', scheme: null }, sends: ['x-api-key', 'me:secret'] },
] as const

test.each(WAYS)('a key goes where the gateway wants it: $sends.0', async ({ keyHeader, sends: [name, value] }) => {
  const said = { key: 'me:secret', ...(keyHeader && { keyHeader: { ...keyHeader } }) }
  await using gateway = await aGateway(name, value)
  const connections: Connection[] = [
    { kind: 'cosyvoice-server', transport: 'schedule' },
    { kind: 'cosyvoice-runtime', model: 'cosyvoice3' },
    OPENAI,
  ]
  for (const connection of connections) {
    const setup = aSetup(connection, { baseUrl: gateway.baseUrl, ...said })
    await probeOf(setup, memberOf(setup), deps)?.(never)
  }
  const openai = aSetup(OPENAI, { baseUrl: gateway.baseUrl, ...said })
  expect(await listModels(openai, memberOf(openai), deps, never)).toEqual([])
  expect(await openVoiceAccess(openai, memberOf(openai), deps).list?.(never)).toEqual([])

  await using server = await startCosyVoiceApiServer({ voices: ['mill'], needsHeader: [name, value] })
  for (const transport of ['cache', 'websocket'] as const) {
    const setup = aSetup({ kind: 'cosyvoice-server', transport }, { baseUrl: server.url, ...said })
    await spoken(setup, 'Good evening.', 'mill')
    expect(await openVoiceAccess(setup, memberOf(setup), deps).list?.(never)).toMatchObject([{ remoteVoice: 'mill' }])
  }
})

test('a key in another header is told to nobody, whatever the server says of it', async () => {
  await using server = await startOpenAiSpeechServer('generic')
  const key = 'me:a-long-secret'
  const encoded = Buffer.from(key).toString('base64')
  server.next((answer, { headers }) => {
    answer.writeHead(401, { 'content-type': 'application/json' })
    answer.end(JSON.stringify({ error: { message: `not ${headers.authorization}` } }))
  })
  const setup = aSetup(OPENAI, { baseUrl: server.baseUrl, key, keyHeader: { name: 'Authorization', scheme: 'Basic' } })
  const failure: unknown = await spoken(setup, 'Good evening.').catch((error: unknown) => error)
  expect(server.requests[0]?.headers.authorization).toBe(`Basic ${encoded}`)
  expect(JSON.stringify(failure)).not.toContain(encoded)
})
