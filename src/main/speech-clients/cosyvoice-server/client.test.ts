import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type CosyVoiceApiServer,
  type Route,
  type ServerTraits,
  startCosyVoiceApiServer,
  wavOf,
} from '../../../../test/support/cosyvoice-api-server.ts'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { hear } from '../../../../test/support/hear.ts'
import {
  anAsk,
  attempt,
  BAD64,
  base64Of,
  clockOf,
  eight,
  P,
  samplesOf,
  W,
} from '../../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { Clock } from '../../clock/index.ts'
import { createWire, type RemoteFailure, type SpeechAsked } from '../../remote/index.ts'
import { type CosyVoiceServerEndpoint, createCosyVoiceServerClient, type ServerTransport } from './client.ts'
import type { ServerVoiceAudio } from './speak-file.ts'
import { createServerVoice } from './voices.ts'

const servers: CosyVoiceApiServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    await server.settled()
    expect(server.openExchanges()).toBe(0)
    expect(server.violations).toEqual([])
    await server[Symbol.asyncDispose]()
  }
})

/** Waits of seconds pass at once; watches over connections, and other long ones, never run out. */
const hurriedClock = (neverMs = 5000): Clock & { waitsMs: number[] } => {
  const waitsMs: number[] = []
  let nowEpochMs = 1_700_000_000_000
  return {
    waitsMs,
    nowEpochMs: () => nowEpochMs,
    setTimer: (run, delayMs) => {
      if (delayMs >= neverMs) return () => undefined
      waitsMs.push(Math.round(delayMs))
      const soon = setImmediate(() => {
        nowEpochMs += delayMs
        run()
      })
      return () => clearImmediate(soon)
    },
  }
}

type Setup = {
  traits?: ServerTraits
  endpoint?: Partial<CosyVoiceServerEndpoint>
  voiceAudio?: (voice: string) => Promise<ServerVoiceAudio | undefined>
  clock?: Clock
}
const setUp = async (transport: ServerTransport, { traits, endpoint, voiceAudio, clock }: Setup = {}) => {
  const server = await startCosyVoiceApiServer(traits)
  servers.push(server)
  const hurried = hurriedClock()
  const time = clock ?? hurried
  const client = createCosyVoiceServerClient({
    wire: createWire({ clock: time, isOffline: () => false }),
    clock: time,
    endpoint: { baseUrl: `${server.url}/`, transport, ...endpoint },
    ...(voiceAudio && { voiceAudio }),
  })
  return { server, client, waitsMs: hurried.waitsMs }
}

const ask = (changes: Partial<SpeechAsked> = {}): SpeechAsked =>
  anAsk({ text: 'Hello', model: 'v3', voice: 'my_voice_01', ...changes })
const never = new AbortController().signal

const sampleOf = (isOnServer: boolean) => async (): Promise<ServerVoiceAudio> => ({
  bytes: Uint8Array.from(W),
  fileName: '/home/ann/secret.WAV',
  isOnServer,
})

