import { afterEach, describe, expect, test } from 'vitest'
import { DASHSCOPE_KEY, type DashscopeServer, startDashscopeServer } from '../../../../test/support/dashscope-server.ts'
import type { FakeTime } from '../../../../test/support/fake-time.ts'
import { hear } from '../../../../test/support/hear.ts'
import {
  anAsk,
  attempt,
  BAD64,
  base64Of,
  eight,
  P,
  samplesOf,
  stillClock,
  W,
} from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createWire, type RemoteFailure, type SpeechClient } from '../../remote/index.ts'
import { createDashscopeHttpClient } from './dashscope-http-client.ts'
import type { DashscopeEndpoint } from './endpoint.ts'
import { askTemporaryKey, createTemporaryKeys } from './temporary-key.ts'

type Scene = { readonly server: DashscopeServer; readonly client: SpeechClient; readonly time: FakeTime }
const scenes: Scene[] = []
const begin = async (isStreaming: boolean, more: Partial<DashscopeEndpoint> = {}): Promise<Scene> => {
  const { time, clock } = stillClock()
  const server = await startDashscopeServer(clock)
  const client = createDashscopeHttpClient({
    wire: createWire({ clock, isOffline: () => false }),
    clock,
    endpoint: { baseUrl: server.url, apiKey: async () => DASHSCOPE_KEY, ...more },
    isStreaming,
  })
  const scene = { server, client, time }
  scenes.push(scene)
  return scene
}
afterEach(async () => {
  for (const { server, client, time } of scenes.splice(0)) {
    await client[Symbol.asyncDispose]()
    await server.settled()
    expect(time.pendingMs()).toEqual([])
    await server[Symbol.asyncDispose]()
  }
})

const ask = anAsk({ model: 'cosyvoice-v3-flash', voice: 'longanyang', text: '你好。', seed: 3 })
const event = (output: object): string => `data:${JSON.stringify({ request_id: 'r-1', output, usage: {} })}\n\n`
const sound = (data: string): string => event({ finish_reason: 'null', audio: { data } })

