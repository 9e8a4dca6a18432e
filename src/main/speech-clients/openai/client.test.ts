import { afterEach, describe, expect, test } from 'vitest'
import { fakeTime } from '../../../../test/support/fake-time.ts'
import { hear, type SpokenPiece } from '../../../../test/support/hear.ts'
import {
  type Answering,
  eventOf,
  M,
  type OpenAiSpeechServer,
  P,
  says,
  saysJson,
  saysPieces,
  startOpenAiSpeechServer,
  W,
  WS,
} from '../../../../test/support/openai-speech-server.ts'
import { anAsk } from '../../../../test/support/speech-fixtures.ts'
import type { OpenAiProfileId } from '../../../shared/endpoint/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import type { Clock } from '../../clock/index.ts'
import { systemClock } from '../../clock/index.ts'
import { createWire, RemoteFailure, type SpeechAsked, type SpeechClient, type Wire } from '../../remote/index.ts'
import { createOpenAiClient, type OpenAiClientDeps } from './client.ts'
import type { OpenAiEndpoint } from './endpoint.ts'
import type { VoiceAudio } from './speech-body.ts'

const KEY = 'sk-right-1234'
const never = new AbortController().signal
const SAMPLES = [0, 1000, 2000, 3000, 2000, 1000, 0, -1000]
const SOUND = SAMPLES.map((sample) => sample / 32_768)
const MODELS: Partial<Record<OpenAiProfileId, string>> = {
  wcode: 'tongyi/cosyvoice-v3-plus',
  siliconflow: 'FunAudioLLM/CosyVoice2-0.5B',
}
const VOICES: Partial<Record<OpenAiProfileId, string>> = { siliconflow: 'FunAudioLLM/CosyVoice2-0.5B:alex' }

const asking = (profile: OpenAiProfileId, more: Partial<SpeechAsked> = {}): SpeechAsked =>
  anAsk({ model: MODELS[profile] ?? 'm-1', voice: VOICES[profile] ?? 'longanyang', ...more })

type Setting = {
  readonly server: OpenAiSpeechServer
  readonly client: SpeechClient
  /** @param delaysMs waits between attempts, none where nothing is said */
  speak(more?: Partial<SpeechAsked>, delaysMs?: readonly number[]): Promise<SpokenPiece>
  /** The failure of one attempt that nobody else has looked at, and what came before it. */
  attempt(more?: Partial<SpeechAsked>): Promise<{ readonly sounds: number; readonly failure: unknown }>
  /** What it fails with. @param delaysMs waits between attempts, where the test is about them */
  failing(more?: Partial<SpeechAsked>, delaysMs?: readonly number[]): Promise<RemoteFailure>
}

const opened: OpenAiSpeechServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) {
    // Whatever happened, no connection is left.
    await server.idle()
    await server[Symbol.asyncDispose]()
  }
})

const wireOf = (clock: Clock): Wire => createWire({ clock, isOffline: () => false })
const serverOf = async (profile: OpenAiProfileId, answers: readonly Answering[]): Promise<OpenAiSpeechServer> => {
  const server = await startOpenAiSpeechServer(profile)
  opened.push(server)
  server.next(...answers)
  return server
}

const setUp = async (
  profile: OpenAiProfileId,
  answers: readonly Answering[] = [],
  { endpoint = {}, ...deps }: Partial<Omit<OpenAiClientDeps, 'endpoint'>> & { endpoint?: Partial<OpenAiEndpoint> } = {},
): Promise<Setting> => {
  const server = await serverOf(profile, answers)
  const client = createOpenAiClient({
    wire: wireOf(systemClock),
    clock: systemClock,
    endpoint: { baseUrl: server.baseUrl, profile, apiKey: KEY, ...endpoint },
    decode: () => Promise.reject(new Error('nothing to decode')),
    ...deps,
  })
  return {
    server,
    client,
    speak: async (more, delaysMs = []) => {
      const heard = await hear(client, asking(profile, more))
      if (!heard.piece) throw new Error('it failed', { cause: heard.failure })
      expect(heard.delaysMs).toEqual(delaysMs)
      return heard.piece
    },
    attempt: async (more) => {
      let sounds = 0
      try {
        for await (const { kind } of client.speak(asking(profile, more), never)) sounds += kind === 'sound' ? 1 : 0
        return { sounds, failure: undefined }
      } catch (failure) {
        return { sounds, failure }
      }
    },
    failing: async (more, delaysMs) => {
      const heard = await hear(client, asking(profile, more))
      if (!(heard.failure instanceof RemoteFailure)) throw new Error('it did not fail', { cause: heard.failure })
      if (delaysMs) expect(heard.delaysMs).toEqual(delaysMs)
      return heard.failure
    },
  }
}