describe('with a file', () => {
  test('E1: without a v3 model v2 speaks, and says so', async () => {
    const { server, client } = await setUp('cache', { traits: { hasV3: false } })
    const heard = await attempt(client, ask({ model: 'auto' }))
    expect(samplesOf(heard)).toEqual(eight(1))
    expect(heard.events[0]).toEqual({
      kind: 'warning',
      field: 'model',
      reason: 'v3-not-loaded',
    })
    expect(server.seen.map(({ path }) => path.replace(/_cache_\w+/, ''))).toEqual([
      '/health',
      '/openapi.json',
      '/api/v2/cross-lingual/with-cache',
      '/api/v2/audio/v2.wav',
    ])
    await attempt(client, ask({ model: 'auto' }))
    expect(server.routes().filter((route) => route === 'health')).toHaveLength(1)
  })

  test('a voice that v2 does not have is asked of v3 once that was loaded, and each line after it at once', async () => {
    const { server, client } = await setUp('cache', { traits: { hasV3: false, voices: [] } })
    const recording = wavOf(Array(24_000).fill(0.1))
    const copied = async (generation: 'v2' | 'v3', voiceId: string): Promise<void> => {
      const clock = hurriedClock()
      const wire = createWire({ clock, isOffline: () => false })
      const audio = { bytes: recording, fileName: 'a.wav' }
      const access = { wire, clock, endpoint: { baseUrl: server.url } }
      await createServerVoice(access, generation, { voiceId, name: voiceId, audio }, never)
    }
    await copied('v2', 'early')
    expect(samplesOf(await attempt(client, ask({ model: '', voice: 'early' })))).toEqual(eight(1))
    server.loadV3()
    await copied('v3', 'late')
    const late = await attempt(client, ask({ model: '', voice: 'late' }))
    expect([samplesOf(late), late.events.filter(({ kind }) => kind === 'warning')]).toEqual([eight(1), []])
    const before = server.seen.length
    await attempt(client, ask({ model: '', voice: 'late' }))
    expect(server.seen[before]?.path).toBe('/api/v3/cross-lingual/with-cache')
    const spoken = server.seen.filter(({ route }) => route === 'with-cache').map(({ path }) => path.slice(5, 7))
    expect(spoken).toEqual(['v2', 'v2', 'v3', 'v3'])
  })

  test('a voice that nobody has is asked for once where the server says the same of itself again', async () => {
    const { server, client } = await setUp('cache')
    await attempt(client, ask({ model: '' }))
    for (const probes of [2, 3]) {
      const { failure } = await attempt(client, ask({ model: '', voice: 'x' }))
      expect(failure).toMatchObject({ failureClass: 'voice-not-found' })
      expect(server.routes().filter((route) => route === 'health')).toHaveLength(probes)
    }
    expect(server.routes().filter((route) => route === 'with-cache')).toHaveLength(3)
  })

  test('E2: what is asked, and the file that it made', async () => {
    const { server, client } = await setUp('cache')
    const { piece } = await hear(client, ask())
    expect(piece).toMatchObject({ sampleRateHz: 24_000, warnings: [] })
    expect([...(piece?.pcm ?? [])]).toEqual(eight(1))
    expect(server.seen[0]).toMatchObject({
      path: '/api/v3/cross-lingual/with-cache',
      body: { text: 'Hello', voice_id: 'my_voice_01', format: 'wav', speed: 1, stream: false },
    })
    expect(server.routes()).toEqual(['with-cache', 'audio'])
  })

  test('E2: a file that is not there yet is asked for twice more, then the line is spoken again', async () => {
    const { server, client, waitsMs } = await setUp('cache')
    const gone = { status: 404, body: { detail: 'Not Found' } }
    server.misbehave('audio', gone, gone)
    expect((await hear(client, ask())).piece?.pcm).toHaveLength(8)
    expect([server.routes(), waitsMs]).toEqual([
      ['with-cache', 'audio', 'audio', 'audio'],
      [500, 1000],
    ])
    server.misbehave('audio', gone, gone, gone)
    const heard = await hear(client, ask())
    expect(heard.piece?.pcm).toHaveLength(8)
    expect(heard.failures).toMatchObject([{ failureClass: 'unavailable' }])
    expect(heard.delaysMs).toEqual([1000])
    expect(server.routes().slice(4)).toEqual(['with-cache', 'audio', 'audio', 'audio', 'with-cache', 'audio'])
  })

  test('a file that comes in part, by the connection or by its header, is asked for again', async () => {
    const { server, client } = await setUp('cache')
    server.misbehave(
      'audio',
      { headers: { 'content-length': '60' }, pieces: [W.subarray(0, 50)], ending: 'reset' },
      { pieces: [W.subarray(0, -2)] },
    )
    const heard = await hear(client, ask())
    expect([heard.piece?.pcm.length, heard.failures]).toEqual([8, []])
  })

  test.each([
    ['32-bit float', wavOf(eight(1), { isFloat: true })],
    ['sizes that are made up', wavOf(eight(40), { dataBytes: 0x7fffffdb })],
  ])('a file of %s is read', async (_, file) => {
    const { server, client } = await setUp('cache')
    server.misbehave('audio', { pieces: [file] })
    expect(samplesOf(await attempt(client, ask())).slice(0, 8)).toEqual(eight(1))
  })

  test.each([
    ['an mp3', { pieces: [Buffer.from('ID3xxxxxxxxxxxxx')] }, 'protocol'],
    ['a page', { body: '<html>' }, 'protocol'],
    ['nothing', { pieces: [] }, 'protocol'],
    ['an error', { body: { error: 'synthesis_error', message: 'CUDA out of memory' } }, 'unavailable'],
    ['a file with an error in it', { pieces: [W, 'ERROR: X - validation error'] }, 'bad-request'],
  ] as const)('%s instead of a file fails as such', async (_, misdeed, failureClass) => {
    const { server, client } = await setUp('cache')
    server.misbehave('audio', misdeed, misdeed, misdeed)
    expect((await attempt(client, ask())).failure).toMatchObject({
      failureClass,
      facts: { reason: expect.any(String) },
    })
  })

  test('a refusal without an end, or cut off, is what its status says', async () => {
    const { server, client } = await setUp('cache')
    const endless = {
      status: 503,
      pieces: Array.from({ length: 3 }, () => 'x'.repeat(40_000)),
      ending: 'hang',
    } as const
    server.misbehave('with-cache', endless, { status: 401, pieces: ['{"detail'], ending: 'reset' })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'unavailable' })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'auth' })
  })

  test('E3: a voice that is not there is not asked for again', async () => {
    const { server, client } = await setUp('cache')
    const heard = await hear(client, ask({ voice: 'x' }))
    expect(heard.failure).toMatchObject({ failureClass: 'voice-not-found', facts: { httpStatus: 500 } })
    expect(server.routes()).toEqual(['with-cache'])
  })

  test('E12: a model that is not ready yet is asked again', async () => {
    const { server, client } = await setUp('cache')
    server.misbehave('with-cache', { status: 503, body: { error: 'model_not_ready', message: 'not yet' } })
    const heard = await hear(client, ask())
    expect(heard.piece?.pcm).toHaveLength(8)
    expect(heard.failures).toMatchObject([{ failureClass: 'unavailable', facts: { code: 'model_not_ready' } }])
    expect(heard.delaysMs).toEqual([1000])
  })

  test.each([
    [429, { 'retry-after': '7' }, { detail: 'slow' }, 'rate-limit', 7000],
    [401, {}, { detail: 'key' }, 'auth', undefined],
    [413, {}, '', 'text-too-long', undefined],
    [
      422,
      {},
      { detail: [{ loc: ['body', 'text'], msg: 'String should have at most 2000 characters' }] },
      'text-too-long',
      undefined,
    ],
    [
      422,
      {},
      { detail: [{ loc: ['body', 'speed'], msg: 'Input should be a valid number' }] },
      'bad-request',
      undefined,
    ],
    [404, {}, { detail: 'Not Found' }, 'protocol', undefined],
    [404, {}, { error: 'voice_not_found', message: "Voice 'x' not found" }, 'voice-not-found', undefined],
    [502, {}, '<html>Bad Gateway</html>', 'unavailable', undefined],
    [504, {}, '', 'timeout', undefined],
    [200, {}, { success: false, message: "Cached voice 'x' not found" }, 'voice-not-found', undefined],
    [200, {}, { success: true, message: 'no address' }, 'protocol', undefined],
    [200, {}, 'no JSON', 'protocol', undefined],
    [200, {}, { audio_url: '/' }, 'protocol', undefined],
  ] as const)('%i %j %j is %s', async (status, headers, body, failureClass, retryAfterMs) => {
    const { server, client } = await setUp('cache')
    server.misbehave('with-cache', { status, headers, body })
    const { failure } = await attempt(client, ask())
    expect(failure).toMatchObject({ failureClass })
    expect((failure as RemoteFailure).facts.retryAfterMs).toBe(retryAfterMs)
  })

  test('only the name of an address of a file counts, below the path of the gateway', async () => {
    const { server, client } = await setUp('cache', {
      traits: { prefix: '/gate/way', needsHeader: ['x-key', 'sesame-sesame'] },
      endpoint: { headers: { 'x-key': 'sesame-sesame' } },
    })
    server.misbehave('with-cache', {
      body: { audio_url: 'http://10.0.0.1:8012/api/v2/cross-lingual/audio/a%20b.wav?x=1' },
    })
    server.misbehave('audio', { pieces: [W] })
    expect(samplesOf(await attempt(client, ask()))).toEqual(eight(1))
    expect(server.seen[1]?.path).toBe('/gate/way/api/v2/audio/a%20b.wav')
  })

  test('a key that a gateway quotes without its scheme does not come back either', async () => {
    const { server, client } = await setUp('cache', {
      endpoint: { headers: { authorization: 'Bearer gw-secret-abcdef123456' } },
    })
    server.misbehave('with-cache', { status: 401, body: { detail: 'Invalid API key gw-secret-abcdef123456' } })
    expect((await attempt(client, ask())).failure).toMatchObject({
      failureClass: 'auth',
      facts: { reason: 'Invalid API key sk-***3456' },
    })
  })

  test('neither keys nor the script come back in what a person is told', async () => {
    const text = 'It was the best of times, it was the worst of times'
    const { client } = await setUp('cache', {
      traits: { needsHeader: ['x-key', 'open'] },
      endpoint: { headers: { 'x-key': 'sesame-sesame' } },
    })
    const { failure } = await attempt(client, ask({ text }))
    expect(failure).toMatchObject({ failureClass: 'auth' })
    expect(JSON.stringify([(failure as Error).message, (failure as RemoteFailure).facts])).not.toContain(
      'sesame-sesame',
    )
    const quoting = await setUp('sse')
    const body = `1 validation error for Request\ntext\n  Input should be valid [type=value_error, input_value='${text}', input_type=str]: ${text}`
    quoting.server.misbehave('sse', { status: 500, body: { error: 'http_error', message: body } })
    const told = (await attempt(quoting.client, ask({ text }))).failure
    expect(told).toMatchObject({ failureClass: 'bad-request' })
    expect(JSON.stringify((told as RemoteFailure).facts)).not.toContain('best of times')
    const short =
      "1 validation error\nspeed\n  Input should be valid [type=value_error, input_value='Ann', input_type=str]"
    quoting.server.misbehave('sse', { status: 500, body: { error: 'http_error', message: short } })
    expect((await attempt(quoting.client, ask({ text: 'Ann' }))).failure).toMatchObject({
      facts: { reason: '1 validation error speed Input should be valid [type=value_error, input_type=str]' },
    })
  })
})

