import { afterEach, describe, expect, test } from 'vitest'
import { type CosyVoiceApiServer, type ServerTraits, startCosyVoiceApiServer, wavOf } from './cosyvoice-api-server.ts'
import { openRaw, type RawHeard, type RawSocket, upgradeStatus } from './raw-exchange.ts'

const opened: CosyVoiceApiServer[] = []
const sockets: RawSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket[Symbol.dispose]()
  for (const server of opened.splice(0)) await server[Symbol.asyncDispose]()
})
const start = async (traits: ServerTraits = {}): Promise<CosyVoiceApiServer> => {
  const server = await startCosyVoiceApiServer(traits)
  opened.push(server)
  return server
}

type Fields = Readonly<Record<string, unknown>>
type Answer = { status: number; text: string; json: { [name: string]: unknown } }
const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  return { status: response.status, text, json: /^[{[]/.test(text) ? JSON.parse(text) : {} }
}
const ask = async (
  server: CosyVoiceApiServer,
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<Answer> => answerOf(await fetch(`${server.url}${path}`, { method, headers, redirect: 'manual' }))
const postJson = async (server: CosyVoiceApiServer, path: string, body: unknown, method = 'POST'): Promise<Answer> =>
  answerOf(
    await fetch(`${server.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
const postForm = async (server: CosyVoiceApiServer, path: string, fields: Fields): Promise<Answer> => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) form.set(name, value instanceof File ? value : String(value))
  return answerOf(await fetch(`${server.url}${path}`, { method: 'POST', body: form }))
}

const sound = (
  bytes: Uint8Array<ArrayBuffer> = wavOf(Array(24_000).fill(0.1)),
  name = 'a.wav',
  type = 'audio/wav',
): File => new File([bytes], name, { type })
const CACHE = { text: 'Hello', voice_id: 'my_voice_01', format: 'wav', speed: 1 }
const AUDIO = { text: 'Hello', prompt_audio: sound(), format: 'wav', speed: 1 }
const STREAM = { ...CACHE, quality: 'medium' }
const VOICE = {
  ...{ voice_id: 'anna', name: 'Anna', voice_type: 'cross_lingual', audio_format: 'wav' },
  audio_file: sound(),
}
const LONG = 'a'.repeat(2001)

describe('speech of a cached voice', () => {
  const PATH = '/api/v3/cross-lingual/with-cache'
  test('is made, and loaded from its address', async () => {
    const server = await start()
    const { status, json } = await postJson(server, PATH, CACHE)
    expect(status).toBe(200)
    expect((await ask(server, String(json.audio_url))).text).toMatch(/^RIFF/)
    expect((await ask(server, '/api/v3/audio/none.wav')).status).toBe(404)
  })

  test('is cut without a word where its text is longer than 300 characters', async () => {
    const server = await start()
    const sizeOf = async (characters: number): Promise<number> => {
      const { json } = await postJson(server, PATH, { ...CACHE, text: 'a'.repeat(characters) })
      return (await (await fetch(`${server.url}${json.audio_url}`)).arrayBuffer()).byteLength
    }
    expect([await sizeOf(300), await sizeOf(301)]).toEqual([60, 52])
  })

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a list', []],
    ['no text', { ...CACHE, text: undefined }],
    ['2001 characters', { ...CACHE, text: LONG }],
    ['no voice', { ...CACHE, voice_id: undefined }],
    ['a format that is none', { ...CACHE, format: 'opus' }],
    ['too fast', { ...CACHE, speed: 2.1 }],
    ['too slow', { ...CACHE, speed: 0.4 }],
    ['a speed that is text', { ...CACHE, speed: '1' }],
    ['streaming that is text', { ...CACHE, stream: 'yes' }],
  ])('is refused with 422 for %s', async (_, body) => {
    expect(await postJson(await start(), PATH, body)).toMatchObject({
      status: 422,
      json: { error: 'validation_error' },
    })
  })

  test('is refused for a voice that is not there, a form, and a model that is not loaded', async () => {
    const server = await start({ hasV3: false })
    expect(await postJson(server, PATH, CACHE)).toMatchObject({ status: 503, json: { error: 'model_not_ready' } })
    const other = { ...CACHE, voice_id: 'x' }
    expect(await postJson(server, '/api/v2/cross-lingual/with-cache', other)).toMatchObject({
      status: 500,
      json: { error: 'http_error', message: expect.stringContaining("Cached voice 'x' not found") },
    })
    expect((await postForm(server, '/api/v2/cross-lingual/with-cache', CACHE)).status).toBe(422)
    const withoutV2 = await start({ hasV2: false })
    expect((await postJson(withoutV2, '/api/v2/cross-lingual/with-cache', CACHE)).status).toBe(503)
  })
})

describe.each([
  ['/api/v3/cross-lingual/with-audio', AUDIO],
  ['/api/v3/cross-lingual/instruct', { ...AUDIO, instruct_text: 'softly' }],
] as const)('speech like a recording, %s,', (path, form) => {
  test('is made', async () => {
    expect((await postForm(await start(), path, form)).status).toBe(200)
  })

  test.each<[string, Fields]>([
    ['no text', { text: undefined }],
    ['2001 characters', { text: LONG }],
    ['no recording', { prompt_audio: undefined }],
    ['a recording that is text', { prompt_audio: 'a.wav' }],
    ['an empty recording', { prompt_audio: sound(new Uint8Array()) }],
    ['a recording of another kind', { prompt_audio: sound(new Uint8Array(9), 'a.txt') }],
    ['a recording that says that it is text', { prompt_audio: sound(new Uint8Array(9), 'a.wav', 'text/plain') }],
    ['a format that is none', { format: 'pcm' }],
    ['too fast', { speed: 2.1 }],
  ])('is refused with 500 for %s', async (_, changes) => {
    const answer = await postForm(await start(), path, { ...form, ...changes })
    expect(answer).toMatchObject({ status: 500, json: { message: expect.stringContaining('validation error') } })
  })

  test('is refused as JSON', async () => {
    const words = { ...form, prompt_audio: 'a.wav audio/wav 100' }
    expect((await postJson(await start(), path, words)).status).toBe(422)
  })
})

test('directions are of v3 alone, and they are not empty', async () => {
  const server = await start()
  const form = { ...AUDIO, instruct_text: 'softly' }
  expect((await postForm(server, '/api/v2/cross-lingual/instruct', form)).status).toBe(404)
  expect((await postForm(server, '/api/v3/cross-lingual/instruct', AUDIO)).status).toBe(500)
  expect((await postForm(server, '/api/v3/cross-lingual/instruct', { ...form, instruct_text: '' })).status).toBe(500)
})

describe('a task', () => {
  test('is registered, worked on and done; a shorter text is all that v2 takes', async () => {
    const server = await start({ polls: 1 })
    const { json } = await postJson(server, '/api/v3/cross-lingual/task', { ...CACHE, text: LONG.slice(1) })
    const path = `/api/v3/cross-lingual/task/${json.task_id}`
    expect([(await ask(server, path)).json.status, (await ask(server, path)).json.status]).toEqual([
      'processing',
      'completed',
    ])
    const v2 = (text: string) => postJson(server, '/api/v2/cross-lingual/task', { ...CACHE, text })
    expect([(await v2('a'.repeat(1001))).status, (await v2('a'.repeat(1000))).status]).toEqual([422, 200])
    expect((await postJson(server, '/api/v3/cross-lingual/task', { ...CACHE, text: LONG })).status).toBe(422)
  })

  test('that writes the file of another is noticed', async () => {
    const server = await start()
    await postJson(server, '/api/v3/cross-lingual/task', CACHE)
    await postJson(server, '/api/v3/cross-lingual/task', { ...CACHE, speed: 2 })
    expect(server.violations).toEqual(['two tasks write v3_task_0f30171e.wav'])
  })

  test('that is not there is not found', async () => {
    const server = await start()
    expect((await ask(server, '/api/v3/cross-lingual/task/x')).status).toBe(404)
    expect((await ask(server, '/api/v3/cross-lingual/task/x', 'DELETE')).status).toBe(404)
    const { json } = await postJson(server, '/api/v3/cross-lingual/task', CACHE)
    server.restart()
    expect((await ask(server, `/api/v3/cross-lingual/task/${json.task_id}`)).status).toBe(404)
  })
})

describe('the schedule', () => {
  const register = async (server: CosyVoiceApiServer, changes: object = {}): Promise<Answer> =>
    postJson(server, '/api/v3/schedule/register', { ...CACHE, ...changes })

  test.each([
    ['a priority that is none', { priority: 'soon' }],
    ['2001 characters', { text: LONG }],
    ['no voice', { voice_id: undefined }],
    ['too fast', { speed: 2.1 }],
  ])('refuses %s', async (_, changes) => {
    expect((await register(await start(), changes)).status).toBe(422)
  })

  test('is of v3 alone', async () => {
    const server = await start()
    for (const version of ['v1', 'v2'])
      expect((await postJson(server, `/api/${version}/schedule/register`, CACHE)).status).toBe(404)
  })

  test('renders a task once, not while it is worked on, and removes none then', async () => {
    const server = await start()
    const { json } = await register(server)
    const render = (): Promise<Answer> => postJson(server, `/api/v3/schedule/render/${json.task_id}`, {})
    expect((await render()).json.status).toBe('scheduled')
    expect(server.violations).toEqual([])
    await render()
    expect(server.violations).toEqual([`${json.task_id} was told to render twice`])
    expect((await ask(server, `/api/v3/schedule/status/${json.task_id}`)).json.status).toBe('processing')
    expect((await render()).status).toBe(400)
    expect((await ask(server, `/api/v3/schedule/task/${json.task_id}`, 'DELETE')).status).toBe(400)
  })

  test.each([
    ['POST', 'render'],
    ['GET', 'status'],
    ['DELETE', 'task'],
  ])('has nothing to %s: %s', async (method, what) => {
    expect((await ask(await start(), `/api/v3/schedule/${what}/x`, method)).status).toBe(404)
  })
})

describe('voices', () => {
  test('of v3 are in a store of their own', async () => {
    const server = await start({ voices: [] })
    expect((await postForm(server, '/api/v3/voices/', VOICE)).status).toBe(201)
    expect((await ask(server, '/api/v3/voices/anna')).status).toBe(200)
    expect((await ask(server, '/api/v2/voices/anna')).status).toBe(404)
    expect((await ask(server, '/api/v2/voices/anna', 'DELETE')).status).toBe(404)
    expect((await postForm(server, '/api/v2/voices/', VOICE)).status).toBe(201)
    expect((await ask(server, '/api/v1/voices/anna')).status).toBe(200)
  })

  test.each<[string, number, Fields]>([
    ['no id', 500, { voice_id: undefined }],
    ['an empty id', 500, { voice_id: '' }],
    ['no name', 500, { name: undefined }],
    ['a type that is none', 500, { voice_type: 'clone' }],
    ['no format', 500, { audio_format: undefined }],
    ['a format that is none', 500, { audio_format: 'opus' }],
    ['no recording', 500, { audio_file: undefined }],
    ['an empty recording', 500, { audio_file: sound(new Uint8Array()) }],
    ['a recording of another kind', 500, { audio_file: sound(undefined, 'a.ogg', 'audio/ogg') }],
    ['a recording that says that it is text', 500, { audio_file: sound(undefined, 'a.wav', 'text/plain') }],
    ['a recording that is none', 400, { audio_file: sound(new Uint8Array(100)) }],
    ['a recording of 31 s', 400, { audio_file: sound(wavOf(Array(31 * 8000).fill(0), { sampleRateHz: 8000 })) }],
    ['a recording of a moment', 400, { audio_file: sound(wavOf([0, 0])) }],
  ])('are not made of %s', async (_, status, changes) => {
    const server = await start({ voices: [] })
    expect((await postForm(server, '/api/v3/voices/', { ...VOICE, ...changes })).status).toBe(status)
    expect((await ask(server, '/api/v3/voices/')).json.total).toBe(0)
  })

  test('are made once by one name', async () => {
    const server = await start({ voices: [] })
    expect((await postForm(server, '/api/v3/voices/', VOICE)).status).toBe(201)
    expect(await postForm(server, '/api/v3/voices/', VOICE)).toMatchObject({
      status: 400,
      json: { message: "Voice 'anna' already exists" },
    })
    expect((await postJson(server, '/api/v3/voices/', { ...VOICE, voice_id: 'b' })).status).toBe(422)
  })

  test('are at an address that ends with a slash', async () => {
    expect((await ask(await start(), '/api/v3/voices')).status).toBe(307)
  })

  test.each(['page=0', 'page_size=0', 'page_size=101', 'page_size=x'])('are not listed by %s', async (query) => {
    expect((await ask(await start(), `/api/v3/voices/?${query}`)).status).toBe(422)
  })

  test('are changed in what may change, where they are', async () => {
    const server = await start()
    const put = (id: string, body: unknown): Promise<Answer> => postJson(server, `/api/v3/voices/${id}`, body, 'PUT')
    expect((await put('my_voice_01', { name: 'New' })).json.name).toBe('New')
    expect((await put('my_voice_01', { voice_id: 'x' })).status).toBe(422)
    expect((await put('my_voice_01', { name: 7 })).status).toBe(422)
    expect((await put('x', { name: 'New' })).status).toBe(404)
    expect((await ask(server, '/api/v3/voices/x')).status).toBe(404)
    expect((await ask(server, '/api/v3/voices/x', 'DELETE')).status).toBe(404)
  })
})

describe('a stream', () => {
  const PATH = '/api/v3/streaming/cross-lingual'
  const query = (changes: Fields): string => {
    const fields = Object.entries({ ...STREAM, ...changes }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    )
    return `${PATH}/sse?${new URLSearchParams(fields)}`
  }

  test('speaks, as a body and in events', async () => {
    const server = await start()
    expect((await postForm(server, PATH, STREAM)).text).toMatch(/^RIFF/)
    expect((await ask(server, query({}))).text).toContain('event: complete')
  })

  test.each<[string, Fields]>([
    ['no text', { text: undefined }],
    ['2001 characters', { text: LONG }],
    ['no voice', { voice_id: undefined }],
    ['a format that is none', { format: 'opus' }],
    ['too fast', { speed: 2.1 }],
    ['a quality that is none', { quality: 'best' }],
  ])('is refused for %s', async (_, changes) => {
    const server = await start()
    expect((await postForm(server, PATH, { ...STREAM, ...changes })).status).toBe(422)
    expect((await ask(server, query(changes))).status).toBe(500)
  })

  test('says within itself that a voice is not there; v1 has no events', async () => {
    const server = await start()
    expect((await postForm(server, PATH, { ...STREAM, voice_id: 'x' })).text).toMatch(/^ERROR: /)
    expect((await ask(server, query({ voice_id: 'x' }))).text).toContain('event: error')
    expect((await ask(server, query({}).replace('/v3/', '/v1/'))).status).toBe(404)
    expect((await postJson(server, PATH, STREAM)).status).toBe(422)
    expect((await ask(await start({ hasV3: false }), query({}))).status).toBe(503)
  })
})

describe('a socket', () => {
  const PATH = '/api/v3/ws/stream?client_id=c'
  const REQUEST = { message_type: 'text_request', request_id: 'r1', ...STREAM }
  const isOf =
    (type: string) =>
    (heard: RawHeard): boolean =>
      'frame' in heard && (heard.frame as { message_type: string }).message_type === type
  const open = async (): Promise<RawSocket> => {
    const socket = await openRaw(`${(await start()).url}${PATH}`)
    sockets.push(socket)
    await socket.heardUntil(isOf('status'))
    return socket
  }

  test('speaks, and answers a ping', async () => {
    const socket = await open()
    socket.say(REQUEST)
    expect(await socket.heardUntil(isOf('synthesis_complete'))).toHaveLength(4)
    socket.say({ message_type: 'ping', request_id: 'p' })
    expect(await socket.heard()).toMatchObject({ frame: { message_type: 'pong', request_id: 'p' } })
  })

  test.each<[string, unknown, string]>([
    ['no JSON', '{', 'INVALID_JSON'],
    ['bytes', Buffer.from('{}'), 'INVALID_JSON'],
    ['another message', { ...REQUEST, message_type: 'cancel' }, 'UNKNOWN_MESSAGE_TYPE'],
    ['no text', { ...REQUEST, text: undefined }, 'SYNTHESIS_ERROR'],
    ['2001 characters', { ...REQUEST, text: LONG }, 'SYNTHESIS_ERROR'],
    ['an unknown field', { ...REQUEST, instruct_text: 'softly' }, 'SYNTHESIS_ERROR'],
    ['too fast', { ...REQUEST, speed: 2.1 }, 'SYNTHESIS_ERROR'],
    ['a speed that is text', { ...REQUEST, speed: '1' }, 'SYNTHESIS_ERROR'],
    ['a format that is none', { ...REQUEST, format: 'opus' }, 'SYNTHESIS_ERROR'],
    ['a quality that is none', { ...REQUEST, quality: 'best' }, 'SYNTHESIS_ERROR'],
    ['a voice that is not there', { ...REQUEST, voice_id: 'x' }, 'SYNTHESIS_ERROR'],
  ])('refuses %s', async (_, frame, code) => {
    const socket = await open()
    socket.say(frame)
    const came = await socket.heardUntil(isOf('error'))
    expect(came.at(-1)).toMatchObject({ frame: { message_type: 'error', error_code: code } })
  })

  test('is opened where it is, by somebody, and where its model is loaded', async () => {
    const server = await start({ hasV3: false })
    const status = (path: string): Promise<number> => upgradeStatus(`${server.url}${path}`)
    expect([
      await status('/api/v2/ws/stream?client_id=c'),
      await status('/api/v2/ws/stream'),
      await status('/api/v2/ws'),
      await status(PATH),
    ]).toEqual([101, 404, 404, 403])
  })
})

test('a proxy before it wants its header; what is nowhere is not found', async () => {
  const server = await start({ needsHeader: ['x-api-key', 'secret'], prefix: '/cosy' })
  expect((await ask(server, '/health')).status).toBe(401)
  expect((await ask(server, '/health', 'GET', { 'x-api-key': 'wrong' })).status).toBe(401)
  const keyed = { 'x-api-key': 'secret' }
  expect((await ask(server, '/health', 'GET', keyed)).status).toBe(200)
  expect((await ask(server, '/healthy', 'GET', keyed)).status).toBe(404)
  expect((await ask(server, '/api/v3/cross-lingual/with-cache', 'GET', keyed)).status).toBe(404)
  expect((await ask(server, '/api/v4/voices/', 'GET', keyed)).status).toBe(404)
})