describe('wcode', () => {
  test('C1: asks for a WAV at the rate, without fields that say nothing, and gets its samples', async () => {
    const { speak, server } = await setUp('wcode')
    const piece = await speak()
    expect([...piece.pcm]).toEqual(SOUND)
    expect(piece).toMatchObject({ sampleRateHz: 24_000, requestId: 'r-1', warnings: [] })
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/api/gpt/v1/audio/speech',
      headers: { authorization: `Bearer ${KEY}` },
    })
    expect(server.speeches()).toEqual([
      {
        model: 'tongyi/cosyvoice-v3-plus',
        input: '你好',
        voice: 'longanyang',
        response_format: 'wav',
        sample_rate: 24_000,
      },
    ])
  })

  test('C2: JSON with a status of success is the error that it says', async () => {
    const error = { message: 'voice not supported', type: 'invalid_request_error', param: 'voice', code: null }
    const { failing, server } = await setUp('wcode', [saysJson(200, { error }, { 'content-type': 'audio/mpeg' })])
    expect(await failing()).toMatchObject({
      failureClass: 'voice-not-found',
      facts: { reason: 'voice not supported', httpStatus: 200 },
    })
    expect(server.requests).toHaveLength(1)
  })

  test('C3: a wrong key is auth, and asked once', async () => {
    const { failing, server } = await setUp('wcode', [], { endpoint: { apiKey: 'sk-wrong-9876' } })
    const failure = await failing()
    expect(failure).toMatchObject({ failureClass: 'auth', facts: { code: 'invalid_api_key', httpStatus: 401 } })
    expect(failure.facts.hasPartialAudio).toBeUndefined()
    expect(server.requests).toHaveLength(1)
  })

  test('C4: too many requests wait as long as the server says, and then succeed', async () => {
    const { speak, server } = await setUp('wcode', [
      saysJson(429, { error: { message: 'rate' } }, { 'retry-after': '2' }),
    ])
    expect([...(await speak({}, [2000])).pcm]).toEqual(SOUND)
    expect(server.requests).toHaveLength(2)
  })

  test('C4: a date to wait until is a time from now', async () => {
    const time = fakeTime(Date.UTC(2026, 0, 1))
    const { failing } = await setUp(
      'wcode',
      Array<Answering>(5).fill(
        saysJson(
          429,
          { error: { message: 'rate' } },
          { 'retry-after': new Date(time.nowEpochMs + 7000).toUTCString() },
        ),
      ),
      { clock: { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer } },
    )
    expect(await failing()).toMatchObject({ failureClass: 'rate-limit', facts: { retryAfterMs: 7000 } })
  })

  test('C4: a used-up quota is not asked again', async () => {
    const { failing, server } = await setUp('wcode', [
      saysJson(429, { error: { message: 'no more', code: 'insufficient_quota' } }, { 'retry-after': '2' }),
    ])
    expect(await failing()).toMatchObject({ failureClass: 'quota' })
    expect(server.requests).toHaveLength(1)
  })

  test('C5: a gateway that is down is asked four times', async () => {
    const page = says(503, '<html>Bad gateway</html>', { 'content-type': 'text/html' })
    const { failing, server } = await setUp('wcode', [page, page, page, page])
    expect(await failing({}, [1000, 2000, 4000])).toMatchObject({
      failureClass: 'unavailable',
      facts: { reason: '<html>Bad gateway</html>' },
    })
    expect(server.requests).toHaveLength(4)
  })

  test('C6: a body that breaks off is network, after sound', async () => {
    const half = saysPieces([W.subarray(0, 30)], {
      type: 'audio/wav',
      ends: 'reset',
      headers: { 'content-length': '60' },
    })
    const { failing, server } = await setUp('wcode', [half, half])
    expect(await failing({}, [500])).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
    expect(server.requests).toHaveLength(2)
  })

  test('C7: a byte each second is slow, and no failure', async () => {
    const time = fakeTime()
    const clock: Clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
    let came = 0
    const wire = wireOf(clock)
    const counted: Wire = {
      ...wire,
      ask: async (request, signal) => {
        const answer = await wire.ask(request, signal)
        return {
          status: answer.status,
          header: (name) => answer.header(name),
          bytes: () => answer.bytes(),
          text: () => answer.text(),
          async *pieces() {
            for await (const piece of answer.pieces()) {
              came += piece.length
              yield piece
            }
          },
        }
      },
    }
    const slowly: Answering = async (answer) => {
      answer.writeHead(200, { 'content-type': 'audio/wav' })
      for (const [index, byte] of W.entries()) {
        answer.write(Buffer.of(byte))
        while (came <= index) await new Promise((resolve) => setImmediate(resolve))
        time.pass(1000)
      }
      answer.end()
    }
    const { speak, server } = await setUp('wcode', [slowly], { wire: counted, clock })
    expect([...(await speak()).pcm]).toEqual(SOUND)
    expect(time.nowEpochMs - 1_700_000_000_000).toBe(60_000)
    expect(time.pendingMs()).toEqual([])
    expect(server.requests).toHaveLength(1)
  })

  test('C8: an address where nothing is says to check the address', async () => {
    const page = says(404, '<html>Not here</html>', { 'content-type': 'text/html' })
    const { failing, server } = await setUp('wcode', [page, page])
    const failure = await failing({}, [0])
    expect(failure).toMatchObject({ failureClass: 'protocol', facts: { httpStatus: 404 } })
    expect(failure.facts).toMatchObject({ reason: 'check-address', params: { detail: '<html>Not here</html>' } })
    expect(server.requests).toHaveLength(2)
  })

  test('C9: an empty body is protocol, and asked once more', async () => {
    const { failing, server, attempt } = await setUp('wcode', [says(200, ''), says(200, ''), says(200, '')])
    expect(await failing({}, [0])).toMatchObject({ failureClass: 'protocol' })
    expect(server.requests).toHaveLength(2)
    expect(await attempt()).toMatchObject({ sounds: 0, failure: { failureClass: 'protocol' } })
  })

  test('C10: an MP3 where a WAV was asked for is taken as what it is, with a warning', async () => {
    const decoded: Uint8Array[] = []
    const { speak } = await setUp('wcode', [says(200, M, { 'content-type': 'application/octet-stream' })], {
      decode: async (bytes) => {
        decoded.push(bytes)
        return { pcm: Float32Array.of(0.5, -0.5), sampleRateHz: 22_050 }
      },
    })
    expect(await speak()).toMatchObject({
      pcm: Float32Array.of(0.5, -0.5),
      sampleRateHz: 22_050,
      warnings: [{ field: 'format', reason: 'format-mismatch' }],
    })
    expect(decoded.map((bytes) => Buffer.from(bytes))).toEqual([M])
  })
})