describe('speech by requests', () => {
  test('is fetched from where the answer says, without the key', async () => {
    const { server, client } = await begin(false)
    const { piece } = await hear(client, ask)
    expect([...(piece?.pcm ?? [])]).toEqual(eight(1))
    expect(piece).toMatchObject({ sampleRateHz: 24_000, characters: 5, requestId: 'r-1' })
    expect(JSON.parse(server.requests[0] ?? '')).toEqual({
      model: 'cosyvoice-v3-flash',
      input: {
        text: '你好。',
        voice: 'longanyang',
        format: 'pcm',
        sample_rate: 24_000,
        volume: 50,
        rate: 1,
        pitch: 1,
        seed: 3,
      },
    })
    expect(server.complaints).toEqual([])
  })

  test('comes as it is made, in events of several lines', async () => {
    const { server, client } = await begin(true)
    const spoken = await attempt(client, ask)
    expect(samplesOf(spoken)).toEqual(eight(2))
    expect(spoken.events.at(-1)).toEqual({ kind: 'usage', characters: 5, requestId: 'r-1' })
    expect(server.complaints).toEqual([])
  })

  test('tells what it counted last, though its end counts nothing', async () => {
    const { server, client } = await begin(true)
    server.answerRequest((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const counted = { finish_reason: 'null', audio: { data: base64Of(P) } }
      for (const usage of [{ characters: 3 }, { characters: 5 }])
        response.write(`data:${JSON.stringify({ request_id: 'r-1', output: counted, usage })}\n\n`)
      response.end(event({ finish_reason: 'stop', audio: { data: '' } }))
    })
    const { piece } = await hear(client, ask)
    expect(piece).toMatchObject({ characters: 5, requestId: 'r-1' })
  })

  test.each([
    [{ region: 'intl' }, {}, { reason: 'http-beijing-only' }],
    [
      {},
      { model: 'cosyvoice-v1', voice: 'longwan' },
      { reason: 'http-not-for-model', params: { model: 'cosyvoice-v1' } },
    ],
  ] as const)('is not asked for where none is answered: %j %j', async (endpoint, manner, facts) => {
    const { server, client } = await begin(true, endpoint)
    const { failure } = await attempt(client, { ...ask, seed: null, ...manner })
    expect(failure).toMatchObject({ failureClass: 'model-mismatch', facts })
    expect(server.requests).toEqual([])
  })

  test('tells the words, once, where it is streamed', async () => {
    const { server, client } = await begin(true)
    const word = (text: string, begin: number) => ({ text, begin_time: begin, end_time: begin + 100 })
    const [first, second] = [word('你', 0), word('好', 100)]
    server.answerRequest((response) => {
      response.write(event({ finish_reason: 'null', sentence: { index: 0, words: [first] } }))
      response.write(sound(base64Of(P)))
      response.write(event({ finish_reason: 'null', sentence: { index: 0, words: [first, second, { text: '' }] } }))
      response.end(event({ finish_reason: 'stop', sentence: { words: [first, second] } }))
    })
    const { events } = await attempt(client, ask)
    expect(events.filter(({ kind }) => kind === 'words')).toEqual([
      {
        kind: 'words',
        words: [
          { text: '你', beginMs: 0, endMs: 100 },
          { text: '好', beginMs: 100, endMs: 200 },
        ],
      },
    ])
    expect(events.at(-1)?.kind).toBe('usage')
    expect(JSON.parse(server.requests[0] ?? '')).toMatchObject({ input: { word_timestamp_enabled: true } })
  })

  test('may come within the answer, and a stream whose last event alone has an address is fetched from there', async () => {
    const { server, client } = await begin(true)
    server.answerRequest((response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ output: { finish_reason: 'stop', audio: { data: base64Of(W) } } })),
    )
    expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
    server.answerRequest((response) =>
      response.end(event({ finish_reason: 'stop', audio: { url: `${server.url}/there` } })),
    )
    server.answerRequest((response) => response.end(P))
    expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
  })

  test.each([
    ['without an end', sound(base64Of(P)), 'network', true],
    ['with base64 that is cut off', `${sound(base64Of(P))}${sound(BAD64)}`, 'network', true],
    ['with an error', `${sound(base64Of(P))}data:{"code":"InternalError","message":"x"}\n\n`, 'unavailable', true],
    ['with an error at once', 'data:{"code":"Throttling","message":"x"}\n\n', 'rate-limit', undefined],
    ['with what is none', 'data:[7]\n\n', 'protocol', undefined],
    ['within a sample', event({ finish_reason: 'stop', audio: { data: base64Of(P.subarray(0, 3)) } }), 'network', true],
    ['without sound', event({ finish_reason: 'stop', audio: { data: '', url: '' } }), 'protocol', undefined],
    [
      'at an address that is none',
      event({ finish_reason: 'stop', audio: { url: 'file:///x' } }),
      'protocol',
      undefined,
    ],
  ])('that ends %s fails', async (_, body, failureClass, hasPartialAudio) => {
    const { server, client } = await begin(true)
    server.answerRequest((response) => response.end(body))
    const { failure } = await attempt(client, ask)
    expect(failure).toMatchObject({ failureClass })
    expect((failure as RemoteFailure).facts.hasPartialAudio).toBe(hasPartialAudio)
  })

  test.each([
    [404, 'protocol'],
    [503, 'unavailable'],
  ])('whose sound is answered with %i fails as %s', async (status, failureClass) => {
    const { server, client } = await begin(false)
    server.answerRequest((response) =>
      response.end(event({ finish_reason: 'stop', audio: { url: `${server.url}/gone` } })),
    )
    server.answerRequest((response) => response.writeHead(status).end())
    expect((await attempt(client, ask)).failure).toMatchObject({ failureClass, facts: { httpStatus: status } })
  })

  test('that is refused tells why, without key and text', async () => {
    const { server, client } = await begin(true)
    server.answerRequest((response) =>
      response
        .writeHead(400, { 'retry-after': '3' })
        .end(`{"code":"InvalidParameter","message":"no 你好。 for ${DASHSCOPE_KEY}","request_id":"q"}`),
    )
    expect((await attempt(client, ask)).failure).toMatchObject({
      failureClass: 'bad-request',
      facts: { reason: 'no … for sk-***ghij', requestId: 'q', retryAfterMs: 3000, httpStatus: 400 },
    })
    expect((await attempt(client, { ...ask, voice: 'nobody' })).failure).toMatchObject({
      failureClass: 'voice-not-found',
    })
    expect((await attempt(client, { ...ask, text: '二'.repeat(1001) })).failure).toMatchObject({
      failureClass: 'text-too-long',
    })
    expect(server.requests).toHaveLength(2)
  })

  test('that is cancelled while it waits and while it comes lets go of its connection', async () => {
    const { server, client } = await begin(true)
    const waiting = new AbortController()
    server.answerRequest(() => waiting.abort())
    expect((await attempt(client, ask, waiting.signal)).failure).toBeInstanceOf(AppCancel)
    const coming = new AbortController()
    server.answerRequest((response) => response.write(sound(base64Of(P))))
    expect((await attempt(client, ask, coming.signal, () => coming.abort())).failure).toBeInstanceOf(AppCancel)
    await server.settled()
  })

  test.each(['asked for', 'coming'])(
    'whose sound is %s when it is cancelled lets go of that connection',
    async (stage) => {
      const { server, client } = await begin(false)
      const audio = { data: '', url: `${server.url}/sounds/0` }
      server.answerRequest((response) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ request_id: 'r-1', output: { finish_reason: 'stop', audio }, usage: {} }))
      })
      const controller = new AbortController()
      server.answerRequest((response) => {
        if (stage === 'asked for') controller.abort()
        else response.write(P)
      })
      const { failure } = await attempt(client, ask, controller.signal, () => controller.abort())
      expect(failure).toBeInstanceOf(AppCancel)
      await server.settled()
    },
  )
})

