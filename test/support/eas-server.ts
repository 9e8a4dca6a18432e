import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { wavOf } from './cosyvoice-api-server.ts'
import { listenOnLoopback } from './loopback.ts'
import { base64Of, H0, P, W } from './speech-fixtures.ts'
import { pcmOf, type SoundOf } from './spoken-sound.ts'

const PREFIX = '/api/predict/cosy'
const SPEECH = `${PREFIX}/api/v1/audio/speech`
const REFERENCES = `${PREFIX}/api/v1/audio/reference_audio`
const SOCKET = `${PREFIX}/api-ws/v1/audio/speech`

const MODES = ['fast_replication', 'cross_lingual_replication', 'natural_language_replication'] as const
const parameters = {
  mode: z.enum(MODES),
  reference_audio_id: z.string().min(1),
  instruct: z.string().min(1).optional(),
  output_format: z.enum(['wav', 'mp3', 'pcm']),
  sample_rate: z.number().int().min(8000).max(48_000),
  speed: z.number().min(0.5).max(2),
}
type Moded = { mode: (typeof MODES)[number]; instruct?: string | undefined }
/** The sample client sends directions in this mode, always, and never in another. */
const hasItsInstruct = ({ mode, instruct }: Moded): boolean =>
  (mode === 'natural_language_replication') === (instruct !== undefined)
const speechSchema = z.strictObject({
  model: z.literal('CosyVoice2-0.5B'),
  input: z
    .strictObject({
      ...parameters,
      text: z.string().min(1),
      bit_rate: z.enum(['16k', '32k', '48k', '64k', '128k', '192k', '256k', '320k', '384k']).optional(),
      volume: z.number().positive(),
    })
    .refine(hasItsInstruct, 'instruct'),
  stream: z.boolean(),
})
const headerOf = (action: string) =>
  z.strictObject({ action: z.literal(action), task_id: z.uuid(), streaming: z.literal('duplex') })
const runSchema = z.strictObject({
  header: headerOf('run-task'),
  payload: z.strictObject({
    task_group: z.literal('audio'),
    task: z.literal('tts'),
    function: z.literal('SpeechSynthesizer'),
    model: z.literal('cosyvoice-v2'),
    parameters: z.strictObject({ ...parameters, debug: z.boolean().optional() }).refine(hasItsInstruct, 'instruct'),
    input: z.strictObject({}),
  }),
})
const continueSchema = z.strictObject({
  header: headerOf('continue-task'),
  payload: z.strictObject({ input: z.strictObject({ text: z.string().min(1) }) }),
})
const finishSchema = z.strictObject({
  header: headerOf('finish-task'),
  payload: z.strictObject({ input: z.strictObject({}) }),
})

export type Speech = z.output<typeof speechSchema>
export type SeenTask = { run: z.output<typeof runSchema>; texts: string[] }

/** An answer over HTTP, made by a test. */
export type Answering = {
  readonly response: ServerResponse
  head(status: number, headers?: Record<string, string>): void
  /** One event of a stream; the head goes first where it has not. */
  event(message: unknown): void
  /** An event with sound. */
  sound(bytes: Uint8Array): void
  end(body?: string): void
  /** Breaks the connection after what was sent. */
  drop(): void
}
/** Frames of a task, made by a test. */
export type Tasking = {
  readonly taskId: string
  readonly socket: WebSocket
  event(event: string, payload?: unknown, header?: object): void
  sound(bytes: Uint8Array): void
  drop(): void
}
export type TaskScript = {
  /** Instead of `task-started`. */
  readonly onRun?: (task: Tasking) => void
  /** Instead of sound and `task-finished`. */
  readonly onFinish?: (task: Tasking) => void
}

export type EasServer = AsyncDisposable & {
  readonly baseUrl: string
  readonly token: string
  /** What was asked for, and was right. */
  readonly speeches: Speech[]
  readonly tasks: SeenTask[]
  /** What a real service would have refused, in words. */
  readonly violations: string[]
  /** Requests and upgrades of all kinds. */
  readonly seen: { readonly method: string; readonly url: string; readonly authorization: string | undefined }[]
  /** Misbehaviours of the next requests for speech, in order. */
  readonly answers: ((answering: Answering) => void)[]
  readonly scripts: TaskScript[]
  /** Misbehaviours of the next uploads. */
  readonly uploads: ((answering: Answering) => void)[]
  /** What the next upgrades are refused with. */
  readonly refusals: { readonly status: number; readonly body: string }[]
  readonly references: Map<string, object>
  openExchanges(): number
  settled(): Promise<void>
  /** Waits for a request or an upgrade to come. */
  asked(): Promise<void>
}