const REFERENCE: VoiceAudio = { bytes: new Uint8Array(W), type: 'audio/wav', transcript: '希望你以后能够做得比我还好' }
const voiceAudio = async (): Promise<VoiceAudio> => REFERENCE

describe('SGLang-Omni', () => {
  test('F4: speaks by events of its own form', async () => {
    const chunk = eventOf({ object: 'audio.speech.chunk', audio: { data: P.toString('base64') } })
    const { speak, server } = await setUp(
      'sglang-omni',
      [saysPieces([chunk, 'data: [DONE]\n\n'], { type: 'text/event-stream' })],
      { voiceAudio },
    )
    const piece = await speak()
    expect([...piece.pcm]).toEqual(SOUND)
    expect(piece.sampleRateHz).toBe(24_000)
    expect(server.speeches()[0]).toMatchObject({ stream: true, response_format: 'pcm', ref_text: REFERENCE.transcript })
  })

  test('F4: speaks by raw samples', async () => {
    const { speak, server } = await setUp('sglang-omni', [], { voiceAudio, endpoint: { sampleRateHz: 22_050 } })
    const piece = await speak({ seed: -1, language: 'zh-CN' })
    expect([...piece.pcm]).toEqual(SOUND)
    expect(piece).toMatchObject({ sampleRateHz: 22_050, warnings: [] })
    expect(server.speeches()[0]).toMatchObject({ seed: 65_535, language: 'Chinese' })
  })

  test('is told how to speak, or what the recording says, never both', async () => {
    const { speak, server } = await setUp('sglang-omni', [], { voiceAudio })
    await speak({ instruct: '请用四川话表达。' })
    const [body] = server.speeches()
    expect(body).toMatchObject({ instructions: '请用四川话表达。' })
    expect(body).not.toHaveProperty('ref_text')
    expect(body?.ref_audio).toBe(`data:audio/wav;base64,${W.toString('base64')}`)
  })

  test.each([
    ['zh-CN', 'en-GB', undefined],
    ['zh-CN', 'zh', REFERENCE.transcript],
    [null, 'en', REFERENCE.transcript],
    ['en', null, REFERENCE.transcript],
  ])('of a recording in %s, for a line in %s, is told %s', async (home, language, told) => {
    const { speak, server } = await setUp('sglang-omni', [], {
      voiceAudio: async () => ({ ...REFERENCE, language: home }),
    })
    await speak({ language })
    expect(server.speeches()[0]?.ref_text).toBe(told)
  })

  test('is told nothing of what a recording says where nobody knows', async () => {
    const { speak, server } = await setUp('sglang-omni', [], {
      voiceAudio: async () => ({ ...REFERENCE, transcript: '' }),
    })
    await speak()
    expect(server.speeches()[0]).not.toHaveProperty('ref_text')
  })

  test('takes the recording that a person set for all', async () => {
    const { speak, server } = await setUp('sglang-omni', [], {
      endpoint: { extra: { ref_audio: 'data:audio/wav;base64,AA==' } },
    })
    await speak()
    expect(server.requests).toHaveLength(1)
  })

  test('is not asked without a recording', async () => {
    const { failing, server } = await setUp('sglang-omni')
    expect(await failing()).toMatchObject({ failureClass: 'voice-not-found' })
    expect(server.requests).toEqual([])
  })
})

