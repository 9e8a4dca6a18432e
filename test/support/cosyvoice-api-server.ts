import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { listenOnLoopback } from './loopback.ts'
import { base64Of } from './speech-fixtures.ts'
import type { SoundOf } from './spoken-sound.ts'

/** How an answer ends that is not over when its last piece is sent. */
export type Ending = 'end' | 'reset' | 'hang'

/** What the server does instead of answering a request; each is done once. */
export type Misdeed = {
  status?: number
  headers?: Record<string, string>
  /** A string as it is, everything else as JSON. */
  body?: unknown
  /** Sent one after another, each when the one before has left. */
  pieces?: readonly (Uint8Array | string)[]
  ending?: Ending
  /** Frames instead of its own; `$request` becomes the id of the request. An object is sent as JSON, a number closes with it. */
  frames?: readonly (object | string | Uint8Array | number)[]
}

/** What a request may be for. */
export const ROUTES = [
  'health',
  'openapi',
  'audio',
  'with-cache',
  'with-audio',
  'instruct',
  'task',
  'task-status',
  'task-delete',
  'register',
  'render',
  'status',
  'schedule-delete',
  'queue-stats',
  'stream',
  'sse',
  'voices-create',
  'voices',
  'voice',
  'voice-update',
  'voice-delete',
  'upgrade',
  'socket',
] as const
export type Route = (typeof ROUTES)[number]

export type Seen = {
  readonly route: Route
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Of JSON as it came; of a form its fields, a file as `name type size`. */
  readonly body: Readonly<Record<string, unknown>>
}

type Task = {
  id: string
  status: string
  text: string
  voice: string
  speed: number
  file: string
  version: string
  isScheduled: boolean
  priority: string
  createdAt: string
}

export type CosyVoiceApiServer = AsyncDisposable & {
  readonly url: string
  readonly seen: Seen[]
  /** What no client may do: two tasks at once that write one file, a second render of a task. */
  readonly violations: string[]
  routes(): Route[]
  misbehave(route: Route, ...misdeeds: Misdeed[]): void
  /** Tasks that it keeps. */
  tasks(): number
  /** Forgets all tasks, as a restart does. */
  restart(): void
  /** Its v3 model is there from now on. */
  loadV3(): void
  /** Answers and WebSockets that are open. */
  openExchanges(): number
  settled(): Promise<void>
  /** Resolves when a request for this route has come, so many in all. */
  came(route: Route, times?: number): Promise<void>
  /** Sends a frame on the socket that was opened last. */
  say(frame: object): void
}

export type ServerTraits = {
  readonly prefix?: string
  /** Whether this model is loaded. */
  readonly hasV2?: boolean
  readonly hasV3?: boolean
  readonly voices?: readonly string[]
  /** How often the status of a task is asked before it is completed. */
  readonly polls?: number
  /** No greeting on a WebSocket. */
  readonly isSilent?: boolean
  /** One head for a stream and raw samples after it, as newer builds do. */
  readonly hasOneHead?: boolean
  /** Says nothing on a WebSocket but what `say` is given. */
  readonly isDriven?: boolean
  readonly needsHeader?: readonly [string, string]
  /** What it says to texts; eight samples without it. Streams say it twice. */
  readonly soundOf?: SoundOf
}

/** Samples of a WAV as torchaudio writes them: 32-bit float, or 16-bit. */
export const wavOf = (
  samples: readonly number[],
  {
    sampleRateHz = 24_000,
    isFloat = false,
    dataBytes,
  }: { sampleRateHz?: number; isFloat?: boolean; dataBytes?: number } = {},
): Uint8Array<ArrayBuffer> => {
  const sampleBytes = isFloat ? 4 : 2
  const fact = isFloat ? 12 : 0
  const bytes = new Uint8Array(44 + fact + sampleBytes * samples.length)
  const view = new DataView(bytes.buffer)
  const put = (at: number, text: string): void => bytes.set(Buffer.from(text, 'latin1'), at)
  const sound = dataBytes ?? sampleBytes * samples.length
  put(0, 'RIFF')
  view.setUint32(4, 36 + fact + sound, true)
  put(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, isFloat ? 3 : 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * sampleBytes, true)
  view.setUint16(32, sampleBytes, true)
  view.setUint16(34, 8 * sampleBytes, true)
  if (isFloat) {
    put(36, 'fact')
    view.setUint32(40, 4, true)
    view.setUint32(44, samples.length, true)
  }
  put(36 + fact, 'data')
  view.setUint32(40 + fact, sound, true)
  for (const [index, sample] of samples.entries()) {
    if (isFloat) view.setFloat32(44 + fact + 4 * index, sample, true)
    else view.setInt16(44 + fact + 2 * index, Math.round(sample * 32_768), true)
  }
  return bytes
}
const rawOf = (wav: Uint8Array): Uint8Array => wav.subarray(44)

