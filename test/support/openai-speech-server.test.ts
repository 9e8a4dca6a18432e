import { afterEach, describe, expect, test } from 'vitest'
import type { OpenAiProfileId } from '../../src/shared/endpoint/index.ts'
import { type OpenAiSpeechServer, startOpenAiSpeechServer, W } from './openai-speech-server.ts'

const KEY = 'sk-right-1234'
const JSON_HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
const REFERENCE = `data:audio/wav;base64,${W.toString('base64')}`
/** The least that each of them takes. */
const LEAST: Readonly<Record<OpenAiProfileId, Readonly<Record<string, unknown>>>> = {
  generic: { model: 'm', input: '你好', voice: 'anna' },
  'cosyvoice-desktop': { model: 'm', input: '你好', voice: 'anna' },
  wcode: { model: 'tongyi/cosyvoice-v3-plus', input: '你好' },
  'vllm-omni': { input: '你好', ref_audio: REFERENCE, ref_text: '好' },
  'sglang-omni': { input: '你好', ref_audio: REFERENCE },
  siliconflow: {
    ...{ model: 'FunAudioLLM/CosyVoice2-0.5B', voice: 'FunAudioLLM/CosyVoice2-0.5B:alex' },
    ...{ input: '你好', stream: false },
  },
}
const PROFILES = Object.keys(LEAST) as OpenAiProfileId[]

const opened: OpenAiSpeechServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server[Symbol.asyncDispose]()
})
const start = async (profile: OpenAiProfileId): Promise<OpenAiSpeechServer> => {
  const server = await startOpenAiSpeechServer(profile)
  opened.push(server)
  return server
}
type How = { path?: string; method?: string; headers?: Record<string, string> }
const ask = async (
  server: OpenAiSpeechServer,
  body: unknown,
  { path = '/audio/speech', method = 'POST', headers = JSON_HEADERS }: How = {},
): Promise<{ status: number; text: string }> => {
  const sent = body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await fetch(`${server.baseUrl}${path}`, {
    method,
    headers,
    ...(method !== 'GET' && method !== 'DELETE' && { body: sent }),
  })
  return { status: answer.status, text: await answer.text() }
}
const speak = async (profile: OpenAiProfileId, changes: object) =>
  ask(await start(profile), { ...LEAST[profile], ...changes })

test.each(PROFILES)('%s speaks to the least that it needs', async (profile) => {
  expect((await speak(profile, {})).status).toBe(200)
})

describe.each(PROFILES)('%s refuses', (profile) => {
  test.each<[string, object]>([
    ['a field that it does not have', { colour: 'blue' }],
    ['a field by another name', { text: '你好' }],
    ['no text', { input: undefined }],
    ['an empty text', { input: '' }],
    ['text that is none', { input: 7 }],
    ['a format that it does not have', { response_format: 'wma' }],
    ['too fast', { speed: 4.01 }],
    ['too slow', { speed: 0.24 }],
    ['a speed that is text', { speed: '1' }],
    ['too much text', { input: '二'.repeat(4097) }],
  ])('%s', async (_, changes) => {
    const { status, text } = await speak(profile, changes)
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { type: 'invalid_request_error' } }])
  })

  test('what is no JSON, by its words or by its name', async () => {
    const server = await start(profile)
    expect((await ask(server, '{')).status).toBe(400)
    expect((await ask(server, '[]')).status).toBe(400)
    const headers = { ...JSON_HEADERS, 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ask(server, LEAST[profile], { headers })).status).toBe(415)
  })

  test.each<How>([{ path: '/audio/speeches' }, { path: '/v1/audio/speech' }, { method: 'PUT' }, { method: 'GET' }])(
    'another place: %j',
    async (how) => {
      expect((await ask(await start(profile), LEAST[profile], how)).status).toBe(404)
    },
  )
})

describe.each(['wcode', 'siliconflow'] as const)('%s wants its key:', (profile) => {
  test.each<[string, Record<string, string>, string]>([
    ['none', {}, ''],
    ['a wrong one', { authorization: 'Bearer sk-wrong' }, ''],
    ['one without its scheme', { authorization: KEY }, ''],
    ['one in the address', {}, `?key=${KEY}`],
  ])('%s is refused', async (_, headers, query) => {
    const { authorization: _key, ...rest } = JSON_HEADERS
    const how = { path: `/audio/speech${query}`, headers: { ...rest, ...headers } }
    const { status, text } = await ask(await start(profile), LEAST[profile], how)
    expect([status, profile === 'siliconflow' ? JSON.parse(text) : JSON.parse(text).error.code]).toEqual([
      401,
      profile === 'siliconflow' ? 'Invalid token' : 'invalid_api_key',
    ])
  })
})