describe('vLLM-Omni', () => {
  const delta = eventOf({ type: 'speech.audio.delta', audio: P.toString('base64') })

  test('speaks by events', async () => {
    const { speak, server } = await setUp('vllm-omni', [], { voiceAudio })
    expect([...(await speak({ language: 'yue' })).pcm]).toEqual(SOUND)
    expect(server.speeches()[0]).toMatchObject({
      stream: true,
      stream_format: 'sse',
      response_format: 'pcm',
      language: 'Cantonese',
    })
  })

  test('F5: an error among the events is unavailable, after sound', async () => {
    const failed: Answering = saysPieces([delta, eventOf({ type: 'speech.audio.error', error: { message: 'x' } })], {
      type: 'text/event-stream',
    })
    const { failing, server } = await setUp('vllm-omni', [failed, failed])
    expect(await failing({}, [1000])).toMatchObject({
      failureClass: 'unavailable',
      facts: { reason: 'x', hasPartialAudio: true },
    })
    expect(server.requests).toHaveLength(2)
  })

  test('events that end without their mark are not taken for whole', async () => {
    const cut = saysPieces([delta], { type: 'text/event-stream' })
    const { failing } = await setUp('vllm-omni', [cut, cut])
    expect(await failing()).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
  })

  test('a piece of sound that is cut off is network, after sound', async () => {
    const cut = saysPieces([eventOf({ type: 'speech.audio.delta', audio: 'UklGRjQAAABXQVZFZm1' })], {
      type: 'text/event-stream',
    })
    const { failing, server } = await setUp('vllm-omni', [cut, cut])
    expect(await failing()).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
    expect(server.requests).toHaveLength(2)
  })

  test.each([
    [
      'half a sample',
      [eventOf({ type: 'speech.audio.delta', audio: 'AAAA' }), eventOf({ type: 'speech.audio.done' })],
      'network',
    ],
    [
      'an error of its own form',
      [delta, eventOf({ error: { message: 'no such voice', code: 404 } })],
      'voice-not-found',
    ],
    ['an error without more', [delta, eventOf({ type: 'speech.audio.error', message: 'x' })], 'unavailable'],
    ['an error by its name', [delta, 'event: error\ndata: {"message":"x"}\n\n'], 'unavailable'],
    ['no JSON', [delta, 'data: {\n\n'], 'protocol'],
  ])('%s among the events fails, after sound', async (_what, events, failureClass) => {
    const { attempt } = await setUp('vllm-omni', [saysPieces(events, { type: 'text/event-stream' })])
    expect(await attempt()).toMatchObject({ sounds: 1, failure: { failureClass, facts: { hasPartialAudio: true } } })
  })

  test.each([
    ['the mark of the end alone', [eventOf({ type: 'speech.audio.done' })]],
    ['what nobody knows alone', [eventOf({ type: 'x' }), 'data: 7\n\n', 'data: [DONE]\n\n']],
  ])('%s is no sound', async (_what, events) => {
    const { attempt } = await setUp('vllm-omni', [saysPieces(events, { type: 'text/event-stream' })])
    const { sounds, failure } = await attempt()
    expect(sounds).toBe(0)
    expect(failure).toMatchObject({ failureClass: 'protocol' })
    expect(failure).not.toHaveProperty('facts.hasPartialAudio')
  })

  test('events are known by what they are, whatever they are called', async () => {
    const events = saysPieces([delta, eventOf({ type: 'speech.audio.done' })], { type: 'audio/pcm' })
    const { speak } = await setUp('vllm-omni', [events])
    expect([...(await speak()).pcm]).toEqual(SOUND)
  })

  test('is not asked to speak like a recording whose words nobody knows', async () => {
    const { failing, server } = await setUp('vllm-omni', [], {
      voiceAudio: async () => ({ ...REFERENCE, transcript: '' }),
    })
    expect(await failing()).toMatchObject({ failureClass: 'bad-request' })
    expect(server.requests).toEqual([])
  })

  test('is told what a recording says for a line in another language too: it wants both', async () => {
    const { speak, server } = await setUp('vllm-omni', [], {
      voiceAudio: async () => ({ ...REFERENCE, language: 'zh' }),
    })
    await speak({ language: 'en' })
    expect(server.speeches()[0]?.ref_text).toBe(REFERENCE.transcript)
  })

  test('at another speed than its own, speaks a file', async () => {
    const { speak, server } = await setUp('vllm-omni', [], { voiceAudio })
    expect([...(await speak({ speed: 1.25 })).pcm]).toEqual(SOUND)
    expect(server.speeches()[0]).toMatchObject({ speed: 1.25, response_format: 'wav' })
    expect(server.speeches()[0]).not.toHaveProperty('stream')
  })

  test('a voice that it knows goes by its name', async () => {
    const { speak, server } = await setUp('vllm-omni')
    server.addVoice('anna')
    await speak({ voice: 'anna' })
    expect(server.speeches()[0]).toMatchObject({ voice: 'anna' })
    expect(server.speeches()[0]).not.toHaveProperty('ref_audio')
  })
})

