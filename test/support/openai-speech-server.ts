import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { OpenAiProfileId } from '../../src/shared/endpoint/index.ts'
import { wavOf } from './cosyvoice-api-server.ts'
import { charactersOf } from './dashscope-server.ts'
import { pcmOf, type SoundOf } from './spoken-sound.ts'

/** 8 samples of 16 bits: 0, 1000, 2000, 3000, 2000, 1000, 0, -1000. */
export const P = Buffer.from('AADoA9AHuAvQB+gDAAAY/A==', 'base64')
/** The same as a WAV of 24 kHz. */
export const W = Buffer.from(
  'UklGRjQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YRAAAAAAAOgD0Ae4C9AH6AMAABj8',
  'base64',
)
/** The same as a WAV that is streamed: its sizes say nothing. */
export const WS = Buffer.from(
  'UklGRv///39XQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0Ydv//38AAOgD0Ae4C9AH6AMAABj8',
  'base64',
)
/** What looks like an MP3. */
export const M = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(61)])

export type SeenRequest = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  /** Of a body that is JSON. */
  readonly json: unknown
}
export type Answering = (answer: ServerResponse, seen: SeenRequest) => void | Promise<void>

export type OpenAiSpeechServer = AsyncDisposable & {
  /** As people type it in: with the path before `/audio/speech`. */
  readonly baseUrl: string
  readonly requests: readonly SeenRequest[]
  /** The bodies of the requests for speech. */
  speeches(): readonly Record<string, unknown>[]
  /** Answers the next requests, one each, in place of the server itself. */
  next(...answers: Answering[]): void
  /** Somebody else has made a voice there. */
  addVoice(name: string): void
  /** Once no connection is left. */
  idle(): Promise<void>
}

type Rules = {
  readonly basePath: string
  readonly key: string | null
  readonly fields: Readonly<Record<string, (value: unknown) => boolean>>
  readonly required: readonly string[]
  readonly tooLong: (input: string) => boolean
  readonly formats: readonly string[]
  /** What is wrong with a request whose fields are right one by one. */
  readonly complaint: (body: Readonly<Record<string, unknown>>, voices: Voices) => string | undefined
  /** What is not found: a model or a voice. */
  readonly missing?: (body: Readonly<Record<string, unknown>>) => 'model' | 'voice' | undefined
}
/** Voices that were uploaded: what they are called in requests, and by people. */
type Voices = Map<string, string>

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isWithin =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= min && value <= max
const isWhole =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    isWithin(min, max)(value) && Number.isInteger(value)
const isOneOf =
  (...values: unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value)
const longerThan =
  (most: number) =>
  (input: string): boolean =>
    [...input].length > most
const fine = (): undefined => undefined

const OPENAI: Rules = {
  basePath: '/v1',
  key: null,
  fields: { model: isText, input: isText, voice: isText, instructions: isText, speed: isWithin(0.25, 4) },
  required: ['model', 'input', 'voice'],
  tooLong: longerThan(4096),
  formats: ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'],
  complaint: fine,
}
const isReference = (value: unknown): boolean => typeof value === 'string' && /^data:audio\/\w+;base64,/.test(value)

const DESKTOP_VOICES = ['anna', 'bella']
const WCODE_VOICES: Readonly<Record<string, readonly string[]>> = {
  'tongyi/cosyvoice-v3-plus': ['longanyang', 'longanhuan'],
  'tongyi/cosyvoice-v3-flash': ['longanyang', 'longanhuan', 'longxiaochun_v3'],
}
const SILICONFLOW_MODEL = 'FunAudioLLM/CosyVoice2-0.5B'
const SILICONFLOW_VOICES = ['alex', 'benjamin', 'charles', 'david', 'anna', 'bella', 'claire', 'diana']
const SILICONFLOW_RATES: Readonly<Record<string, readonly number[]>> = {
  mp3: [32_000, 44_100],
  opus: [48_000],
  wav: [8000, 16_000, 24_000, 32_000, 44_100],
  pcm: [8000, 16_000, 24_000, 32_000, 44_100],
}