describe('before anything is sent', () => {
  test.each([
    ['an empty text', 'cache', { text: ' \n' }, 'bad-request'],
    ['SSML', 'cache', { isSsml: true }, 'bad-request'],
    ['301 characters', 'cache', { text: '𠀀'.repeat(301) }, 'text-too-long'],
    ['301 characters in a task', 'task', { text: 'a'.repeat(301) }, 'text-too-long'],
    ['a schedule of v2', 'schedule', { model: 'CosyVoice2-0.5B' }, 'bad-request'],
    ['a body of v1', 'http-stream', { model: 'v1' }, 'bad-request'],
    ['events of v1', 'sse', { model: 'v1' }, 'bad-request'],
  ] as const)('%s is refused', async (_, transport, changes, failureClass) => {
    const { server, client } = await setUp(transport)
    expect((await attempt(client, ask(changes))).failure).toMatchObject({ failureClass })
    expect(server.seen).toEqual([])
  })

  test('300 characters pass, counted as Python counts', async () => {
    const { client } = await setUp('cache')
    expect(samplesOf(await attempt(client, ask({ text: '𠀀'.repeat(300) })))).toEqual(eight(1))
  })

  test('what the server does not honour is told, and the rate is kept within its limits', async () => {
    const { server, client } = await setUp('cache')
    const { events } = await attempt(
      client,
      ask({ speed: 2.5, pitch: 1.2, volume: 70, seed: 1, language: 'zh-CN', instruct: '开心' }),
    )
    const fields = events.flatMap((event) => (event.kind === 'warning' ? [event.field] : []))
    expect(fields).toEqual(['speed', 'pitch', 'volume', 'seed', 'language', 'instruct'])
    expect(server.seen[0]?.body).toMatchObject({ speed: 2 })
    await attempt(client, ask({ speed: 0.333 }))
    await attempt(client, ask({ speed: 1.238 }))
    expect(server.seen.flatMap(({ body }) => (body.speed === undefined ? [] : [body.speed]))).toEqual([2, 0.5, 1.24])
  })
})