describe('SiliconFlow', () => {
  test('streams samples at the rate that was asked for, and is told how loud in dB', async () => {
    // What a person said of raw samples is of servers that name no rate.
    const { speak, server } = await setUp('siliconflow', [], { endpoint: { sampleRateHz: 48_000 } })
    const piece = await speak({ volume: 100, sampleRateHz: 24_000, speed: 0.5 })
    expect([[...piece.pcm], piece.sampleRateHz, piece.warnings]).toEqual([SOUND, 24_000, []])
    expect(server.speeches()).toEqual([
      {
        model: 'FunAudioLLM/CosyVoice2-0.5B',
        input: '你好',
        voice: 'FunAudioLLM/CosyVoice2-0.5B:alex',
        response_format: 'pcm',
        sample_rate: 24_000,
        stream: true,
        gain: 6.02,
        speed: 0.5,
      },
    ])
  })

  test('that refuses samples is asked for a whole file', async () => {
    const noPcm = saysJson(400, { code: 20_012, message: 'Unsupported response_format', data: null })
    const { speak, server } = await setUp('siliconflow', [noPcm])
    expect((await speak()).warnings).toEqual([{ field: 'format', reason: 'format-mismatch' }])
    expect(server.speeches()[1]).toMatchObject({ response_format: 'wav', stream: false })
  })

  test('a stream that ends in the middle of a sample, or is reset, has not come whole', async () => {
    const cut = [saysPieces([P.subarray(0, 7)]), saysPieces([P], { ends: 'reset' })]
    const { attempt } = await setUp('siliconflow', cut)
    for (const _ of cut) expect(await attempt()).toMatchObject({ failure: { failureClass: 'network' } })
  })

  test.each([
    [0, undefined, 0],
    [5, -10, 0.1 / 10 ** -0.5],
    [10, -10, 0.2 / 10 ** -0.5],
    [25, -6.02, 1],
  ])('what is beyond its decibels is done here: at %i it is told %s', async (volume, gain, rest) => {
    const { speak, server } = await setUp('siliconflow')
    const piece = await speak({ volume })
    expect(server.speeches()[0]?.gain).toBe(gain)
    for (const [index, sample] of SOUND.entries()) expect(piece.pcm[index]).toBeCloseTo(rest * sample, 6)
    expect(piece.warnings).toEqual([])
  })

  test('F7: overloaded is unavailable; a bare string refuses the key', async () => {
    const overloaded = { code: 50_505, message: 'Model service overloaded. Please try again later.', data: null }
    const answers = Array<Answering>(4).fill(saysJson(503, overloaded))
    const { failing, server } = await setUp('siliconflow', answers)
    expect(await failing({}, [1000, 2000, 4000])).toMatchObject({
      failureClass: 'unavailable',
      facts: { reason: overloaded.message, code: '50505' },
    })
    expect(server.requests).toHaveLength(4)
    const wrong = await setUp('siliconflow', [], { endpoint: { apiKey: 'sk-wrong-0000' } })
    expect(await wrong.failing()).toMatchObject({ failureClass: 'auth', facts: { reason: 'Invalid token' } })
  })
})