/** What each kind of server takes. @source chapters C and F of the protocols: its vendors' pages */
const RULES: Readonly<Record<OpenAiProfileId, Rules>> = {
  generic: OPENAI,
  'cosyvoice-desktop': {
    ...OPENAI,
    fields: {
      ...OPENAI.fields,
      voice: (value) => isText(value) || isText(fieldsOf(value)?.id ?? fieldsOf(value)?.name),
      mode: isText,
    },
    missing: ({ voice }) => {
      const name = fieldsOf(voice)?.id ?? fieldsOf(voice)?.name ?? voice
      return DESKTOP_VOICES.some((known) => known === name) ? undefined : 'voice'
    },
  },
  wcode: {
    ...OPENAI,
    basePath: '/api/gpt/v1',
    key: 'sk-right-1234',
    fields: {
      model: isText,
      input: isText,
      voice: isText,
      sample_rate: isOneOf(8000, 16_000, 22_050, 24_000, 44_100, 48_000),
      bit_rate: isWhole(6, 510),
      volume: isWhole(0, 100),
      pitch: isWithin(0.5, 2),
      speed: isWithin(0.5, 2),
      seed: isWhole(0, 65_535),
      enable_ssml: isFlag,
      stream: isOneOf(false),
    },
    required: ['model', 'input'],
    tooLong: (input) => charactersOf(input) > 2000,
    formats: ['mp3', 'pcm', 'wav', 'opus'],
    complaint: ({ model, voice = 'longanyang', response_format, bit_rate }) => {
      if (WCODE_VOICES[String(model)]?.includes(String(voice)) === false) return `voice ${voice} is not of this model`
      return bit_rate !== undefined && response_format !== 'opus' ? 'bit_rate is for opus' : undefined
    },
    missing: ({ model }) => (Object.hasOwn(WCODE_VOICES, String(model)) ? undefined : 'model'),
  },
  'vllm-omni': {
    ...OPENAI,
    fields: {
      ...OPENAI.fields,
      language: isOneOf('Auto', 'Chinese', 'English', 'Japanese', 'Korean', 'Cantonese'),
      ref_audio: isReference,
      ref_text: isText,
      stream: isFlag,
      stream_format: isOneOf('audio', 'sse'),
      max_new_tokens: isWhole(1, 100_000),
    },
    required: ['input'],
    formats: ['wav', 'mp3', 'flac', 'pcm', 'opus', 'aac'],
    complaint: (body, voices) => {
      if (body.stream === true && (body.speed ?? 1) !== 1) return 'Streaming needs a speed of 1.0'
      if (body.stream === true && !['pcm', 'wav'].includes(String(body.response_format)))
        return 'Streaming needs the format pcm or wav'
      if (body.stream !== true && body.stream_format === 'sse') return 'stream_format sse needs stream'
      if ((body.ref_audio === undefined) !== (body.ref_text === undefined))
        return 'ref_audio and ref_text belong together'
      return body.ref_audio === undefined && !voices.has(String(body.voice)) ? 'This model needs ref_audio' : undefined
    },
  },
  'sglang-omni': {
    ...OPENAI,
    fields: {
      model: isText,
      input: isText,
      instructions: isText,
      language: isText,
      speed: isWithin(0.25, 4),
      ref_audio: isReference,
      ref_text: isText,
      seed: isWhole(0, 2 ** 31),
      stream: isFlag,
      temperature: isWithin(0, 2),
      top_p: isWithin(0, 1),
      top_k: isWhole(1, 1000),
      max_new_tokens: isWhole(1, 100_000),
    },
    required: ['input', 'ref_audio'],
    formats: ['wav', 'mp3', 'flac', 'pcm', 'aac', 'opus'],
    complaint: (body) => {
      if (body.ref_text !== undefined && body.instructions !== undefined)
        return 'ref_text and instructions exclude each other'
      return body.stream === true && body.response_format !== 'pcm' ? 'Streaming needs the format pcm' : undefined
    },
  },
  siliconflow: {
    ...OPENAI,
    key: 'sk-right-1234',
    fields: {
      model: isText,
      input: isText,
      voice: isText,
      sample_rate: isOneOf(8000, 16_000, 24_000, 32_000, 44_100, 48_000),
      speed: isWithin(0.25, 4),
      gain: isWithin(-10, 10),
      stream: isFlag,
    },
    required: ['model', 'input', 'voice', 'stream'],
    formats: ['mp3', 'opus', 'wav', 'pcm'],
    complaint: ({ model, voice, response_format = 'mp3', sample_rate }, voices) => {
      if (model !== SILICONFLOW_MODEL) return 'Model does not exist'
      const isPreset = SILICONFLOW_VOICES.some((name) => voice === `${SILICONFLOW_MODEL}:${name}`)
      if (!isPreset && !voices.has(String(voice))) return 'Invalid voice'
      const rates = SILICONFLOW_RATES[String(response_format)] ?? []
      return sample_rate === undefined || rates.includes(Number(sample_rate)) ? undefined : 'Invalid sample_rate'
    },
  },
}

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // A form, or nothing.
    return undefined
  }
}