describe('what is right in itself and wrong together:', () => {
  test.each<[OpenAiProfileId, string, object, number]>([
    ['wcode', 'a stream', { stream: true }, 400],
    ['wcode', 'no model', { model: undefined }, 400],
    ['wcode', 'a model that is none', { model: 'cosyvoice-v3-plus' }, 404],
    ['wcode', 'a voice of another model', { voice: 'longxiaochun_v3' }, 400],
    ['wcode', 'a voice of nobody', { model: 'tongyi/cosyvoice-v3-flash', voice: 'anna' }, 400],
    ['wcode', 'directions', { instructions: 'softly' }, 400],
    ['wcode', 'a language', { language_hints: ['zh'] }, 400],
    ['wcode', 'a rate that is none', { sample_rate: 11_025 }, 400],
    ['wcode', 'a bit rate of what is no Opus', { response_format: 'mp3', bit_rate: 32 }, 400],
    ['wcode', 'a bit rate above 510', { response_format: 'opus', bit_rate: 511 }, 400],
    ['wcode', 'half a volume', { volume: 0.5 }, 400],
    ['wcode', 'a volume above 100', { volume: 101 }, 400],
    ['wcode', 'a pitch above 2', { pitch: 2.1 }, 400],
    ['wcode', 'a speed above 2', { speed: 2.1 }, 400],
    ['wcode', 'a seed above 65535', { seed: 65_536 }, 400],
    ['wcode', 'a seed below 0', { seed: -1 }, 400],
    ['wcode', '2001 characters', { input: 'a'.repeat(2001) }, 400],
    ['wcode', '1001 ideographs', { input: '二'.repeat(1001) }, 400],
    ['wcode', 'AAC', { response_format: 'aac' }, 400],
    ['generic', 'a stream', { stream: true }, 400],
    ['generic', 'a seed', { seed: 1 }, 400],
    ['generic', 'no model', { model: undefined }, 400],
    ['generic', 'no voice', { voice: undefined }, 400],
    ['cosyvoice-desktop', 'a voice of nobody', { voice: 'carl' }, 404],
    ['cosyvoice-desktop', 'a voice of nobody by its number', { voice: { id: 'carl' } }, 404],
    ['cosyvoice-desktop', 'a voice without a name', { voice: {} }, 400],
    ['vllm-omni', 'no recording and no voice', { ref_audio: undefined, ref_text: undefined }, 400],
    ['vllm-omni', 'a voice that nobody made', { voice: 'anna', ref_audio: undefined, ref_text: undefined }, 400],
    ['vllm-omni', 'a recording without its words', { ref_text: undefined }, 400],
    ['vllm-omni', 'words without their recording', { ref_audio: undefined }, 400],
    ['vllm-omni', 'a recording that is a file', { ref_audio: '/tmp/a.wav' }, 400],
    ['vllm-omni', 'a recording that is no sound', { ref_audio: 'data:text/plain;base64,AA==' }, 400],
    ['vllm-omni', 'a fast stream', { stream: true, response_format: 'pcm', speed: 1.5 }, 400],
    ['vllm-omni', 'a stream of MP3', { stream: true, response_format: 'mp3' }, 400],
    ['vllm-omni', 'events without a stream', { stream_format: 'sse' }, 400],
    ['vllm-omni', 'a language by its tag', { language: 'zh' }, 400],
    ['vllm-omni', 'a seed', { seed: 1 }, 400],
    ['sglang-omni', 'no recording', { ref_audio: undefined }, 400],
    ['sglang-omni', 'words and directions', { ref_text: '好', instructions: 'softly' }, 400],
    ['sglang-omni', 'a stream of WAV', { stream: true, response_format: 'wav' }, 400],
    ['sglang-omni', 'a voice', { voice: 'anna' }, 400],
    ['sglang-omni', 'no steps at all', { top_k: 0 }, 400],
    ['siliconflow', 'no word about streaming', { stream: undefined }, 400],
    ['siliconflow', 'another model', { model: 'm' }, 400],
    ['siliconflow', 'a voice of nobody', { voice: 'FunAudioLLM/CosyVoice2-0.5B:carl' }, 400],
    ['siliconflow', 'a voice that nobody made', { voice: 'speech:carl:x' }, 400],
    ['siliconflow', 'a voice without its model', { voice: 'alex' }, 400],
    ['siliconflow', 'a gain of 11 dB', { gain: 11 }, 400],
    ['siliconflow', 'a rate that WAV does not have', { response_format: 'wav', sample_rate: 48_000 }, 400],
    ['siliconflow', 'a rate that MP3 does not have', { sample_rate: 24_000 }, 400],
    ['siliconflow', 'a rate that Opus does not have', { response_format: 'opus', sample_rate: 44_100 }, 400],
    ['siliconflow', 'directions', { instructions: 'softly' }, 400],
  ])('%s refuses %s', async (profile, _, changes, status) => {
    expect((await speak(profile, changes)).status).toBe(status)
  })

  test.each<[OpenAiProfileId, object]>([
    ['wcode', { stream: false, voice: 'longanhuan', response_format: 'opus', bit_rate: 32, seed: 65_535 }],
    ['wcode', { input: `<speak>${'二'.repeat(1000)}</speak>`, enable_ssml: true }],
    ['cosyvoice-desktop', { voice: { id: 'bella' }, instructions: 'softly' }],
    ['vllm-omni', { stream: true, stream_format: 'sse', response_format: 'pcm', language: 'Chinese' }],
    ['sglang-omni', { instructions: 'softly', stream: true, response_format: 'pcm', seed: 1 }],
    ['siliconflow', { gain: -10, response_format: 'opus', sample_rate: 48_000 }],
  ])('%s takes %j', async (profile, changes) => {
    expect((await speak(profile, changes)).status).toBe(200)
  })
})