describe('a server that nobody knows', () => {
  const noWav = saysJson(400, { error: { message: 'Unsupported response_format', type: 'invalid_request_error' } })
  const decode = async () => ({ pcm: Float32Array.of(0.25), sampleRateHz: 44_100 })

  test('that takes no WAV is asked for an MP3, and from then on for that', async () => {
    const { speak, server } = await setUp('generic', [noWav, says(200, M), says(200, M)], { decode })
    const piece = await speak()
    expect(piece).toMatchObject({ sampleRateHz: 44_100, warnings: [{ field: 'format', reason: 'format-mismatch' }] })
    await speak()
    expect(server.speeches().map((body) => body.response_format)).toEqual(['wav', 'mp3', 'mp3'])
  })

  test('that refuses the MP3 too is not asked a third time, and says why', async () => {
    const { failing, server } = await setUp('generic', [noWav, saysJson(400, { detail: 'no' })])
    expect(await failing()).toMatchObject({ failureClass: 'bad-request', facts: { reason: 'no' } })
    expect(server.requests).toHaveLength(2)
  })

  test('that complains of something else is not asked for an MP3', async () => {
    const complaint = { detail: [{ loc: ['body', 'voice'], msg: 'Field required', type: 'missing' }] }
    const { failing, server } = await setUp('generic', [saysJson(422, complaint)])
    expect(await failing()).toMatchObject({ failureClass: 'bad-request', facts: { reason: 'voice: Field required' } })
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    ['nothing', ''],
    ['sound', W],
  ])('that fails with %s in its body fails by its status', async (_what, body) => {
    const { failing } = await setUp('generic', Array<Answering>(4).fill(says(503, body)))
    expect(await failing()).toMatchObject({ failureClass: 'unavailable' })
  })

  test('gets no field that it may not know, and what is left out is warned of', async () => {
    const { speak, server } = await setUp('generic')
    const piece = await speak({ instruct: 'x', language: 'en', pitch: 1.2, volume: 80, seed: 7, speed: 5 })
    expect(server.speeches()).toEqual([
      { model: 'm-1', input: '你好', voice: 'longanyang', response_format: 'wav', speed: 4 },
    ])
    expect(piece.warnings.map(({ field, reason }) => `${field} ${reason}`).sort()).toEqual([
      'instruct not-supported',
      'language not-supported',
      'pitch not-supported',
      'seed not-supported',
      'speed out-of-range',
      'volume not-supported',
    ])
  })

  test('gets directions where a person says that it takes them, and the fields that they add', async () => {
    const { speak, server } = await setUp('generic', [], {
      endpoint: { takesInstructions: true, extra: { response_format: 'pcm' } },
    })
    expect([...(await speak({ instruct: 'softly' })).pcm]).toEqual(SOUND)
    expect(server.speeches()[0]).toMatchObject({ instructions: 'softly', response_format: 'pcm' })
  })
})

describe('sound', () => {
  const file = (bits: number, channels: number, tag: number, data: Buffer): Buffer => {
    const head = Buffer.from(W.subarray(0, 44))
    head.writeUInt16LE(tag, 20)
    head.writeUInt16LE(channels, 22)
    head.writeUInt16LE(bits, 34)
    head.writeUInt32LE(data.length, 40)
    return Buffer.concat([head, data])
  }

  test.each([
    ['of 32-bit floats', file(32, 1, 3, Buffer.alloc(64))],
    ['of 24-bit integers', file(24, 1, 1, Buffer.alloc(48))],
    ['of 16-bit floats', file(16, 1, 3, Buffer.alloc(48))],
    ['of two channels', file(16, 2, 1, Buffer.alloc(64))],
    ['of companded bytes', file(8, 1, 7, Buffer.alloc(64))],
  ])('%s is decoded as a file', async (_what, bytes) => {
    const { speak } = await setUp('generic', [says(200, bytes, { 'content-type': 'audio/wav' })], {
      decode: async (found) => ({ pcm: Float32Array.of(found.length), sampleRateHz: 48_000 }),
    })
    expect(await speak()).toMatchObject({ pcm: Float32Array.of(bytes.length), sampleRateHz: 48_000, warnings: [] })
  })

  test.each([
    ['words', '{"error":{"message":"no voice', 'json'],
    ['no sound', '\u0001\u0002\u0003', 'x'],
  ])('of which only %s came before it broke off is network, before sound', async (_what, body, type) => {
    const { failing } = await setUp('wcode', Array<Answering>(4).fill(saysPieces([body], { type, ends: 'reset' })))
    const failure = await failing()
    expect(failure.failureClass).toBe('network')
    expect(failure.facts.hasPartialAudio).toBeUndefined()
  })

  test('that cannot be decoded is protocol', async () => {
    const { failing } = await setUp('generic', [says(200, M), says(200, M)])
    expect(await failing()).toMatchObject({ failureClass: 'protocol' })
  })

  test('of a WAV that is streamed is whole at the end of its body, whatever sizes it claims', async () => {
    const { speak } = await setUp('generic', [saysPieces([WS.subarray(0, 50), WS.subarray(50)])])
    expect([...(await speak()).pcm]).toEqual(SOUND)
  })

  test('of a WAV without a length of its body is missing where its header claims more', async () => {
    const { failing } = await setUp('generic', Array<Answering>(2).fill(saysPieces([W.subarray(0, 54)])))
    expect(await failing()).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
  })

  test('of a WAV is whole where its body is as long as was said, whatever its header claims', async () => {
    const { speak } = await setUp('generic', [says(200, W.subarray(0, 54))])
    expect([...(await speak()).pcm]).toEqual(SOUND.slice(0, 5))
  })

  test('of a WAV whose header has no end is not waited for', async () => {
    const endless = Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVEJUNK\u007f\u007f\u007f\u007f'), Buffer.alloc(70_000)])
    const { attempt } = await setUp('generic', [saysPieces([endless], { ends: 'never' })])
    expect(await attempt()).toMatchObject({ failure: { failureClass: 'protocol' } })
  })

  test('of a file that holds none is none', async () => {
    const { attempt } = await setUp('generic', [says(200, M)], {
      decode: async () => ({ pcm: new Float32Array(), sampleRateHz: 8000 }),
    })
    expect(await attempt()).toMatchObject({ sounds: 0, failure: { failureClass: 'protocol' } })
  })

  test('that ends in the middle of a sample is network, after sound', async () => {
    const { failing } = await setUp('sglang-omni', Array<Answering>(2).fill(saysPieces([P, Buffer.of(1)])), {
      voiceAudio,
    })
    expect(await failing()).toMatchObject({ failureClass: 'network', facts: { hasPartialAudio: true } })
  })

  test.each([
    ['a frame of an MP3', [0xff, 0xff, 0xff, 0xff]],
    ['a brace', [0x00, 0x00, 0x7b, 0x00]],
    ['an angle bracket', [0x3c, 0x00, 0x3c, 0x00]],
    ['a bracket at the first byte', [0x5b, 0x01, 0x5b, 0x01]],
  ])('of raw samples that begin like %s is taken for raw samples', async (_what, first) => {
    const bytes = Buffer.from([...first, ...P])
    const { speak } = await setUp('sglang-omni', [says(200, bytes)], { voiceAudio })
    expect((await speak()).pcm).toHaveLength(10)
  })

  test.each([
    ['JSON', '{"error":{"message":"out of memory","type":"server_error"}}', 'unavailable'],
    ['a page', `<html><body>${'Bad gateway '.repeat(10)}</body></html>`, 'protocol'],
    ['plain words', 'Something went wrong here, and nobody knows what it was: try again', 'protocol'],
    ['a JSON string', '"Invalid token"', 'bad-request'],
    ['other JSON', '{"ok":true}', 'protocol'],
  ])('%s in place of raw samples is no sound', async (_what, body, failureClass) => {
    const { failing } = await setUp('sglang-omni', Array<Answering>(4).fill(says(200, body)), { voiceAudio })
    expect(await failing()).toMatchObject({ failureClass })
  })

  test('of raw samples where a WAV was asked for is no sound', async () => {
    const { failing } = await setUp('wcode', [says(200, P), says(200, P)])
    expect(await failing()).toMatchObject({
      failureClass: 'protocol',
      facts: { reason: 'not-sound' },
    })
  })
})