describe('with the recording of a voice', () => {
  test('directions go to v3 with it, and nothing of where it lies', async () => {
    const { server, client } = await setUp('sse', { voiceAudio: sampleOf(true) })
    const heard = await attempt(client, ask({ instruct: '用四川话说', speed: 1.5 }))
    expect(heard.events.filter(({ kind }) => kind === 'warning')).toEqual([])
    expect(samplesOf(heard)).toHaveLength(8)
    expect(server.seen[0]).toMatchObject({
      path: '/api/v3/cross-lingual/instruct',
      body: {
        text: 'Hello',
        instruct_text: '用四川话说',
        speed: '1.5',
        format: 'wav',
        prompt_audio: 'voice.wav audio/wav 60',
      },
    })
  })

  test('a voice that the server does not have is spoken with it, by v2 without directions', async () => {
    const { server, client } = await setUp('cache', { voiceAudio: sampleOf(false) })
    const heard = await attempt(client, ask({ model: 'v2', instruct: '开心' }))
    expect(heard.events[0]).toMatchObject({ kind: 'warning', field: 'instruct' })
    expect(samplesOf(heard)).toEqual(eight(1))
    expect(server.seen[0]?.path).toBe('/api/v2/cross-lingual/with-audio')
    expect(server.seen[0]?.body).not.toHaveProperty('instruct_text')
  })

  test('one that the server has is spoken without it', async () => {
    const { server, client } = await setUp('cache', { voiceAudio: sampleOf(true) })
    await attempt(client, ask())
    expect(server.routes()).toEqual(['with-cache', 'audio'])
  })

  test.each([
    ['voice.ogg', Uint8Array.from(W)],
    ['voice.wav', new Uint8Array()],
  ])('%s that it would not take is not sent', async (fileName, bytes) => {
    const { server, client } = await setUp('cache', {
      voiceAudio: async () => ({ bytes, fileName, isOnServer: false }),
    })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'bad-request' })
    expect(server.seen).toEqual([])
  })
})

