import { afterEach, expect, test } from 'vitest'
import {
  type CosyVoiceApiServer,
  type ServerTraits,
  startCosyVoiceApiServer,
} from '../../../../test/support/cosyvoice-api-server.ts'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { anAsk, attempt, clockOf } from '../../../../test/support/speech-fixtures.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire } from '../../remote/index.ts'
import { createCosyVoiceServerClient, generationOfModel } from './client.ts'
import { probeServer } from './probe.ts'

const never = new AbortController().signal
const servers: CosyVoiceApiServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.settled()
    await server[Symbol.asyncDispose]()
  }
})
const setUp = async (traits: ServerTraits = {}, clock = systemClock) => {
  const server = await startCosyVoiceApiServer(traits)
  servers.push(server)
  const access = { wire: createWire({ clock, isOffline: () => false }), clock, endpoint: { baseUrl: server.url } }
  return { server, access }
}
const gone = { status: 404, body: { detail: 'Not Found' } }

test('the release speaks with v3 where it is loaded', async () => {
  const { access } = await setUp()
  expect(await probeServer(access, never)).toEqual({
    kind: 'supported',
    generation: 'v3',
    generations: ['v1', 'v2', 'v3'],
    version: '3.0.0',
    warnings: [],
  })
})

test('E1: the release speaks with v2 where v3 is not loaded, with its description or without, and warns', async () => {
  const { server, access } = await setUp({ hasV3: false })
  server.misbehave('openapi', gone)
  for (const version of [null, '3.0.0'])
    expect(await probeServer(access, never)).toMatchObject({
      generation: 'v2',
      version,
      warnings: ['v3-not-loaded'],
    })
  const { access: neither } = await setUp({ hasV2: false, hasV3: false })
  expect(await probeServer(neither, never)).toMatchObject({ generation: 'v2', warnings: { length: 2 } })
})

const v1Paths = { '/api/v1/cross-lingual/with-cache': {} }
test.each([
  [
    'a snapshot of v1',
    { voice_manager_ready: true, status: 'healthy', api_mode: 'x' },
    { paths: v1Paths },
    { generation: 'v1', warnings: [] },
  ],
  [
    'a snapshot without its model',
    { voice_manager_ready: false },
    undefined,
    { generation: 'v1', warnings: { length: 1 } },
  ],
  [
    'a release that hides its health',
    undefined,
    { paths: { '/api/v3/voices/': {} } },
    { generation: 'v3', warnings: { length: 1 } },
  ],
  [
    'the later rewrite',
    { status: 'ok' },
    { info: { version: '5.1' }, paths: { '/api/v1/tts/x': {} } },
    { kind: 'unsupported', why: { reason: 'server-version', params: { version: '5.1' } } },
  ],
  ['a rewrite that looks healthy', { v2: {}, v3: {} }, { paths: {} }, { kind: 'unsupported' }],
  ['something else', undefined, undefined, { kind: 'unsupported' }],
  ['no JSON', '<html>', '[1]', { kind: 'unsupported' }],
])('%s is recognised', async (_, health, openapi, expected) => {
  const { server, access } = await setUp()
  server.misbehave('health', health === undefined ? gone : { body: health })
  server.misbehave('openapi', openapi === undefined ? gone : { body: openapi })
  expect(await probeServer(access, never)).toMatchObject(expected)
})

test('nobody there, a gateway that wants a key and one that does not answer are failures', async () => {
  const { access: closed } = await setUp({ needsHeader: ['x-key', 'a'] })
  await expect(probeServer(closed, never)).rejects.toMatchObject({ failureClass: 'auth' })
  const noOne = { ...closed, endpoint: { baseUrl: 'http://127.0.0.1:9' } }
  await expect(probeServer(noOne, never)).rejects.toMatchObject({ failureClass: 'network' })
  const odd = { ...closed, endpoint: { baseUrl: 'ftp://127.0.0.1' } }
  await expect(probeServer(odd, never)).rejects.toMatchObject({ failureClass: 'bad-request' })
  const time = fakeTime()
  const { server, access } = await setUp({}, clockOf(time))
  server.misbehave('health', { ending: 'hang' })
  const probing = expect(probeServer(access, never)).rejects.toMatchObject({ failureClass: 'timeout' })
  await server.came('health')
  time.pass(5000)
  await probing
})

test('a client asks again which model is loaded when the server was away', async () => {
  const { server, access } = await setUp()
  const client = createCosyVoiceServerClient({ ...access, endpoint: { ...access.endpoint, transport: 'cache' } })
  const asked = anAsk({ voice: 'my_voice_01', model: '' })
  await attempt(client, asked)
  server.misbehave('with-cache', { status: 503, body: {} })
  await attempt(client, asked)
  await attempt(client, asked)
  expect(server.routes().filter((route) => route === 'health')).toHaveLength(2)
  server.misbehave('health', gone)
  server.misbehave('openapi', { body: { paths: {} } })
  server.misbehave('with-cache', { status: 503, body: {} })
  await attempt(client, asked)
  expect((await attempt(client, asked)).failure).toMatchObject({ failureClass: 'protocol' })
})

test.each([
  ['v1', 'v1'],
  ['V3', 'v3'],
  ['Fun-CosyVoice3-0.5B-2512', 'v3'],
  ['CosyVoice2-0.5B', 'v2'],
  ['auto', undefined],
])('the model %s is of %s', (model, generation) => {
  expect(generationOfModel(model)).toBe(generation)
})