describe('patience', () => {
  const late =
    (time: ReturnType<typeof fakeTime>, afterMs: number): Answering =>
    (answer, seen) => {
      time.pass(afterMs)
      return says(200, W)(answer, seen)
    }
  const onTime = async (profile: OpenAiProfileId, afterMs: number): Promise<Setting> => {
    const time = fakeTime()
    const clock: Clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
    return setUp(profile, [late(time, afterMs), late(time, afterMs)], { wire: wireOf(clock), clock, voiceAudio })
  }

  test('is long with a server that answers when all is spoken, and has an end', async () => {
    const { speak } = await onTime('wcode', 299_000)
    expect([...(await speak()).pcm]).toEqual(SOUND)
    const { failing, server } = await onTime('wcode', 300_000)
    expect(await failing()).toMatchObject({ failureClass: 'timeout' })
    expect(server.requests).toHaveLength(2)
  })

  test('is short with a server that ought to stream', async () => {
    const { failing } = await onTime('sglang-omni', 60_000)
    expect(await failing()).toMatchObject({ failureClass: 'timeout' })
  })
})

describe('before anything is sent', () => {
  test.each([
    ['a text that is too long', 'wcode', { text: '汉'.repeat(1001) }, 'text-too-long'],
    ['no text', 'wcode', { text: ' \n' }, 'bad-request'],
    ['SSML for a server that reads none', 'generic', { isSsml: true, text: '<speak>x</speak>' }, 'bad-request'],
  ] as const)('%s is refused', async (_what, profile, more, failureClass) => {
    const { failing, server } = await setUp(profile)
    expect(await failing(more)).toMatchObject({ failureClass })
    expect(server.requests).toEqual([])
  })

  test('a text of just the length passes, and SSML where it is read', async () => {
    const { speak, server } = await setUp('wcode')
    await speak({ text: '汉'.repeat(1000) })
    await speak({ text: `<speak>${'汉'.repeat(1000)}</speak>`, isSsml: true })
    expect(server.speeches()[1]).toMatchObject({ enable_ssml: true })
  })

  test('a key that no header can hold is refused, and not repeated', async () => {
    const { failing } = await setUp('generic', [], { endpoint: { apiKey: 'sk-geheim\nx' } })
    const failure = await failing()
    expect(failure.failureClass).toBe('auth')
    expect(`${failure} ${JSON.stringify(failure.facts)}`).not.toContain('geheim')
  })

  test('an address that is none is refused', async () => {
    const { failing } = await setUp('generic', [], { endpoint: { baseUrl: 'file:///etc' } })
    expect(await failing()).toMatchObject({ failureClass: 'bad-request' })
  })

  test('slashes at the end of the address go', async () => {
    const server = await serverOf('generic', [])
    const client = createOpenAiClient({
      wire: wireOf(systemClock),
      clock: systemClock,
      endpoint: { baseUrl: `${server.baseUrl}//`, profile: 'generic' },
      decode: () => Promise.reject(new Error()),
    })
    expect((await hear(client, asking('generic'))).failures).toEqual([])
    expect(server.requests[0]?.path).toBe('/v1/audio/speech')
    expect(server.requests[0]?.headers.authorization).toBeUndefined()
  })
})