describe('voices', () => {
  type Form = Readonly<Record<string, string | File | undefined>>
  const sound = (bytes: Uint8Array<ArrayBuffer> = new Uint8Array(W), name = 'a.wav', type = 'audio/wav'): File =>
    new File([bytes], name, { type })
  const upload = (server: OpenAiSpeechServer, path: string, form: Form): Promise<{ status: number }> => {
    const data = new FormData()
    for (const [name, value] of Object.entries(form)) if (value !== undefined) data.set(name, value)
    return ask(server, data, { path, headers: { authorization: `Bearer ${KEY}` } })
  }
  const PLACES = [
    ['vllm-omni', '/audio/voices', { audio_sample: sound(), name: 'anna', consent: 'yes' }, 'audio_sample', 'anna'],
    [
      'siliconflow',
      '/uploads/audio/voice',
      { file: sound(), customName: 'anna', model: 'm', text: '好' },
      'file',
      'speech:anna:x',
    ],
  ] as const

  test.each(PLACES)('%s takes a whole form, and speaks with what it made', async (profile, path, form, _, voice) => {
    const server = await start(profile)
    expect((await upload(server, path, form)).status).toBe(200)
    const changes = profile === 'vllm-omni' ? { ref_audio: undefined, ref_text: undefined } : {}
    expect((await ask(server, { ...LEAST[profile], ...changes, voice })).status).toBe(200)
  })

  test.each(PLACES)('%s refuses a form that is not whole', async (profile, path, form, audio) => {
    const server = await start(profile)
    for (const name of Object.keys(form))
      expect((await upload(server, path, { ...form, [name]: undefined })).status).toBe(400)
    for (const file of [
      sound(new Uint8Array()),
      sound(new Uint8Array(W), 'a.wav', 'text/plain'),
      sound(new Uint8Array(W), 'a.exe'),
      sound(new Uint8Array(10 * 1024 * 1024 + 1)),
    ])
      expect((await upload(server, path, { ...form, [audio]: file })).status).toBe(400)
    expect((await upload(server, path, { ...form, [audio]: 'a.wav' })).status).toBe(400)
    expect((await ask(server, form, { path })).status).toBe(400)
  })

  test.each([
    ['vllm-omni', { path: '/audio/voices/carl', method: 'DELETE' }],
    ['siliconflow', { path: '/audio/voice/deletions' }],
  ] as const)('%s has none to remove', async (profile, how) => {
    expect((await ask(await start(profile), { uri: 'speech:carl:x' }, how)).status).toBe(404)
  })

  test.each(PROFILES)('are listed at %s where it says so', async (profile) => {
    const server = await start(profile)
    const status = async (path: string): Promise<number> => (await ask(server, '', { path, method: 'GET' })).status
    expect([await status('/audio/voices'), await status('/audio/voice/list'), await status('/models')]).toEqual([
      profile === 'vllm-omni' || profile === 'cosyvoice-desktop' ? 200 : 404,
      profile === 'siliconflow' ? 200 : 404,
      profile === 'wcode' ? 404 : 200,
    ])
  })
})

test('a batch has 1 to 32 items of fields that it knows', async () => {
  const server = await start('vllm-omni')
  const batch = (items: unknown) => ask(server, { items }, { path: '/audio/speech/batch' })
  const item = { input: '好', voice: 'anna' }
  for (const items of [[], Array.from({ length: 33 }, () => item), 'one', undefined])
    expect((await batch(items)).status).toBe(400)
  const { text } = await batch([item, { ...item, seed: 1 }, { ...item, input: '' }])
  expect(JSON.parse(text).results).toMatchObject([{ status: 'success' }, { status: 'error' }, { status: 'error' }])
})