describe('as a stream', () => {
  const transports = ['sse', 'websocket', 'http-stream'] as const
  test.each(transports)('E7: %s gives all of its sound at the rate of its heads', async (transport) => {
    for (const hasOneHead of [false, true]) {
      const { client } = await setUp(transport, { traits: { hasOneHead } })
      const heard = await attempt(client, ask({ sampleRateHz: 22_050 }))
      expect([samplesOf(heard), heard.failure]).toEqual([eight(2), undefined])
      expect(new Set(heard.events.map((event) => event.kind === 'sound' && event.sampleRateHz))).toEqual(
        new Set([22_050]),
      )
    }
  })

  test.each([
    [8000, 'low'],
    [16_000, 'low'],
    [22_050, 'medium'],
    [24_000, 'high'],
    [48_000, 'high'],
  ])('%i Hz is asked for as %s', async (sampleRateHz, quality) => {
    const { server, client } = await setUp('http-stream')
    await attempt(client, ask({ sampleRateHz }))
    expect(server.seen[0]?.body).toMatchObject({ quality, text: 'Hello', voice_id: 'my_voice_01', speed: '1' })
  })

  test.each(transports)('a voice that is not there is told apart in %s', async (transport) => {
    const { server, client } = await setUp(transport)
    const heard = await hear(client, ask({ voice: 'x' }))
    expect(heard.failure).toMatchObject({ failureClass: 'voice-not-found' })
    expect(server.routes().filter((route) => route !== 'upgrade')).toHaveLength(1)
  })

  const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
  const chunk = event('audio_chunk', { chunk_index: 1, audio_data: base64Of(W), is_final: false })

  test.each([
    [
      'an error',
      [event('error', { error: 'CUDA out of memory', timestamp: 1, version: 'v3' })],
      'end',
      'unavailable',
      1000,
    ],
    ['no end', [], 'end', 'network', 500],
    ['a broken connection', [], 'reset', 'network', 500],
    ['damaged Base64', [event('audio_chunk', { audio_data: BAD64 })], 'end', 'network', 500],
    ['a chunk without sound', [event('audio_chunk', { chunk_index: 2 })], 'end', 'protocol', 500],
    ['an error that says nothing', ['event: error\ndata: {\n\n'], 'end', 'unavailable', 1000],
  ] as const)(
    'E8: events with %s fail with what has come, and are asked for once more',
    async (_, more, ending, failureClass, delayMs) => {
      const { server, client } = await setUp('sse')
      const misdeed = {
        headers: { 'content-type': 'text/event-stream' },
        pieces: [event('start', {}), chunk, ...more],
        ending,
      }
      server.misbehave('sse', misdeed, misdeed)
      const heard = await hear(client, ask())
      expect(heard.failure).toMatchObject({ failureClass, facts: { hasPartialAudio: true } })
      expect(heard.delaysMs).toEqual([delayMs])
    },
  )

  test('E7: events of other kinds and fields are passed over, and is_final is not the end', async () => {
    const { server, client } = await setUp('sse')
    const final = event('audio_chunk', { audio_data: base64Of(W), is_final: true })
    server.misbehave('sse', {
      pieces: [event('queue', { x: 1 }), ': note\n\n', final, chunk, event('complete', null), chunk],
    })
    expect(samplesOf(await attempt(client, ask()))).toEqual(eight(2))
  })

  const frame = (message_type: string, more: object = {}) => ({
    message_type,
    request_id: '$request',
    timestamp: 1,
    ...more,
  })
  const soundFrame = frame('audio_chunk', {
    audio_data: base64Of(wavOf(eight(1), { sampleRateHz: 22_050 })),
    metadata: null,
  })

  test.each([true, false])('E9: a socket speaks, its greeting left out: %s', async (isSilent) => {
    const { server, client } = await setUp('websocket', { traits: { isSilent } })
    const heard = await attempt(client, ask({ sampleRateHz: 22_050 }))
    expect(samplesOf(heard)).toEqual(eight(2))
    const request = server.seen.find(({ route }) => route === 'socket')
    expect(request?.body).toEqual({
      message_type: 'text_request',
      request_id: expect.stringMatching(/^[\w-]{36}$/),
      text: 'Hello',
      voice_id: 'my_voice_01',
      format: 'wav',
      speed: 1,
      quality: 'medium',
    })
    expect(request?.path).toMatch(/^\/api\/v3\/ws\/stream\?client_id=[\w-]{36}$/)
  })

  test('E9: the rate is that of the head, and messages of others and of other kinds are passed over', async () => {
    const { server, client } = await setUp('websocket')
    const foreign = { ...soundFrame, request_id: 'other' }
    const end = frame('synthesis_complete', { total_chunks: 1, total_duration: 330.75 })
    server.misbehave('socket', {
      frames: [frame('synthesis_start'), foreign, frame('lunch'), { x: 1 }, soundFrame, end, soundFrame],
    })
    const { events } = await attempt(client, ask())
    expect(events).toEqual([{ kind: 'sound', pcm: Float32Array.from(eight(1)), sampleRateHz: 22_050 }])
  })

  test('E10: an upgrade that is refused says that the model is not loaded', async () => {
    const { server, client } = await setUp('websocket', { traits: { hasV3: false } })
    const heard = await hear(client, ask())
    expect(heard.failure).toMatchObject({ failureClass: 'unavailable', facts: { reason: 'model-not-loaded' } })
    expect(heard.delaysMs).toEqual([1000, 2000, 4000])
    expect(server.routes()).toEqual(['upgrade', 'upgrade', 'upgrade', 'upgrade'])
  })

  test('an upgrade that a gateway refuses says what the gateway says, however much that is', async () => {
    const { server, client } = await setUp('websocket', {
      endpoint: { headers: { authorization: 'geheim-1234-5678' } },
    })
    const detail = { trace: 'x'.repeat(1000), message: 'busy, geheim-1234-5678' }
    server.misbehave('upgrade', { status: 503, body: detail })
    expect((await attempt(client, ask())).failure).toMatchObject({
      failureClass: 'unavailable',
      facts: { httpStatus: 503, reason: expect.stringMatching(/^busy, (?!geheim)/) },
    })
  })

  test.each([
    ['SYNTHESIS_ERROR', "CosyVoice3 synthesis failed: Cached voice 'x' not found", 'voice-not-found'],
    ['SYNTHESIS_ERROR', 'CUDA out of memory', 'unavailable'],
    ['MESSAGE_PROCESSING_ERROR', 'boom', 'unavailable'],
    ['UNKNOWN_MESSAGE_TYPE', 'Unknown message type: x', 'protocol'],
    ['INVALID_JSON', 'Invalid JSON message format', 'protocol'],
  ])('E10: %s %j of a socket is %s', async (error_code, error_message, failureClass) => {
    for (const request_id of ['$request', null]) {
      const { server, client } = await setUp('websocket')
      server.misbehave('socket', { frames: [{ message_type: 'error', request_id, error_code, error_message }] })
      const { failure } = await attempt(client, ask())
      expect(failure).toMatchObject({ failureClass, facts: { code: error_code } })
      expect((failure as RemoteFailure).facts.httpStatus).toBeUndefined()
    }
  })

  test.each([
    [1000, 'protocol'],
    [1001, 'unavailable'],
    [1006, 'network'],
    [1008, 'auth'],
    [1011, 'unavailable'],
  ])('a socket that closes with %i before its end fails as %s, with what has come', async (closeCode, failureClass) => {
    const { server, client } = await setUp('websocket')
    server.misbehave('socket', { frames: [soundFrame, closeCode] })
    const heard = await attempt(client, ask())
    expect(heard.failure).toMatchObject({ failureClass, facts: { closeCode, hasPartialAudio: true } })
    expect(samplesOf(heard)).toEqual(eight(1))
  })

  test.each([
    ['no JSON', '{', 'protocol'],
    ['bytes', new Uint8Array([1, 2]), 'protocol'],
    ['damaged Base64', frame('audio_chunk', { audio_data: BAD64 }), 'network'],
    ['no WAV', frame('audio_chunk', { audio_data: base64Of(P) }), 'protocol'],
  ])('a socket that sends %s fails', async (_, bad, failureClass) => {
    const { server, client } = await setUp('websocket')
    server.misbehave('socket', { frames: [bad] })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass })
  })

  test('E11: text at the end of a body is the failure, after what has come', async () => {
    const { server, client } = await setUp('http-stream')
    const misdeed = { pieces: [W, W, 'ERROR: UNEXPECTED_ERROR - boom\r\n\r\n'] }
    server.misbehave('stream', misdeed, misdeed, misdeed)
    const one = await attempt(client, ask())
    expect(samplesOf(one)).toEqual(eight(2))
    expect(one.failure).toMatchObject({
      failureClass: 'unavailable',
      facts: { hasPartialAudio: true, reason: expect.stringContaining('boom') },
    })
    expect((await hear(client, ask())).delaysMs).toEqual([1000])
  })

  test.each([
    ['that is reset', { pieces: [W, W.subarray(0, 50)], ending: 'reset' }, 'network', true],
    ['that ends within a chunk', { pieces: [W, W.subarray(0, 50)] }, 'network', true],
    ['of JSON', { body: { success: false, message: "Voice 'x' not found" } }, 'voice-not-found', undefined],
    ['of a page', { body: '<html>' }, 'protocol', undefined],
  ] as const)('a body %s fails', async (_, misdeed, failureClass, hasPartialAudio) => {
    const { server, client } = await setUp('http-stream')
    server.misbehave('stream', misdeed)
    const { failure } = await attempt(client, ask())
    expect(failure).toMatchObject({ failureClass })
    expect((failure as RemoteFailure).facts.hasPartialAudio).toBe(hasPartialAudio)
  })

  test('a body without any sound is no success', async () => {
    const { server, client } = await setUp('http-stream')
    server.misbehave('stream', { pieces: [] }, { pieces: [] })
    expect((await hear(client, ask())).failure).toMatchObject({ failureClass: 'protocol' })
  })

  test('E13: a socket is patient while chunks come, and gives up where none has come for 30 s', async () => {
    const time = fakeTime()
    const { server, client } = await setUp('websocket', { traits: { isDriven: true }, clock: clockOf(time) })
    const events = client.speak(ask(), never)
    let next = events.next()
    await server.came('socket')
    const id = server.seen.find(({ route }) => route === 'socket')?.body.request_id
    for (let tens = 0; tens < 4; tens += 1) {
      time.pass(10_000)
      server.say({ ...soundFrame, request_id: id })
      expect((await next).value).toMatchObject({ kind: 'sound' })
      next = events.next()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const failed = expect(next).rejects.toMatchObject({ failureClass: 'timeout', facts: { hasPartialAudio: true } })
    time.pass(29_000)
    expect(server.openExchanges()).toBe(1)
    time.pass(1000)
    await failed
    await server.settled()
  })

  test('events that stop for 30 s are given up too', async () => {
    const time = fakeTime()
    const { server, client } = await setUp('sse', { clock: clockOf(time) })
    server.misbehave('sse', { pieces: [chunk], ending: 'hang' })
    const events = client.speak(ask(), never)
    await events.next()
    const failed = expect(events.next()).rejects.toMatchObject({
      failureClass: 'timeout',
      facts: { hasPartialAudio: true },
    })
    await new Promise((resolve) => setImmediate(resolve))
    time.pass(30_000)
    await failed
  })

  test('no message can do more than fail', async () => {
    const message = fc.oneof(
      fc.record(
        {
          message_type: fc.oneof(
            fc.constantFrom('audio_chunk', 'error', 'synthesis_complete', 'status'),
            fc.jsonValue(),
          ),
          request_id: fc.oneof(fc.constant('$request'), fc.jsonValue()),
          audio_data: fc.oneof(fc.constant(base64Of(W)), fc.jsonValue()),
          error_message: fc.jsonValue(),
          error_code: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.string({ maxLength: 8 }),
    )
    const { server, client } = await setUp('websocket')
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), async (messages) => {
        server.misbehave('socket', { frames: [...messages, 1011] })
        const { failure } = await attempt(client, ask())
        if (failure !== undefined) expect(failure).toHaveProperty('failureClass')
      }),
      { numRuns: 40 },
    )
    const events = await setUp('sse')
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), async (messages) => {
        const nameOf = (type: unknown): string => (typeof type === 'string' ? type.replace(/\s/g, '') : 'audio_chunk')
        const named = messages.map((data) => event(nameOf(typeof data === 'string' ? data : data.message_type), data))
        events.server.misbehave('sse', { pieces: named })
        const { failure } = await attempt(events.client, ask())
        if (failure !== undefined) expect(failure).toHaveProperty('failureClass')
      }),
      { numRuns: 40 },
    )
  })
})