test('an error that has no end is not read to its end', async () => {
  const endless: Answering = async (answer) => {
    answer.writeHead(403)
    await new Promise((resolve) => answer.write('no '.repeat(30_000), resolve))
  }
  const { failing } = await setUp('generic', [endless])
  expect(await failing()).toMatchObject({ failureClass: 'auth' })
})

test('neither key nor text is repeated from what a server says', async () => {
  const text = 'A secret that is told to nobody, not even to the log.'
  const message = `Bad key ${KEY} for text "${text}" (${text.slice(3, 30)})`
  const { failing } = await setUp('wcode', [saysJson(401, { error: { message, code: `x ${KEY}` } })])
  const failure = await failing({ text })
  const said = `${failure} ${JSON.stringify(failure.facts)}`
  expect(failure.facts.reason).toBe('Bad key sk-***1234 for text "…" (…)')
  expect(said).not.toContain(KEY)
  expect(said).not.toContain('told to nobody')
})

test('nor a password that went encoded', async () => {
  const endpoint = {
    apiKey: Buffer.from('ann:sesame-open-1').toString('base64'),
    keyHeader: { name: 'Authorization', scheme: 'Basic' },
  } as const
  const { failing } = await setUp('generic', [saysJson(401, { detail: 'No such password: sesame-open-1' })], {
    endpoint,
  })
  expect((await failing()).facts.reason).toBe('No such password: sk-***en-1')
})

describe('a cancel', () => {
  const cancelled = async (
    { client }: Setting,
    profile: OpenAiProfileId,
    controller: AbortController,
  ): Promise<unknown> => (await hear(client, asking(profile), controller.signal)).failure

  test('before the request sends nothing', async () => {
    const setting = await setUp('generic')
    const controller = new AbortController()
    controller.abort()
    expect(await cancelled(setting, 'generic', controller)).toBeInstanceOf(AppCancel)
    expect(setting.server.requests).toEqual([])
  })

  test('while the server thinks, while it speaks, and while it explains an error, lets go of the connection', async () => {
    const controllers = [new AbortController(), new AbortController(), new AbortController()]
    const [thinking, speaking, explaining] = controllers
    const setting = await setUp('generic', [
      () => thinking?.abort(),
      async (answer) => {
        answer.writeHead(200, { 'content-type': 'audio/wav' })
        await new Promise((resolve) => answer.write(WS, resolve))
        speaking?.abort()
      },
      async (answer) => {
        answer.writeHead(500)
        await new Promise((resolve) => answer.write('because', resolve))
        explaining?.abort()
      },
    ])
    for (const controller of controllers)
      expect(await cancelled(setting, 'generic', controller)).toBeInstanceOf(AppCancel)
    await setting.server.idle()
    expect(setting.server.requests).toHaveLength(3)
  })

  test('while the next attempt waits makes no more', async () => {
    const controller = new AbortController()
    const setting = await setUp('generic', [says(503, 'down')])
    const cancelling: SpeechClient = {
      ...setting.client,
      async *speak(asked, signal) {
        try {
          yield* setting.client.speak(asked, signal)
        } finally {
          controller.abort()
        }
      },
    }
    const heard = await hear(cancelling, asking('generic'), controller.signal)
    expect(heard.failure).toBeInstanceOf(AppCancel)
    expect(setting.server.requests).toHaveLength(1)
  })

  test('while a file is decoded wins over what comes of it', async () => {
    const controller = new AbortController()
    const { client } = await setUp('generic', [says(200, M)], {
      decode: async () => {
        controller.abort()
        throw new Error('broken')
      },
    })
    const events = client.speak(asking('generic'), controller.signal)
    await expect(events.next().then(() => events.next())).rejects.toBeInstanceOf(AppCancel)
  })

  test('of the client ends what it speaks', async () => {
    const setting = await setUp('generic', [saysPieces([WS], { type: 'audio/wav', ends: 'never' })])
    const events = setting.client.speak(asking('generic'), never)
    expect((await events.next()).value).toMatchObject({ kind: 'sound' })
    await setting.client[Symbol.asyncDispose]()
    await expect(events.next()).rejects.toBeInstanceOf(AppCancel)
  })

  test('by leaving the loop lets go of the connection', async () => {
    const setting = await setUp('generic', [saysPieces([WS], { type: 'audio/wav', ends: 'never' })])
    for await (const event of setting.client.speak(asking('generic', { seed: 1 }), never)) {
      expect(event.kind).toBe('warning')
      break
    }
    await setting.server.idle()
  })
})