const WORDS = [0, 1000, 2000, 3000, 2000, 1000, 0, -1000].map((sample) => sample / 32_768)
/** What is said: told apart by its speed. */
const spoken = (speed: number): number[] => WORDS.map((sample) => sample / speed)
/** Of a longer text the model makes no more sound than of so much, and nothing says so. */
const SPOKEN_CHARACTERS = 300

const FORMATS = ['wav', 'mp3', 'flac'] as const
const speed = z.number().min(0.5).max(2)
const cacheSchema = z.object({
  text: z.string().max(2000),
  voice_id: z.string(),
  format: z.enum(FORMATS).default('wav'),
  speed: speed.default(1),
  stream: z.boolean().default(false),
})
const taskSchema = (longest: number) => z.object({ ...cacheSchema.shape, text: z.string().max(longest) })
const scheduleSchema = z.object({
  ...cacheSchema.shape,
  priority: z.enum(['low', 'normal', 'high', 'urgent']).default('normal'),
})
const formSchema = z.object({
  text: z.string().max(2000),
  speed: z.coerce.number().min(0.5).max(2).default(1),
  format: z.enum(FORMATS).default('wav'),
  prompt_audio: z.string().regex(/^\S+\.(wav|mp3|flac|m4a) audio\/\w+ [1-9]\d*$/),
})
const instructSchema = z.object({ ...formSchema.shape, instruct_text: z.string().min(1) })
const streamSchema = z.object({
  text: z.string().max(2000),
  voice_id: z.string(),
  format: z.enum(FORMATS),
  speed: z.coerce.number().min(0.5).max(2),
  quality: z.enum(['low', 'medium', 'high']),
})
const voiceSchema = z.object({
  voice_id: z.string().min(1),
  name: z.string().min(1),
  voice_type: z.enum(['sft', 'zero_shot', 'cross_lingual', 'instruct']),
  audio_format: z.enum(['wav', 'mp3', 'flac', 'm4a']),
  audio_file: formSchema.shape.prompt_audio,
})
const updateSchema = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  language: z.string().optional(),
})
const textRequestSchema = z.strictObject({
  message_type: z.literal('text_request'),
  request_id: z.string(),
  text: z.string().max(2000),
  voice_id: z.string(),
  format: z.enum(FORMATS),
  speed,
  quality: z.enum(['low', 'medium', 'high']),
})
const RATES = { low: 16_000, medium: 22_050, high: 44_100 }

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is refused as what it is not.
    return undefined
  }
}

type Body = {
  readonly fields: Record<string, unknown>
  readonly isForm: boolean
  /** The bytes of its files. */
  readonly files: readonly Uint8Array[]
}
const bodyOf = async (request: IncomingMessage): Promise<Body> => {
  const bytes = await buffer(request)
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('application/json')) {
    const { data = {} } = z.record(z.string(), z.unknown()).safeParse(jsonOf(bytes.toString()))
    return { fields: data, isForm: false, files: [] }
  }
  if (!type.startsWith('multipart/form-data')) return { fields: {}, isForm: false, files: [] }
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => new FormData())
  const fields: Record<string, unknown> = {}
  const files: Uint8Array[] = []
  for (const [name, value] of form.entries()) {
    fields[name] = typeof value === 'string' ? value : `${value.name} ${value.type} ${value.size}`
    if (typeof value !== 'string') files.push(new Uint8Array(await value.arrayBuffer()))
  }
  return { fields, isForm: true, files }
}
/** Routes that take forms; the others with a body take JSON. */
const FORM_ROUTES: readonly Route[] = ['with-audio', 'instruct', 'stream', 'voices-create']
const JSON_ROUTES: readonly Route[] = ['with-cache', 'task', 'register', 'voice-update']
const isMagical = (bytes: Uint8Array): boolean =>
  /^(RIFF|ID3|fLaC|\xff[\xe0-\xff]|....ftyp)/s.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))