describe('as a task', () => {
  test.each(['task', 'schedule'] as const)('a %s is asked for until it is over', async (transport) => {
    const { server, client, waitsMs } = await setUp(transport, {
      traits: { polls: 3 },
    })
    const heard = await hear(client, ask({ isUrgent: true }))
    expect([...(heard.piece?.pcm ?? [])]).toEqual(eight(1))
    expect(heard.piece?.requestId).toMatch(/^[\w-]{36}$/)
    expect(waitsMs).toEqual([1000, 1300, 1690, 2197])
    const started = transport === 'task' ? ['task'] : ['register', 'render']
    const polled: Route = transport === 'task' ? 'task-status' : 'status'
    const removed: Route = transport === 'task' ? 'task-delete' : 'schedule-delete'
    await server.came(removed)
    await server.settled()
    expect(server.routes()).toEqual([...started, polled, polled, polled, polled, 'audio', removed])
    expect([server.tasks(), server.seen[0]?.body.priority]).toEqual([0, transport === 'task' ? undefined : 'high'])
  })

  test('of v2 is asked for below its own address', async () => {
    const { server, client } = await setUp('task')
    expect(samplesOf(await attempt(client, ask({ model: 'v2' })))).toEqual(eight(1))
    expect(server.seen[0]?.path).toBe('/api/v2/cross-lingual/task')
  })

  test.each(['task', 'schedule'] as const)(
    'E5: a twin of a %s with another speed waits for its file',
    async (transport) => {
      const { server, client } = await setUp(transport)
      const [one, other, third] = await Promise.all([
        attempt(client, ask()),
        attempt(client, ask({ speed: 2 })),
        attempt(client, ask({ text: 'Another' })),
      ])
      expect(samplesOf(one)).toEqual(eight(1))
      expect(samplesOf(other)).toEqual(eight(1).map((sample) => sample / 2))
      expect(samplesOf(third)).toEqual(eight(1))
      const [begun] = transport === 'task' ? ['task'] : ['register']
      const ofHello = server.seen.filter(({ route, body, path }) =>
        route === 'audio' ? path.includes('0f30171e') : route === begun && body.text === 'Hello',
      )
      expect(ofHello.map(({ route }) => route)).toEqual([begun, 'audio', begun, 'audio'])
    },
  )

  test('a twin waits for a task that was left running', async () => {
    const { server, client } = await setUp('task', { traits: { polls: 4 } })
    const controller = new AbortController()
    const cancelled = attempt(client, ask(), controller.signal)
    await server.came('task-status')
    controller.abort()
    expect((await cancelled).failure).toBeInstanceOf(AppCancel)
    const other = await attempt(client, ask({ speed: 2 }))
    expect(samplesOf(other)).toEqual(eight(1).map((sample) => sample / 2))
    const second = server.routes().lastIndexOf('task')
    expect(
      server
        .routes()
        .slice(1, second)
        .filter((route) => route === 'task-status').length,
    ).toBeGreaterThanOrEqual(5)
  })

  test('a line that was registered and never told to render holds nobody up, and is removed', async () => {
    const { server, client } = await setUp('schedule')
    server.misbehave('render', { status: 503, body: { error: 'model_not_ready', message: 'no' } })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'unavailable' })
    await server.came('schedule-delete')
    expect(samplesOf(await attempt(client, ask({ speed: 2 })))).toHaveLength(8)
    await server.came('schedule-delete', 2)
    await server.settled()
    expect(server.tasks()).toBe(0)
  })

  test.each(['task', 'register'] as const)('one that was refused as a %s is asked for anew', async (route) => {
    const { server, client } = await setUp(route === 'task' ? 'task' : 'schedule')
    server.misbehave(
      route,
      { status: 503, body: { error: 'model_not_ready', message: 'not yet' } },
      { ending: 'reset' },
    )
    const heard = await hear(client, ask())
    expect(heard.piece?.pcm).toHaveLength(8)
    expect(heard.failures).toMatchObject([{ failureClass: 'unavailable' }, { failureClass: 'network' }])
    expect(server.routes().filter((asked) => asked === route)).toHaveLength(3)
  })

  test('one that cannot be removed is in nobody’s way', async () => {
    const { server, client } = await setUp('task')
    server.misbehave('task-delete', { status: 500, body: { detail: 'no' } }, { status: 500, body: { detail: 'no' } })
    for (const speed of [1, 2]) expect(samplesOf(await attempt(client, ask({ speed })))).toHaveLength(8)
    await server.came('task-delete', 2)
    await server.settled()
    expect(server.tasks()).toBe(2)
  })

  test('a twin finds out about a task that nobody could follow to its end', async () => {
    const { server, client } = await setUp('task', { traits: { polls: 4 } })
    const controller = new AbortController()
    const cancelled = attempt(client, ask(), controller.signal)
    await server.came('task-status')
    server.misbehave('task-status', { ending: 'reset' })
    controller.abort()
    expect((await cancelled).failure).toBeInstanceOf(AppCancel)
    await server.came('task-status', 2)
    expect(samplesOf(await attempt(client, ask({ speed: 2 })))).toHaveLength(8)
    await server.came('task-delete', 2)
    await server.settled()
    expect(server.tasks()).toBe(0)
  })

  test.each([
    ['task', 'task'],
    ['schedule', 'register'],
  ] as const)(
    'E6: after a restart a %s is registered once more, and none is rendered twice',
    async (transport, begun) => {
      const { server, client } = await setUp(transport)
      server.misbehave(transport === 'task' ? 'task-status' : 'status', {
        body: { task_id: 'x', status: 'processing', progress: 0.3 },
      })
      const hearing = hear(client, ask())
      await server.came(transport === 'task' ? 'task-status' : 'status')
      server.restart()
      const heard = await hearing
      expect(heard.piece?.pcm).toHaveLength(8)
      expect(heard.failures).toMatchObject([{ failureClass: 'unavailable', facts: { httpStatus: 404 } }])
      expect(heard.delaysMs).toEqual([1000])
      expect(server.routes().filter((route) => route === begun)).toHaveLength(2)
      const renders = server.seen.filter(({ route }) => route === 'render').map(({ path }) => path)
      expect(new Set(renders).size).toBe(renders.length)
    },
  )

  test('E6: what is forgotten between its two steps is registered again', async () => {
    const { server, client } = await setUp('schedule')
    server.misbehave('render', { status: 404, body: { detail: 'Task not found' } })
    const heard = await hear(client, ask())
    expect([heard.piece?.pcm.length, heard.delaysMs.length]).toEqual([8, 1])
  })

  test('one that fails tells why', async () => {
    const { server, client } = await setUp('task')
    const heard = await hear(client, ask({ voice: 'x' }))
    expect(heard.failure).toMatchObject({ failureClass: 'voice-not-found' })
    expect(server.routes().filter((route) => route === 'task')).toHaveLength(1)
    server.misbehave('task-status', { body: { task_id: 'x', status: 'failed', error_message: null } })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'unavailable' })
  })

  test('one that never ends is given up after ten minutes', async () => {
    let nowEpochMs = 0
    const clock: Clock = {
      nowEpochMs: () => nowEpochMs,
      setTimer: (run, delayMs) => {
        if (delayMs > 10_000) return () => undefined
        const soon = setImmediate(() => {
          nowEpochMs += delayMs
          run()
        })
        return () => clearImmediate(soon)
      },
    }
    const { client } = await setUp('task', { traits: { polls: 1000 }, clock })
    expect((await attempt(client, ask())).failure).toMatchObject({ failureClass: 'timeout' })
    expect(nowEpochMs).toBeGreaterThanOrEqual(600_000)
    expect(nowEpochMs).toBeLessThan(610_000)
  })
})