/** Sends a whole answer. */
export const says =
  (status: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answering =>
  (answer) => {
    const bytes = Buffer.from(body)
    answer.writeHead(status, { 'content-length': String(bytes.length), ...headers })
    answer.end(bytes)
  }
export const saysJson = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answering =>
  says(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers })

/** Sends an answer in pieces, without its length. */
export const saysPieces =
  (
    pieces: readonly (string | Buffer)[],
    {
      type = 'application/octet-stream',
      ends = 'whole',
      headers = {},
    }: { type?: string; ends?: 'whole' | 'reset' | 'never'; headers?: Readonly<Record<string, string>> } = {},
  ): Answering =>
  async (answer) => {
    answer.writeHead(200, { 'content-type': type, ...headers })
    for (const piece of pieces) await new Promise((resolve) => answer.write(piece, resolve))
    if (ends === 'whole') answer.end()
    if (ends === 'reset') answer.socket?.resetAndDestroy()
  }
export const eventOf = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`

const complaining = (status: number, message: string, names: Readonly<Record<string, unknown>> = {}): Answering =>
  saysJson(status, { error: { message, type: 'invalid_request_error', param: null, code: null, ...names } })

const fieldsOf = (json: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : undefined

const speaking = (rules: Rules, json: unknown, voices: Voices, soundOf: SoundOf | undefined): Answering => {
  const fields = fieldsOf(json)
  if (!fields) return complaining(400, 'no JSON object')
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'response_format') continue
    const isRight = Object.hasOwn(rules.fields, name) ? rules.fields[name] : undefined
    if (!isRight) return complaining(400, `Unknown parameter: ${name}`)
    if (!isRight(value)) return complaining(400, `Invalid value of ${name}`)
  }
  const missing = rules.required.find((name) => fields[name] === undefined)
  if (missing !== undefined) return complaining(400, `Missing parameter: ${missing}`)
  if (fields.input === '') return complaining(400, 'Input text cannot be empty')
  if (rules.tooLong(String(fields.input))) return complaining(400, 'input is too long')
  const format = String(fields.response_format ?? rules.formats[0])
  if (!rules.formats.includes(format)) return complaining(400, `Unknown format ${format}`)
  const absent = rules.missing?.(fields)
  if (absent !== undefined) return complaining(404, `No such ${absent}`, { code: `${absent}_not_found`, param: absent })
  const complaint = rules.complaint(fields, voices)
  if (complaint !== undefined) return complaining(400, complaint)
  if (fields.stream === true && fields.stream_format === 'sse')
    return saysPieces(
      [
        eventOf({ type: 'speech.audio.delta', audio: P.toString('base64') }),
        eventOf({ type: 'speech.audio.done', usage: { output_tokens: 8 } }),
      ],
      { type: 'text/event-stream' },
    )
  const isWav = format === 'wav'
  const samples = soundOf?.(String(fields.input))
  const sound = samples ? Buffer.from(isWav ? wavOf(samples) : pcmOf(samples)) : isWav ? W : P
  // Pieces of a body are not pieces of its samples.
  if (fields.stream === true && format === 'pcm')
    return saysPieces([sound.subarray(0, 5), sound.subarray(5)], {
      type: 'audio/pcm',
      headers: { 'x-request-id': 'r-1' },
    })
  return says(200, sound, { 'content-type': isWav ? 'audio/wav' : 'audio/pcm', 'x-request-id': 'r-1' })
}

const ITEM_FIELDS = ['input', 'voice', 'response_format', 'speed', 'instructions', 'ref_audio', 'ref_text']
const speakingAll = (json: unknown): Answering => {
  const items = fieldsOf(json)?.items
  if (!Array.isArray(items) || items.length < 1 || items.length > 32) return complaining(400, 'items: 1 to 32')
  const results = items.map((item: unknown, index) => {
    const fields = fieldsOf(item) ?? {}
    const unknown = Object.keys(fields).find((name) => !ITEM_FIELDS.includes(name))
    if (unknown !== undefined) return { index, status: 'error', error: `Unknown parameter: ${unknown}` }
    if (typeof fields.input !== 'string' || fields.input === '')
      return { index, status: 'error', error: 'Input text cannot be empty' }
    return { index, status: 'success', audio_data: W.toString('base64'), media_type: 'audio/wav' }
  })
  return saysJson(200, { id: 'b-1', results })
}

const formOf = ({ headers, body }: SeenRequest): Promise<FormData> =>
  new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData()

const SILICONFLOW_FORM = { audio: 'file', name: 'customName', others: ['model', 'text'] }
const VLLM_FORM = { audio: 'audio_sample', name: 'name', others: ['consent'] }

const MOST_SAMPLE_BYTES = 10 * 1024 * 1024
const keepingVoice = async (voices: Voices, seen: SeenRequest, profile: OpenAiProfileId): Promise<Answering> => {
  const expected = profile === 'siliconflow' ? SILICONFLOW_FORM : VLLM_FORM
  const form = await formOf(seen).catch(() => new FormData())
  const [audio, name] = [form.get(expected.audio), form.get(expected.name)]
  if (!(audio instanceof File) || audio.size === 0) return complaining(400, `${expected.audio} is missing`)
  if (audio.size > MOST_SAMPLE_BYTES) return complaining(400, `${expected.audio} is too large`)
  if (!/^audio\//.test(audio.type) || !/\.(wav|mp3|flac|opus|pcm)$/.test(audio.name))
    return complaining(400, `${expected.audio} is of an unknown kind`)
  if (typeof name !== 'string' || name === '') return complaining(400, `${expected.name} is missing`)
  const missing = expected.others.find((field) => typeof form.get(field) !== 'string')
  if (missing !== undefined) return complaining(400, `${missing} is missing`)
  const voice = profile === 'siliconflow' ? `speech:${name}:x` : name
  voices.set(voice, name)
  return saysJson(200, profile === 'siliconflow' ? { uri: voice } : { success: true, voice: { name } })
}

const droppingVoice = (voices: Voices, voice: string): Answering =>
  voices.delete(voice)
    ? saysJson(200, { success: true })
    : complaining(404, `Voice ${voice} not found`, { type: 'NotFoundError', code: 404 })

const vllmRoute = (what: string, voices: Voices, seen: SeenRequest): Answering | Promise<Answering> | undefined => {
  if (what === 'POST /audio/speech/batch') return speakingAll(seen.json)
  if (what === 'POST /audio/voices') return keepingVoice(voices, seen, 'vllm-omni')
  const names = [...voices.keys()]
  if (what === 'GET /audio/voices')
    return saysJson(200, { voices: names, uploaded_voices: names.map((name) => ({ name })) })
  const [, voice] = /^DELETE \/audio\/voices\/([^/]+)$/.exec(what) ?? []
  return voice === undefined ? undefined : droppingVoice(voices, decodeURIComponent(voice))
}

const siliconFlowRoute = (
  what: string,
  voices: Voices,
  seen: SeenRequest,
): Answering | Promise<Answering> | undefined => {
  if (what === 'POST /uploads/audio/voice') return keepingVoice(voices, seen, 'siliconflow')
  if (what === 'GET /audio/voice/list')
    return saysJson(200, {
      result: [...voices].map(([uri, customName]) => ({ uri, customName, model: 'm', text: 't' })),
    })
  return what === 'POST /audio/voice/deletions' ? droppingVoice(voices, String(fieldsOf(seen.json)?.uri)) : undefined
}

/**
 * A server that speaks like OpenAI's, as strict as the profile's own.
 * @param soundOf what it says; `P` to everything without it
 */
export const startOpenAiSpeechServer = async (
  profile: OpenAiProfileId,
  { soundOf }: { soundOf?: SoundOf } = {},
): Promise<OpenAiSpeechServer> => {
  const rules = RULES[profile]
  const requests: SeenRequest[] = []
  const scripted: Answering[] = []
  const sockets = new Set<Socket>()
  const voices: Voices = new Map()
  const whenIdle = new Set<() => void>()

  const route = (seen: SeenRequest): Answering | Promise<Answering> => {
    const path = seen.path.startsWith(rules.basePath) ? seen.path.slice(rules.basePath.length) : 'elsewhere'
    const what = `${seen.method} ${path}`
    if (rules.key !== null && seen.headers.authorization !== `Bearer ${rules.key}`)
      return profile === 'siliconflow'
        ? saysJson(401, 'Invalid token')
        : complaining(401, 'Incorrect API key', { code: 'invalid_api_key' })
    if (what === 'POST /audio/speech')
      return seen.headers['content-type'] === 'application/json'
        ? speaking(rules, seen.json, voices, soundOf)
        : complaining(415, 'no JSON')
    if (what === 'GET /models' && profile !== 'wcode')
      return saysJson(200, { object: 'list', data: [{ id: 'm-1' }, { id: 'm-2' }] })
    const own =
      profile === 'vllm-omni'
        ? vllmRoute(what, voices, seen)
        : profile === 'siliconflow'
          ? siliconFlowRoute(what, voices, seen)
          : profile === 'cosyvoice-desktop' && what === 'GET /audio/voices'
            ? saysJson(200, { voices: DESKTOP_VOICES.map((name) => ({ id: name, name })) })
            : undefined
    return own ?? says(404, '<html>Not Found</html>', { 'content-type': 'text/html' })
  }

  const server = createServer(async (request, answer) => {
    // One connection for each request: what is left open is seen.
    answer.shouldKeepAlive = false
    const body = await buffer(request)
    const seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      json: parsed(body),
    }
    requests.push(seen)
    const answering = scripted.shift() ?? (await route(seen))
    await answering(answer, seen)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    // Whoever hangs up on a server that still writes is expected here.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const resolve of whenIdle) resolve()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${rules.basePath}`,
    requests,
    speeches: () =>
      requests
        .filter(({ path }) => path.endsWith('/audio/speech'))
        .flatMap(({ json }) => (typeof json === 'object' && json !== null ? [{ ...json }] : [])),
    next: (...answers) => {
      scripted.push(...answers)
    },
    addVoice: (name) => void voices.set(name, name),
    idle: () => (sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.add(resolve))),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