/** Of a WAV with an ordinary head; what else there is was not measured. */
const durationSecOf = (bytes: Uint8Array): number | undefined => {
  const wav = Buffer.from(bytes)
  const dataAt = wav.indexOf('data', 20, 'latin1')
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || dataAt < 0) return undefined
  return (wav.length - dataAt - 8) / wav.readUInt32LE(28)
}
const LARGEST_BYTES = 50 * 1024 * 1024

const fileOf = ({ text, voice_id, format }: z.output<typeof cacheSchema>, version: string): string => {
  const suffix = version === 'v3' ? '_v3' : ''
  const hash = createHash('md5').update(`${text}_${voice_id}_${format}${suffix}`).digest('hex').slice(0, 8)
  return `${version === 'v3' ? 'v3_task' : 'task'}_${hash}.${format}`
}

const routeOf = (method: string, path: string): { route: Route; version: string; id: string } | undefined => {
  const [, version = 'v3', rest = ''] = /^\/api\/(v[123])(\/.*)$/.exec(path) ?? []
  if (rest.startsWith('/schedule/') && version !== 'v3') return undefined
  const table: readonly (readonly [string, RegExp, Route])[] = [
    ['GET', /^\/audio\/(.+)$/, 'audio'],
    ['POST', /^\/cross-lingual\/with-cache$/, 'with-cache'],
    ['POST', /^\/cross-lingual\/with-audio$/, 'with-audio'],
    ['POST', /^\/cross-lingual\/instruct$/, 'instruct'],
    ['POST', /^\/cross-lingual\/task$/, 'task'],
    ['GET', /^\/cross-lingual\/task\/(.+)$/, 'task-status'],
    ['DELETE', /^\/cross-lingual\/task\/(.+)$/, 'task-delete'],
    ['POST', /^\/schedule\/register$/, 'register'],
    ['POST', /^\/schedule\/render\/(.+)$/, 'render'],
    ['GET', /^\/schedule\/status\/(.+)$/, 'status'],
    ['DELETE', /^\/schedule\/task\/(.+)$/, 'schedule-delete'],
    ['GET', /^\/schedule\/queue-stats$/, 'queue-stats'],
    ['POST', /^\/streaming\/cross-lingual$/, 'stream'],
    ['GET', /^\/streaming\/cross-lingual\/sse$/, 'sse'],
    ['POST', /^\/voices\/$/, 'voices-create'],
    ['GET', /^\/voices\/$/, 'voices'],
    ['GET', /^\/voices\/(.+)$/, 'voice'],
    ['PUT', /^\/voices\/(.+)$/, 'voice-update'],
    ['DELETE', /^\/voices\/(.+)$/, 'voice-delete'],
  ]
  if (method === 'GET' && path === '/health') return { route: 'health', version, id: '' }
  if (method === 'GET' && path === '/openapi.json') return { route: 'openapi', version, id: '' }
  for (const [wanted, pattern, route] of table) {
    const found = wanted === method ? pattern.exec(rest) : null
    if (found) return { route, version, id: decodeURIComponent(found[1] ?? '') }
  }
  return undefined
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
const httpError = (response: ServerResponse, status: number, message: string, error = 'http_error'): void =>
  json(response, status, { error, message, details: { path: '/api' } })
/** Pydantic's words, the input included. */
const validationWords = ({ issues }: z.ZodError, input: unknown): string =>
  `${issues.length} validation error for Request\n${issues
    .map(({ path, code }) => {
      const isLong = code === 'too_big' && path[0] === 'text'
      const words = isLong
        ? 'String should have at most 2000 characters [type=string_too_long'
        : 'Input should be valid [type=value_error'
      return `${path.join('.')}\n  ${words}, input_value='${JSON.stringify(input).slice(0, 60)}', input_type=str]`
    })
    .join('\n')}`

/**
 * A CosyVoice API server (v2 + v3) on this machine, strict as the real one and with its oddities.
 * @source cosyvoice cloud-apis E
 */