describe('a temporary key', () => {
  const never = new AbortController().signal
  const deps = (server: DashscopeServer, time: FakeTime, apiKey = DASHSCOPE_KEY) => {
    const clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
    const wire = createWire({ clock, isOffline: () => false })
    return { wire, clock, endpoint: { baseUrl: server.url, apiKey: async () => apiKey } }
  }

  test('speaks as the permanent one does, until fifteen seconds before its end', async () => {
    const { server, time } = await begin(false)
    const found = deps(server, time)
    const keys = createTemporaryKeys(found, 60)
    const first = await keys(never)
    expect(first).toMatch(/^st-/)
    const client = createDashscopeHttpClient({
      ...found,
      endpoint: { ...found.endpoint, apiKey: keys },
      isStreaming: false,
    })
    expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
    time.pass(45_000)
    expect(await keys(never)).toBe(first)
    time.pass(1)
    expect(await keys(never)).not.toBe(first)
    expect(server.complaints).toEqual([])
  })

  test('lives as long as was asked for, whatever hour it is at the service', async () => {
    const { server, time } = await begin(false)
    const keys = createTemporaryKeys(deps(server, time), 60)
    server.answerRequest((response) => response.end('{"token":"st-early","expires_at":1}'))
    expect([await keys(never), await keys(never)]).toEqual(['st-early', 'st-early'])
    time.pass(45_001)
    server.answerRequest((response) => response.end('{"token":"st-late","expires_at":99999999999}'))
    expect(await keys(never)).toBe('st-late')
    time.pass(45_001)
    expect(await keys(never)).not.toBe('st-late')
  })

  test('is asked for once by however many wait for it, and goes on for those who still do', async () => {
    const { server, time } = await begin(false)
    const keys = createTemporaryKeys(deps(server, time))
    const leaving = new AbortController()
    const first = keys(leaving.signal)
    const others = [keys(never), keys(never)]
    leaving.abort()
    await expect(first).rejects.toBeInstanceOf(AppCancel)
    const [second, third] = await Promise.all(others)
    expect([second, third]).toEqual([server.temporaryKeys[0], server.temporaryKeys[0]])
    expect(server.temporaryKeys).toHaveLength(1)
    const gone = new AbortController()
    const cancelled = keys(gone.signal, second)
    gone.abort()
    await expect(cancelled).rejects.toBeInstanceOf(AppCancel)
    await server.settled()
    expect(await keys(never)).toBe(server.temporaryKeys.at(-1))
  })

  test('that is refused is given up: the line is said with another one', async () => {
    const { server, time } = await begin(false)
    const found = deps(server, time)
    const client = createDashscopeHttpClient({
      ...found,
      endpoint: { ...found.endpoint, apiKey: createTemporaryKeys(found) },
      isStreaming: false,
    })
    expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
    server.revokeKeys()
    expect(samplesOf(await attempt(client, ask))).toEqual(eight(1))
    expect(server.temporaryKeys).toHaveLength(2)
    const permanent = createDashscopeHttpClient({ ...deps(server, time, 'sk-wrong-key-1'), isStreaming: false })
    const askedBefore = server.complaints.length
    expect((await attempt(permanent, ask)).failure).toMatchObject({ failureClass: 'auth' })
    expect(server.complaints.length - askedBefore).toBe(1)
  })

  test('is asked for with a lifetime that the service takes, and a refusal is told without the key', async () => {
    const { server, time } = await begin(false)
    for (const lifetimeSec of [0, 9999])
      expect((await askTemporaryKey(deps(server, time), lifetimeSec, never)).token).toMatch(/^st-/)
    await expect(askTemporaryKey(deps(server, time, 'sk-wrong-key-1'), 60, never)).rejects.toMatchObject({
      failureClass: 'auth',
      facts: { code: 'InvalidApiKey' },
    })
    server.answerRequest((response) => response.end('{"token":""}'))
    await expect(askTemporaryKey(deps(server, time), 60, never)).rejects.toMatchObject({ failureClass: 'protocol' })
  })
})