describe('a cancel', () => {
  test.each([
    ['cache', 'with-cache'],
    ['cache', 'audio'],
    ['cache', 'health'],
    ['task', 'task'],
    ['task', 'task-status'],
    ['task', 'audio'],
    ['schedule', 'register'],
    ['schedule', 'render'],
    ['schedule', 'status'],
    ['sse', 'sse'],
    ['http-stream', 'stream'],
    ['websocket', 'upgrade'],
  ] as const)('of %s while it waits for %s lets go of its connection', async (transport, route) => {
    const { server, client } = await setUp(transport)
    server.misbehave(route, { ending: 'hang' })
    const controller = new AbortController()
    const hearing = attempt(client, ask({ model: route === 'health' ? 'auto' : 'v3' }), controller.signal)
    await server.came(route)
    controller.abort()
    expect((await hearing).failure).toBeInstanceOf(AppCancel)
  })

  test.each([
    ['task', 'task', 'task-delete'],
    ['task', 'task-status', 'task-delete'],
    ['task', 'audio', 'task-delete'],
    ['schedule', 'register', 'schedule-delete'],
    ['schedule', 'render', 'schedule-delete'],
    ['schedule', 'status', 'schedule-delete'],
    ['schedule', 'audio', 'schedule-delete'],
  ] as const)('of a %s when %s was asked leaves no task at the server', async (transport, route, removed) => {
    // Nobody gives up on the name of a task that is just being registered.
    const { server, client } = await setUp(transport, { clock: hurriedClock(3000) })
    const controller = new AbortController()
    const hearing = attempt(client, ask(), controller.signal)
    await server.came(route)
    controller.abort()
    expect((await hearing).failure).toBeInstanceOf(AppCancel)
    await server.came(removed)
    await server.settled()
    expect([server.tasks(), server.openExchanges()]).toEqual([0, 0])
  })

  test.each([
    ['task', undefined],
    ['schedule', undefined],
    ['task', 'task-status'],
    ['task', 'task'],
    ['schedule', 'register'],
  ] as const)('of the client, by a %s at %s, waits until nothing is left at the server', async (transport, route) => {
    const { server, client } = await setUp(transport, { clock: hurriedClock(3000) })
    const controller = new AbortController()
    const hearing = attempt(client, ask(), controller.signal)
    if (route === undefined) await hearing
    else {
      await server.came(route)
      controller.abort()
    }
    await client[Symbol.asyncDispose]()
    expect(server.tasks()).toBe(0)
    await hearing
  })

  test('of the client waits three seconds for a task that goes on, and no longer', async () => {
    const { server, client, waitsMs } = await setUp('task', { traits: { polls: 1_000_000 } })
    const controller = new AbortController()
    const hearing = attempt(client, ask(), controller.signal)
    await server.came('task-status')
    controller.abort()
    await hearing
    await client[Symbol.asyncDispose]()
    expect(waitsMs).toContain(3000)
    expect(server.tasks()).toBe(1)
    await server.settled()
  })

  test('of the client leaves alone what it was finishing', async () => {
    const { server, client } = await setUp('task', { traits: { polls: 1_000_000 } })
    const controller = new AbortController()
    const hearing = attempt(client, ask(), controller.signal)
    await server.came('task-status')
    controller.abort()
    await hearing
    await server.came('task-status', 3)
    await client[Symbol.asyncDispose]()
    await server.settled()
    const polls = (): number => server.routes().filter((route) => route === 'task-status').length
    const before = polls()
    for (let exchanges = 0; exchanges < 5; exchanges++) await (await fetch(`${server.url}/health`)).text()
    expect(polls()).toBe(before)
  })

  test.each(['sse', 'http-stream', 'websocket'] as const)(
    'in the middle of %s lets go of its connection',
    async (transport) => {
      const { server, client } = await setUp(transport, { traits: { isDriven: true } })
      const sse = `event: audio_chunk\ndata: ${JSON.stringify({ audio_data: base64Of(W) })}\n\n`
      server.misbehave('sse', { pieces: [sse], ending: 'hang' })
      server.misbehave('stream', { pieces: [W], ending: 'hang' })
      server.misbehave('socket', {
        frames: [{ message_type: 'audio_chunk', request_id: '$request', audio_data: base64Of(W) }],
      })
      const controller = new AbortController()
      const heard = await attempt(client, ask(), controller.signal, () => controller.abort())
      expect(heard.failure).toBeInstanceOf(AppCancel)
      expect(samplesOf(heard)).toEqual(eight(1))
    },
  )

  test.each(['sse', 'http-stream', 'websocket'] as const)(
    'by leaving %s lets go of its connection',
    async (transport) => {
      const { client } = await setUp(transport)
      for await (const event of client.speak(ask(), never)) {
        expect(event.kind).toBe('sound')
        break
      }
    },
  )

  test('while a twin is waited for ends only the waiting', async () => {
    const { server, client } = await setUp('task')
    const controller = new AbortController()
    const one = attempt(client, ask())
    const other = attempt(client, ask({ speed: 2 }), controller.signal)
    await server.came('task')
    controller.abort()
    expect((await other).failure).toBeInstanceOf(AppCancel)
    expect(samplesOf(await one)).toEqual(eight(1))
  })

  test('before it began sends nothing', async () => {
    for (const transport of ['cache', 'websocket', 'task'] as const) {
      const { server, client } = await setUp(transport)
      expect((await attempt(client, ask(), AbortSignal.abort())).failure).toBeInstanceOf(AppCancel)
      expect(server.seen).toEqual([])
    }
  })
})