export const startCosyVoiceApiServer = async ({
  prefix = '',
  hasV2 = true,
  hasV3 = true,
  voices: named = ['my_voice_01'],
  polls = 2,
  isSilent = false,
  hasOneHead = false,
  isDriven = false,
  needsHeader,
  soundOf,
}: ServerTraits = {}): Promise<CosyVoiceApiServer> => {
  const seen: Seen[] = []
  const violations: string[] = []
  const misdeeds = new Map<Route, Misdeed[]>()
  const files = new Map<string, Uint8Array>()
  const tasks = new Map<string, Task>()
  const asked = new Map<string, number>()
  const storeOfNamed = () => new Map(named.map((id) => [id, { voice_id: id, name: id } as Record<string, unknown>]))
  /** v1 is v2 under its old name; v3 has a store of its own. */
  const stores = { v2: storeOfNamed(), v3: storeOfNamed() }
  const voicesOf = (version: string): Map<string, Record<string, unknown>> => (version === 'v3' ? stores.v3 : stores.v2)
  let isV3Loaded = hasV3
  const waiting: { route: Route; times: number; tell: () => void }[] = []
  let lastSocket: WebSocket | undefined

  const note = (route: Route, request: IncomingMessage, body: Record<string, unknown>): void => {
    seen.push({ route, path: request.url ?? '', headers: request.headers, body })
    for (const wait of [...waiting])
      if (seen.filter((one) => one.route === wait.route).length >= wait.times) {
        waiting.splice(waiting.indexOf(wait), 1)
        wait.tell()
      }
  }

  const misbehaved = async (misdeed: Misdeed, response: ServerResponse): Promise<void> => {
    const { status = 200, headers = {}, body, pieces, ending = 'end' } = misdeed
    if (body !== undefined) {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
      return
    }
    if (pieces || ending === 'end') {
      response.writeHead(status, headers)
      response.flushHeaders()
    }
    for (const piece of pieces ?? []) await new Promise<void>((resolve) => response.write(piece, () => resolve()))
    if (ending === 'end') response.end()
    if (ending === 'reset') response.destroy()
  }

  const voiceObject = (version: string, id: string): Record<string, unknown> => ({
    description: null,
    voice_type: 'cross_lingual',
    language: null,
    created_at: '2026-01-02T03:04:05.678901',
    updated_at: '2026-01-02T03:04:05.678901',
    audio_format: 'wav',
    file_size: 1000,
    duration: 3.5,
    sample_rate: 24_000,
    is_active: true,
    ...voicesOf(version).get(id),
  })

  const said = (text: string, speed: number): readonly number[] => {
    const heard = [...text].slice(0, SPOKEN_CHARACTERS).join('')
    const sound = soundOf?.(heard) ?? spoken(speed)
    return heard === text || soundOf ? sound : sound.slice(0, sound.length / 2)
  }

  const made = (name: string, version: string, sound: Uint8Array): Record<string, unknown> => {
    files.set(name, sound)
    return {
      success: true,
      message: 'CosyVoice3 synthesis completed',
      audio_url: `/api/${version}/audio/${name}`,
      file_path: `outputs/${name}`,
      duration: 0.0003,
      format: 'wav',
      synthesis_time: 0.9,
    }
  }

  const register = (
    input: z.output<typeof cacheSchema>,
    version: string,
    isScheduled: boolean,
    priority: string,
  ): Task => {
    const file = fileOf(input, version)
    const running = [...tasks.values()].filter(
      (task) => task.file === file && !['completed', 'failed'].includes(task.status),
    )
    if (running.length > 0) violations.push(`two tasks write ${file}`)
    const task = {
      id: randomUUID(),
      status: isScheduled ? 'pending' : 'registered',
      text: input.text,
      voice: input.voice_id,
      speed: input.speed,
      file,
      version,
      isScheduled,
      priority,
      createdAt: new Date(1_767_000_000_000 + 1000 * tasks.size).toISOString().slice(0, -1),
    }
    tasks.set(task.id, task)
    return task
  }
  const run = (task: Task): void => {
    if (!voicesOf(task.version).has(task.voice)) {
      task.status = 'failed'
      return
    }
    task.status = 'completed'
    files.set(task.file, wavOf(said(task.text, task.speed), { isFloat: true }))
  }
  /** A task gets on only while it is asked for: tests need no time. */
  const advance = (task: Task): void => {
    if (!['registered', 'scheduled', 'processing'].includes(task.status)) return
    const times = (asked.get(task.id) ?? 0) + 1
    asked.set(task.id, times)
    if (times > polls) run(task)
    else task.status = 'processing'
  }
  const record = (task: Task): Record<string, unknown> => ({
    task_id: task.id,
    status: task.status,
    file_path: `outputs/${task.file}`,
    audio_url: task.isScheduled && task.status !== 'completed' ? null : `/api/v3/audio/${task.file}`,
    progress: { processing: 0.3, completed: 1 }[task.status] ?? 0,
    duration: null,
    synthesis_time: null,
    created_at: task.createdAt,
    completed_at: null,
    error_message:
      task.status === 'failed' ? `CosyVoice3 synthesis failed: Cached voice '${task.voice}' not found` : null,
    queue_position: ['pending', 'scheduled'].includes(task.status) ? 1 : null,
    priority: task.isScheduled ? task.priority : null,
    metadata: null,
  })

  const chunksOf = ({ text, speed: factor, quality }: z.output<typeof streamSchema>): Uint8Array[] => {
    const sampleRateHz = RATES[quality]
    const samples = said(text, factor)
    const first = wavOf(samples, { sampleRateHz, ...(hasOneHead && { dataBytes: 100 * samples.length }) })
    const second = wavOf(samples, { sampleRateHz })
    return [first, hasOneHead ? rawOf(second) : second]
  }

  type Context = {
    response: ServerResponse
    body: Record<string, unknown>
    files: readonly Uint8Array[]
    query: URLSearchParams
    version: string
    id: string
  }
  const isReady = ({ version, response }: Context): boolean => {
    const ready = version === 'v3' ? isV3Loaded : hasV2
    if (!ready) httpError(response, 503, 'CosyVoice3 voice manager not available', 'model_not_ready')
    return ready
  }
  const parsed = <Schema extends z.ZodType>(context: Context, schema: Schema, input: unknown, status: 422 | 500) => {
    const result = schema.safeParse(input)
    if (result.success) return result.data
    if (status === 422) {
      const detail = result.error.issues.map(({ path, code }) => ({
        type: code === 'too_big' && path[0] === 'text' ? 'string_too_long' : 'value_error',
        loc: ['body', ...path],
        msg:
          code === 'too_big' && path[0] === 'text'
            ? 'String should have at most 2000 characters'
            : 'Input should be valid',
        input: 'what was sent',
      }))
      json(context.response, 422, {
        error: 'validation_error',
        message: 'Validation failed',
        details: { errors: detail },
      })
    } else httpError(context.response, 500, validationWords(result.error, input))
    return undefined
  }
  const known = (context: Context, voice: string): boolean => {
    const isKnown = voicesOf(context.version).has(voice)
    if (!isKnown) httpError(context.response, 500, `CosyVoice3 synthesis failed: Cached voice '${voice}' not found`)
    return isKnown
  }
  const taskOf = (context: Context): Task | undefined => {
    const task = tasks.get(context.id)
    if (!task) httpError(context.response, 404, 'Task not found')
    return task
  }

  const answers: Record<Exclude<Route, 'upgrade' | 'socket'>, (context: Context) => void> = {
    health: ({ response }) =>
      json(response, 200, {
        status: 'healthy',
        v2: { ready: hasV2, model: 'CosyVoice2-0.5B' },
        v3: { ready: isV3Loaded, model: isV3Loaded ? 'CosyVoice3-0.5B' : 'Not loaded' },
      }),
    openapi: ({ response }) =>
      json(response, 200, {
        info: { title: 'CosyVoice API (v2 + v3)', version: '3.0.0' },
        paths: { '/api/v1/cross-lingual/with-cache': {}, '/api/v3/voices/': {} },
      }),
    audio: ({ response, id }) => {
      const file = files.get(id)
      if (!file) return json(response, 404, { detail: 'Not Found' })
      response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': String(file.length) })
      response.end(file)
    },
    'with-cache': (context) => {
      if (!isReady(context)) return
      const input = parsed(context, cacheSchema, context.body, 422)
      if (!input || !known(context, input.voice_id)) return
      const name = `${context.version}_cache_${randomUUID().slice(0, 8)}.wav`
      json(context.response, 200, made(name, context.version, wavOf(said(input.text, input.speed))))
    },
    'with-audio': (context) => {
      if (!isReady(context)) return
      const input = parsed(context, formSchema, context.body, 500)
      if (input)
        json(
          context.response,
          200,
          made('v3_cross_lingual_1.wav', context.version, wavOf(said(input.text, input.speed))),
        )
    },
    instruct: (context) => {
      if (context.version !== 'v3') return json(context.response, 404, { detail: 'Not Found' })
      if (!isReady(context)) return
      const input = parsed(context, instructSchema, context.body, 500)
      if (input)
        json(context.response, 200, made('v3_instruct_1.wav', context.version, wavOf(said(input.text, input.speed))))
    },
    task: (context) => {
      if (!isReady(context)) return
      const input = parsed(context, taskSchema(context.version === 'v3' ? 2000 : 1000), context.body, 422)
      if (!input) return
      const task = register(input, context.version, false, 'normal')
      const { task_id, status, file_path, audio_url, created_at } = record(task)
      json(context.response, 200, { task_id, status, file_path, audio_url, created_at, estimated_duration: 0.6 })
    },
    'task-status': (context) => {
      const task = taskOf(context)
      if (!task) return
      advance(task)
      json(context.response, 200, record(task))
    },
    'task-delete': (context) => {
      const task = taskOf(context)
      if (!task) return
      files.delete(task.file)
      tasks.delete(task.id)
      json(context.response, 200, { message: `Task ${task.id} deleted successfully` })
    },
    register: (context) => {
      const input = parsed(context, scheduleSchema, context.body, 422)
      if (!input) return
      const task = register(input, 'v3', true, input.priority)
      json(context.response, 200, {
        ...record(task),
        message: 'Task registered successfully.',
        estimated_wait_time: 0.6,
      })
    },
    render: (context) => {
      if (!isReady(context)) return
      const task = taskOf(context)
      if (!task) return
      if (task.status === 'processing') return httpError(context.response, 400, 'Task is already being processed')
      if (task.status === 'scheduled') violations.push(`${task.id} was told to render twice`)
      task.status = 'scheduled'
      json(context.response, 200, {
        task_id: task.id,
        status: 'scheduled',
        message: 'Background rendering started.',
        version: 'v3',
      })
    },
    status: (context) => {
      const task = taskOf(context)
      if (!task) return
      advance(task)
      json(context.response, 200, record(task))
    },
    'schedule-delete': (context) => {
      const task = taskOf(context)
      if (!task) return
      if (task.status === 'processing') return httpError(context.response, 400, 'Cannot cancel task while processing.')
      files.delete(task.file)
      tasks.delete(task.id)
      json(context.response, 200, { task_id: task.id, message: 'Task cancelled/deleted successfully', version: 'v3' })
    },
    'queue-stats': ({ response }) => {
      const all = [...tasks.values()].filter(({ isScheduled }) => isScheduled)
      const countBy = (key: 'status' | 'priority'): Record<string, number> => {
        const counts: Record<string, number> = {}
        for (const task of all) counts[task[key]] = (counts[task[key]] ?? 0) + 1
        return counts
      }
      json(response, 200, {
        total_tasks: all.length,
        status_counts: countBy('status'),
        priority_counts: countBy('priority'),
        average_synthesis_time: 1.25,
        completed_tasks: 0,
        version: 'v3',
      })
    },
    stream: (context) => {
      if (!isReady(context)) return
      const input = parsed(context, streamSchema, context.body, 422)
      if (!input) return
      const { response } = context
      response.writeHead(200, { 'content-type': 'audio/wav', 'x-cosyvoice-version': '3' })
      if (!voicesOf(context.version).has(input.voice_id))
        return void response.end(`ERROR: STREAMING_SYNTHESIS_FAILED - Voice '${input.voice_id}' not found\r\n\r\n`)
      // Pieces of the body are not pieces of its sound.
      const bytes = Buffer.concat(chunksOf(input))
      for (let at = 0; at < bytes.length; at += 31) response.write(bytes.subarray(at, at + 31))
      response.end()
    },
    sse: (context) => {
      if (context.version === 'v1') return json(context.response, 404, { detail: 'Not Found' })
      if (!isReady(context)) return
      const input = parsed(context, streamSchema, Object.fromEntries(context.query), 500)
      if (!input) return
      const { response, version } = context
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
      const send = (event: string, data: object): boolean =>
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      send('start', { message: 'Starting CosyVoice3 synthesis', version, timestamp: 1 })
      if (voicesOf(version).has(input.voice_id)) {
        const chunks = chunksOf(input)
        for (const [index, chunk] of chunks.entries())
          send('audio_chunk', {
            chunk_index: index + 1,
            chunk_size: chunk.length,
            audio_data: base64Of(chunk),
            is_final: false,
            sample_rate: RATES[input.quality],
            channels: 1,
          })
        send('complete', { total_chunks: chunks.length, total_bytes: 1, duration: 1.5, message: 'completed', version })
      } else
        send('error', {
          error: `Streaming synthesis failed: Voice '${input.voice_id}' not found`,
          timestamp: 1,
          version,
        })
      response.end()
    },
    'voices-create': (context) => {
      if (!isReady(context)) return
      const input = parsed(context, voiceSchema, context.body, 500)
      if (!input) return
      const voices = voicesOf(context.version)
      if (voices.has(input.voice_id))
        return httpError(context.response, 400, `Voice '${input.voice_id}' already exists`)
      if (context.files.some((file) => !isMagical(file)))
        return httpError(context.response, 400, 'Invalid audio file: unknown format')
      if (context.files.some((file) => file.length > LARGEST_BYTES))
        return httpError(context.response, 400, 'Invalid audio file: larger than 50 MB')
      if (context.files.some((file) => (durationSecOf(file) ?? 1) < 0.5 || (durationSecOf(file) ?? 1) > 30))
        return httpError(context.response, 400, 'Invalid audio file: 0.5 to 30 seconds')
      const { audio_file: _, ...fields } = context.body
      voices.set(input.voice_id, fields)
      json(context.response, 201, voiceObject(context.version, input.voice_id))
    },
    voices: ({ response, query, version }) => {
      const voices = voicesOf(version)
      const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('page_size') ?? 50)]
      if (!(size >= 1 && size <= 100 && page >= 1))
        return httpError(response, 422, 'Input should be less than or equal to 100', 'validation_error')
      const rows = [...voices.keys()].slice((page - 1) * size, page * size)
      json(response, 200, {
        voices: rows.map((id) => voiceObject(version, id)),
        total: voices.size,
        page,
        per_page: 10,
      })
    },
    voice: ({ response, id, version }) =>
      voicesOf(version).has(id)
        ? json(response, 200, voiceObject(version, id))
        : httpError(response, 404, 'Not there', 'http_error'),
    'voice-update': (context) => {
      const input = parsed(context, updateSchema, context.body, 422)
      if (!input) return
      const voices = voicesOf(context.version)
      const voice = voices.get(context.id)
      if (!voice) return httpError(context.response, 404, `Voice '${context.id}' not found`)
      voices.set(context.id, { ...voice, ...input })
      json(context.response, 200, voiceObject(context.version, context.id))
    },
    'voice-delete': ({ response, id, version }) => {
      if (!voicesOf(version).delete(id)) return json(response, 404, { detail: 'Voice not found' })
      json(response, 200, { message: `Voice '${id}' deleted successfully` })
    },
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : ''
    if (needsHeader && request.headers[needsHeader[0]] !== needsHeader[1])
      return json(response, 401, { detail: `no key: ${request.headers[needsHeader[0]]}` })
    if (/^\/api\/v[123]\/voices$/.test(path)) {
      response.writeHead(307, { location: `${path}/` })
      return void response.end()
    }
    const found = routeOf(request.method ?? '', path)
    if (!found || found.route === 'upgrade' || found.route === 'socket')
      return json(response, 404, { error: 'http_error', message: 'Not Found' })
    const { fields: body, isForm, files } = await bodyOf(request)
    note(found.route, request, body)
    const misdeed = misdeeds.get(found.route)?.shift()
    const isRightKind = isForm ? !JSON_ROUTES.includes(found.route) : !FORM_ROUTES.includes(found.route)
    const { version, id } = found
    if (misdeed) await misbehaved(misdeed, response)
    else if (isRightKind) answers[found.route]({ response, body, files, query: url.searchParams, version, id })
    else httpError(response, 422, 'Validation failed', 'validation_error')
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      violations.push(String(error))
      response.destroy()
    })
  })

  const sockets = new WebSocketServer({ noServer: true })
  const serveSocket = (socket: WebSocket, request: IncomingMessage): void => {
    lastSocket = socket
    const send = (message: object): void => socket.send(JSON.stringify({ timestamp: 1, ...message }))
    if (!isSilent && !misdeeds.get('socket')?.length)
      send({
        message_type: 'status',
        status: 'connected',
        message: 'WebSocket session ws_v3_1 established (CosyVoice3)',
      })
    socket.on('message', (data: Buffer, isBinary) => {
      const { data: input } = z.record(z.string(), z.unknown()).safeParse(isBinary ? undefined : jsonOf(String(data)))
      const error = (error_code: string, error_message: string, request_id: string | null = null): void =>
        send({ message_type: 'error', request_id, error_code, error_message, details: null })
      if (!input) return error('INVALID_JSON', 'Invalid JSON format')
      if (input.message_type === 'ping') return send({ message_type: 'pong', request_id: input.request_id })
      note('socket', request, input)
      const id = String(input.request_id)
      const misdeed = misdeeds.get('socket')?.shift()
      for (const frame of misdeed?.frames ?? []) {
        if (typeof frame === 'number') {
          if (frame === 1006) socket.terminate()
          else socket.close(frame)
        } else if (typeof frame === 'string' || frame instanceof Uint8Array) socket.send(frame)
        else socket.send(JSON.stringify(frame).replaceAll('$request', id))
      }
      if (misdeed || isDriven) return
      if (input.message_type !== 'text_request')
        return error('UNKNOWN_MESSAGE_TYPE', `Unknown message type: ${input.message_type}`)
      const asking = textRequestSchema.safeParse(input)
      const failed = (error_message: string): void => error('SYNTHESIS_ERROR', error_message, id)
      if (!asking.success) return failed(`CosyVoice3 synthesis failed: ${validationWords(asking.error, input)}`)
      send({ message_type: 'synthesis_start', request_id: id, text: asking.data.text, voice_id: asking.data.voice_id })
      const [, version = 'v3'] = /\/api\/(v[123])\//.exec(request.url ?? '') ?? []
      if (!voicesOf(version).has(asking.data.voice_id))
        return failed(`CosyVoice3 synthesis failed: Cached voice '${asking.data.voice_id}' not found`)
      const chunks = chunksOf(asking.data)
      for (const [index, chunk] of chunks.entries())
        send({
          message_type: 'audio_chunk',
          request_id: id,
          audio_data: base64Of(chunk),
          metadata: { chunk_index: index, total_chunks: null, is_final: false, sample_rate: 1, channels: 1 },
        })
      send({
        message_type: 'synthesis_complete',
        request_id: id,
        total_chunks: 2,
        total_duration: 330.75,
        synthesis_time: 1,
      })
    })
  }

  const loopback = await listenOnLoopback(server)
  server.on('upgrade', (request, socket, rest) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const misdeed = misdeeds.get('upgrade')?.shift()
    note('upgrade', request, {})
    if (misdeed?.ending === 'hang') {
      socket.on('end', () => socket.destroy())
      socket.resume()
      return
    }
    const isKnown =
      /^\/api\/v[123]\/ws\/stream$/.test(url.pathname.slice(prefix.length)) && url.searchParams.has('client_id')
    const isLoaded = url.pathname.includes('/v3/') ? isV3Loaded : hasV2
    const status = misdeed?.status ?? (isKnown ? (isLoaded ? 101 : 403) : 404)
    const body = misdeed?.body === undefined ? '' : JSON.stringify(misdeed.body)
    const head = `HTTP/1.1 ${status} Refused\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`
    if (status !== 101) socket.end(head + body)
    else sockets.handleUpgrade(request, socket, rest, (opened) => serveSocket(opened, request))
  })

  return {
    url: `http://${loopback.host}${prefix}`,
    seen,
    violations,
    routes: () => seen.map(({ route }) => route),
    misbehave: (route, ...more) => void misdeeds.set(route, [...(misdeeds.get(route) ?? []), ...more]),
    tasks: () => tasks.size,
    restart: () => tasks.clear(),
    loadV3: () => {
      isV3Loaded = true
    },
    openExchanges: loopback.openExchanges,
    settled: loopback.settled,
    came: (route, times = 1) =>
      seen.filter((one) => one.route === route).length >= times
        ? Promise.resolve()
        : new Promise((tell) => waiting.push({ route, times, tell })),
    say: (frame) => lastSocket?.send(JSON.stringify(frame)),
    [Symbol.asyncDispose]: loopback[Symbol.asyncDispose],
  }
}