const answeringOn = (response: ServerResponse): Answering => ({
  response,
  head: (status, headers = {}) => {
    response.writeHead(status, headers)
    response.flushHeaders()
  },
  event(message) {
    if (!response.headersSent) this.head(200, { 'content-type': 'text/event-stream' })
    response.write(`data: ${typeof message === 'string' ? message : JSON.stringify(message)}\n\n`)
  },
  sound(bytes) {
    this.event({ output: { finish_reason: null, audio: { data: base64Of(bytes) } }, request_id: 'e2' })
  },
  end: (body) => {
    response.end(body)
  },
  drop: () => {
    response.write('', () => response.destroy())
  },
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is refused as what it is not.
    return undefined
  }
}

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/**
 * A CosyVoice2 service of PAI-EAS as its documents describe it, behind a gateway with a path. It has the voice `ref1`.
 * @param soundOf what it says; fixtures of eight samples without it
 */
export const startEasServer = async ({ soundOf }: { soundOf?: SoundOf } = {}): Promise<EasServer> => {
  const token = 'eas-token-ABCD1234'
  const speeches: Speech[] = []
  const tasks: SeenTask[] = []
  const violations: string[] = []
  const seen: EasServer['seen'] = []
  const answers: EasServer['answers'] = []
  const scripts: TaskScript[] = []
  const uploads: EasServer['uploads'] = []
  const refusals: EasServer['refusals'] = []
  const references = new Map<string, object>([['ref1', { id: 'ref1' }]])
  const waiting: (() => void)[] = []

  const refuse = (response: ServerResponse, problem: string): void => {
    violations.push(problem)
    response.writeHead(400, { 'content-type': 'text/plain' })
    response.end(problem)
  }
  const note = (request: IncomingMessage): void => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, authorization: headers.authorization })
    for (const tell of waiting.splice(0)) tell()
  }
  const isAllowed = (request: IncomingMessage): boolean => request.headers.authorization === `Bearer ${token}`

  const speak = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers['content-type'] !== 'application/json') {
      refuse(response, 'the content type is not JSON')
      return
    }
    const parsed = speechSchema.safeParse(jsonOf((await buffer(request)).toString('utf8')))
    if (!parsed.success) {
      refuse(response, z.prettifyError(parsed.error))
      return
    }
    speeches.push(parsed.data)
    const { input, stream } = parsed.data
    const answering = answeringOn(response)
    const script = answers.shift()
    if (script) script(answering)
    else if (!references.has(input.reference_audio_id))
      json(response, 404, { detail: `reference audio ${input.reference_audio_id} not found` })
    else if (stream) {
      answering.sound(H0)
      answering.sound(soundOf ? pcmOf(soundOf(input.text)) : P)
      answering.end()
    } else {
      const data = base64Of(soundOf ? wavOf(soundOf(input.text)) : W)
      json(response, 200, { output: { finish_reason: null, audio: { data } }, request_id: 'e1' })
    }
  }

  const upload = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] ?? '' } })
      .formData()
      .catch(() => new FormData())
    const [file, text] = [form.get('file'), form.get('text')]
    const others = [...form.keys()].filter((name) => name !== 'file' && name !== 'text')
    if (
      !(file instanceof File) ||
      !/\.(wav|mp3|pcm)$/.test(file.name) ||
      !file.type.startsWith('audio/') ||
      file.size === 0 ||
      (file.name.endsWith('.wav') && (await file.slice(0, 4).text()) !== 'RIFF') ||
      typeof text !== 'string' ||
      text === '' ||
      others.length > 0
    ) {
      refuse(response, `an upload has a file and its text, this has ${[...form.keys()].join()}`)
      return
    }
    const script = uploads.shift()
    if (script) {
      script(answeringOn(response))
      return
    }
    const made = { id: randomUUID(), filename: file.name, bytes: file.size, created_at: 1_748_416_005, text }
    references.set(made.id, made)
    json(response, 200, made)
  }

  const reference = (request: IncomingMessage, response: ServerResponse, id: string): void => {
    const found = references.get(id)
    if (!found) json(response, 404, { detail: `reference audio ${id} not found` })
    else if (request.method === 'GET') json(response, 200, found)
    else if (request.method === 'DELETE') {
      references.delete(id)
      json(response, 200, { code: 'OK', message: `reference audio: ${id} deleted.`, data: {} })
    } else refuse(response, `${request.method} of a reference audio`)
  }

  const list = (url: URL, response: ServerResponse): void => {
    const parsed = z
      .strictObject({
        limit: z.coerce.number().int().min(1).default(100),
        order: z.enum(['asc', 'desc']).default('desc'),
      })
      .safeParse(Object.fromEntries(url.searchParams))
    if (!parsed.success) {
      refuse(response, z.prettifyError(parsed.error))
      return
    }
    const { limit, order } = parsed.data
    const all = [...references.values()]
    json(response, 200, (order === 'desc' ? all.reverse() : all).slice(0, limit))
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    note(request)
    const url = new URL(request.url ?? '/', 'http://service')
    if (!isAllowed(request)) {
      response.writeHead(401, { 'content-type': 'text/plain' })
      response.end('Unauthorized')
    } else if (url.pathname === SPEECH && request.method === 'POST') await speak(request, response)
    else if (url.pathname === REFERENCES && request.method === 'POST') await upload(request, response)
    else if (url.pathname === REFERENCES && request.method === 'GET') list(url, response)
    else if (url.pathname.startsWith(`${REFERENCES}/`))
      reference(request, response, decodeURIComponent(url.pathname.slice(REFERENCES.length + 1)))
    else {
      response.writeHead(404, { 'content-type': 'text/plain' })
      response.end('page not found')
    }
  }

  const perform = (socket: WebSocket): void => {
    const script = scripts.shift() ?? {}
    let taskId = ''
    let seenTask: SeenTask | undefined
    let step: 'run' | 'starting' | 'continue' | 'finish' | 'over' = 'run'
    const send = (event: string, payload: unknown = {}, header: object = {}): void => {
      if (event === 'task-started') step = 'continue'
      socket.send(JSON.stringify({ header: { task_id: taskId, event, attributes: {}, ...header }, payload }))
    }
    const tasking = (): Tasking => ({
      taskId,
      socket,
      event: send,
      sound: (bytes) =>
        send('result-generated', {
          output: { audio: { data: base64Of(bytes) } },
          metrics: { speech_len: 0.4, server_cost_time: 0.2, generate_time: 0.1 },
        }),
      drop: () => socket.terminate(),
    })
    const fail = (problem: string): void => {
      violations.push(problem)
      if (step === 'over') {
        socket.close(1007)
        return
      }
      step = 'over'
      send('task-failed', {}, { error_code: 'InvalidParameter', error_message: problem })
      socket.close(1007)
    }
    const run = (frame: unknown): void => {
      const parsed = runSchema.safeParse(frame)
      if (!parsed.success) {
        fail(z.prettifyError(parsed.error))
        return
      }
      taskId = parsed.data.header.task_id
      seenTask = { run: parsed.data, texts: [] }
      tasks.push(seenTask)
      step = 'starting'
      if (script.onRun) script.onRun(tasking())
      // Whoever does not wait for the start has sent the text by then.
      else
        setImmediate(() => {
          if (step === 'starting') send('task-started')
        })
    }
    const proceed = (frame: unknown): void => {
      const parsed = continueSchema.safeParse(frame)
      if (!parsed.success || parsed.data.header.task_id !== taskId) {
        fail('the text does not come next')
        return
      }
      seenTask?.texts.push(parsed.data.payload.input.text)
      step = 'finish'
    }
    const finish = (frame: unknown): void => {
      // More text may come before the end.
      if (continueSchema.safeParse(frame).success) {
        proceed(frame)
        return
      }
      const parsed = finishSchema.safeParse(frame)
      if (!parsed.success || parsed.data.header.task_id !== taskId) {
        fail('the end does not come next')
        return
      }
      step = 'over'
      const task = tasking()
      const voice = seenTask?.run.payload.parameters.reference_audio_id ?? ''
      if (script.onFinish) script.onFinish(task)
      else if (!references.has(voice)) {
        task.event(
          'task-failed',
          {},
          { error_code: 'InvalidParameter', error_message: `reference audio ${voice} not found` },
        )
        socket.close()
      } else {
        task.sound(soundOf ? wavOf(soundOf(seenTask?.texts.join('') ?? '')) : W)
        task.event('task-finished')
      }
    }
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : jsonOf(String(data))
      if (step === 'run') run(frame)
      else if (step === 'starting') fail('a frame before task-started')
      else if (step === 'continue') proceed(frame)
      else if (step === 'finish') finish(frame)
      else fail('a frame after the end')
    })
  }

  const server = createServer((request, response) => void serve(request, response))
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  server.on('upgrade', (request, socket, head) => {
    note(request)
    const refusal = refusals.shift()
    if (refusal) {
      const { status, body } = refusal
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
    } else if (!isAllowed(request)) socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 12\r\n\r\nUnauthorized')
    else if (request.url !== SOCKET) socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
    else sockets.handleUpgrade(request, socket, head, perform)
  })
  const loopback = await listenOnLoopback(server)
  return {
    baseUrl: `http://${loopback.host}${PREFIX}`,
    token,
    speeches,
    tasks,
    violations,
    seen,
    answers,
    scripts,
    uploads,
    refusals,
    references,
    openExchanges: loopback.openExchanges,
    settled: loopback.settled,
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose](),
  }
}
