import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import type { Clock } from '../../src/main/clock/index.ts'
import { listenOnLoopback } from './loopback.ts'
import { base64Of, P } from './speech-fixtures.ts'
import { pcmOf, type SoundOf } from './spoken-sound.ts'

export const DASHSCOPE_KEY = 'sk-0123456789abcdefghij'

/** S: SSML. I: instructions. T: times of words. Voices with `-mine-` in their names are cloned. */
const VOICES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cosyvoice-v1': { longwan: '' },
  'cosyvoice-v2': { longxiaochun_v2: 'ST', loongeva_v2: '', loongtomoka_v2: '', 'cosyvoice-v2-mine-0001': 'ST' },
  'cosyvoice-v3-flash': {
    longanyang: 'SIT',
    longanhuan_v3: 'SIT',
    longxiaochun_v3: 'ST',
    longanyue_v3: 'ST',
    longanmin_v3: 'ST',
    loongabby_v3: '',
    'cosyvoice-v3-flash-mine-0001': 'SIT',
  },
  'cosyvoice-v3-plus': { longanhuan: 'SIT', 'cosyvoice-v3-plus-mine-0001': 'SIT' },
  'cosyvoice-v3.5-flash': { 'cosyvoice-v3.5-flash-mine-0001': 'SI' },
}
const FACTOR = z.number().min(0.5).max(2)
const parametersSchema = z.strictObject({
  text_type: z.literal('PlainText').optional(),
  voice: z.string().min(1),
  format: z.enum(['pcm', 'wav', 'mp3', 'opus']),
  sample_rate: z.union([8000, 16_000, 22_050, 24_000, 44_100, 48_000].map((rateHz) => z.literal(rateHz))),
  bit_rate: z.number().int().min(6).max(510).optional(),
  volume: z.number().int().min(0).max(100).optional(),
  rate: FACTOR.optional(),
  pitch: FACTOR.optional(),
  seed: z.number().int().min(0).max(65_535).optional(),
  language_hints: z
    .array(z.enum(['zh', 'en', 'fr', 'de', 'ja', 'ko', 'ru', 'pt', 'th', 'id', 'vi']))
    .length(1)
    .optional(),
  instruction: z.string().optional(),
  enable_ssml: z.boolean().optional(),
  word_timestamp_enabled: z.boolean().optional(),
  hot_fix: z
    .strictObject({
      pronunciation: z.array(z.record(z.string(), z.string())).optional(),
      replace: z.array(z.record(z.string(), z.string())).optional(),
    })
    .optional(),
  enable_markdown_filter: z.boolean().optional(),
})
export type DashscopeParameters = z.output<typeof parametersSchema>

const headerOf = <Action extends string>(action: Action) =>
  z.strictObject({
    action: z.literal(action),
    task_id: z.string().regex(/^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/),
    streaming: z.literal('duplex'),
  })
const runSchema = z.strictObject({
  header: headerOf('run-task'),
  payload: z.strictObject({
    task_group: z.literal('audio'),
    task: z.literal('tts'),
    function: z.literal('SpeechSynthesizer'),
    model: z.string(),
    parameters: parametersSchema,
    input: z.strictObject({}),
  }),
})
const continueSchema = z.strictObject({
  header: headerOf('continue-task'),
  payload: z.strictObject({ input: z.strictObject({ text: z.string() }) }),
})
const finishSchema = z.strictObject({
  header: headerOf('finish-task'),
  payload: z.strictObject({ input: z.strictObject({}) }),
})
const requestSchema = z.strictObject({
  model: z.string(),
  input: parametersSchema.extend({ text: z.string() }).omit({ text_type: true }),
})

/** Blocks of Han ideographs: what else is written with them (々, 〇, radicals) counts once. */
const HAN = /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}\u{30000}-\u{323af}]/gu
/** As the service bills: what is no tag, ideographs twice. */
export const charactersOf = (text: string): number => {
  const signs = Array.from(text.replace(/<[^>]*>/g, ''))
  return signs.length + (signs.join('').match(HAN)?.length ?? 0)
}

const FEELING = '你说话的情感是(neutral|fearful|angry|sad|surprised|happy|disgusted)。'
const SCENES = '闲聊互动|新闻播报|广告促销|比赛解说|一些儿童内容解说|语音导航|脱口秀表演'
/** What voices of the service take as instructions, to the letter. */
const INSTRUCTIONS: Readonly<Record<string, RegExp>> = {
  longanyang: new RegExp(
    `^(你现在说话的角色是一个旁白，|你正在以一个故事机的身份说话，|你正在进行(${SCENES})，)?${FEELING}$`,
  ),
  longanhuan: new RegExp(
    `^(你说话的角色是温和客服，|你正在进行(闲聊对话|比赛解说|深夜电台广播|诗歌朗诵|科普知识推广|产品推广|脱口秀表演)，)?${FEELING}$`,
  ),
  longanhuan_v3: new RegExp(
    `^(请用(普通话|广东话|东北话|河南话|湖南话|陕西话|山东话|四川话|安徽话)表达。|${FEELING})$`,
  ),
}

type Refused = { readonly code: string; readonly message: string }
const invalid = (message: string): Refused => ({ code: 'InvalidParameter', message })

/** What the service does not take of a model, a voice and parameters. */
const refusalOf = (
  model: string,
  asked: Omit<DashscopeParameters, 'text_type'>,
  hasCopy: DashscopeTraits['hasCopy'],
): Refused | undefined => {
  const voices = VOICES[model]
  if (!voices) return { code: 'ModelNotFound', message: 'Model not exist.' }
  const isCopy = hasCopy?.(model, asked.voice) ?? false
  const marks = isCopy ? 'SIT' : voices[asked.voice]
  if (marks === undefined) return invalid('[tts:]Engine return error code: 418')
  const isCloned = isCopy || asked.voice.includes('-mine-')
  if (asked.instruction !== undefined) {
    const isTaken = marks.includes('I') && (isCloned || INSTRUCTIONS[asked.voice]?.test(asked.instruction) === true)
    if (!isTaken || charactersOf(asked.instruction) > 100) return invalid('[tts:]Engine return error code: 428')
  }
  if (asked.enable_ssml && !marks.includes('S')) return invalid('SSML text is not supported at the moment!')
  if (asked.word_timestamp_enabled && !marks.includes('T')) return invalid('word timestamps are not supported')
  if (asked.seed !== undefined && model === 'cosyvoice-v1') return invalid('seed is not supported')
  if (asked.format === 'opus' && model === 'cosyvoice-v1') return invalid('opus is not supported')
  if (asked.bit_rate !== undefined && asked.format !== 'opus') return invalid('bit_rate is not supported')
  if (asked.language_hints && !model.includes('-v3')) return invalid('language_hints is not supported')
  if ((asked.hot_fix || asked.enable_markdown_filter) && !(model === 'cosyvoice-v3-flash' && isCloned))
    return invalid('hot_fix is not supported')
  return undefined
}
const refusalOfText = (text: string, sent: readonly string[], isSsml: boolean): Refused | undefined => {
  if (isSsml && sent.length > 0) return invalid('Text request limit violated, expected 1.')
  if (text.trim() === '') return invalid('Please ensure input text is valid')
  const characters = charactersOf(text)
  const charactersBefore = sent.reduce((sum, one) => sum + charactersOf(one), 0)
  if (characters > 2000 || charactersBefore + characters > 200_000) return invalid('Text request limit violated')
  return undefined
}

export type Word = { text: string; begin_index: number; end_index: number; begin_time: number; end_time: number }

/** A task as the server sees it; a test may answer it instead of the server. */
export type SeenTask = {
  readonly taskId: string
  /** Of the connection: the first is 1. */
  readonly connection: number
  readonly model: string
  readonly parameters: DashscopeParameters
  readonly texts: string[]
  isFinished: boolean
}
export type Tasking = SeenTask & {
  readonly socket: WebSocket
  send(frame: unknown): void
  event(event: string, payload?: object, header?: object): void
  result(type: string, index: number, more?: { words?: readonly Word[]; characters?: number }): void
  sound(bytes: Uint8Array): void
  /** Announced, as all sound is. */
  spoken(index: number, bytes: Uint8Array): void
  /** @param more `index` of the sentence that the words are of, where it is said */
  finished(more?: { characters?: number; words?: readonly Word[]; index?: number }): void
  failed(code: string, message: string): void
  /** Breaks the connection without a word. */
  reset(): void
  /** The next text, or finish-task. */
  next(): Promise<'text' | 'finish'>
  /** All of the text has come. */
  heardAll(): Promise<void>
}
export type TaskScript = (task: Tasking) => void | Promise<void>
export type AnswerScript = (response: ServerResponse, body: string, request: IncomingMessage) => void

export type DashscopeServer = AsyncDisposable & {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly handshakes: readonly IncomingMessage[]
  readonly tasks: readonly SeenTask[]
  /** Bodies of requests for speech. */
  readonly requests: readonly string[]
  /** Temporary keys that were given out. */
  readonly temporaryKeys: readonly string[]
  /** What came in the wrong place or form. */
  readonly complaints: readonly string[]
  /** The next task that begins is answered by a test; further calls are for the ones after it. */
  answerTask(script: TaskScript): void
  /** The next request for speech, sound or a key is. */
  answerRequest(script: AnswerScript): void
  /** No temporary key is one any more. */
  revokeKeys(): void
  /** The next handshake is refused. */
  refuse(status: number, body: string, headers?: Record<string, string>): void
  openExchanges(): number
  settled(): Promise<void>
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is refused as what it is not.
    return undefined
  }
}

const REFUSED_KEY: Refused = { code: 'InvalidApiKey', message: 'Invalid API-key provided.' }
const GAP_MS = 23_000
const IDLE_MS = 60_000

const goodTask = async (task: Tasking, soundOf: DashscopeTraits['soundOf']): Promise<void> => {
  task.event('task-started')
  let [index, characters, soundMs] = [0, 0, 0]
  while ((await task.next()) === 'text') {
    const text = task.texts.at(-1) ?? ''
    characters += charactersOf(text)
    const sound = soundOf ? pcmOf(soundOf(text)) : P
    const signs = [...text.replace(/<[^>]*>/g, '')]
    const durationMs = (1000 * sound.length) / 2 / (task.parameters.sample_rate ?? 22_050)
    const signMs = durationMs / signs.length
    const words = task.parameters.word_timestamp_enabled
      ? signs.map((sign, at) => ({
          ...{ text: sign, begin_index: at, end_index: at + 1 },
          ...{ begin_time: Math.floor(soundMs + at * signMs), end_time: Math.floor(soundMs + (at + 1) * signMs) },
        }))
      : []
    task.result('sentence-begin', index)
    task.spoken(index, sound)
    task.result('sentence-end', index, { words, characters })
    soundMs += durationMs
    index += 1
  }
  task.finished({ characters })
}

const goodAnswer =
  (sounds: Map<string, Uint8Array>, url: string): AnswerScript =>
  (response, body, request) => {
    const { input } = requestSchema.parse(JSON.parse(body))
    const characters = charactersOf(input.text)
    const address = `${url}/sounds/${sounds.size}`
    sounds.set(address.slice(url.length), P)
    const answer = (output: object): string => JSON.stringify({ request_id: 'r-1', output, usage: { characters } })
    const whole = { finish_reason: 'stop', audio: { data: '', url: address, id: 'audio_1', expires_at: 1_800_000_000 } }
    if (request.headers['x-dashscope-sse'] !== 'enable') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer(whole))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream;charset=UTF-8' })
    const sound = { finish_reason: 'null', type: 'sentence-synthesis', audio: { data: base64Of(P) } }
    for (const output of [{ finish_reason: 'null', type: 'sentence-begin' }, sound, sound, whole])
      response.write(
        `id:1\nevent:result\n:HTTP_STATUS/200\ndata:${answer(output).replace(/,"output"/, '\ndata:,"output"')}\n\n`,
      )
    response.end()
  }

export type DashscopeTraits = {
  /** What is said in tasks; `P` without it. */
  readonly soundOf?: SoundOf
  /** Voices that were made there, beside those that it always has. */
  readonly hasCopy?: (model: string, voice: string) => boolean
}

/** Speaks DashScope's protocols as their documents have them, and refuses what they do not have. @param clock of its patience */
export const startDashscopeServer = async (
  clock: Clock,
  { soundOf, hasCopy }: DashscopeTraits = {},
): Promise<DashscopeServer> => {
  const handshakes: IncomingMessage[] = []
  const tasks: SeenTask[] = []
  const requests: string[] = []
  const temporaryKeys: string[] = []
  const complaints: string[] = []
  const taskScripts: TaskScript[] = []
  const answerScripts: AnswerScript[] = []
  const refusals: { status: number; body: string; headers: Record<string, string> }[] = []
  const sounds = new Map<string, Uint8Array>()
  const keys = new Map([[DASHSCOPE_KEY, Number.POSITIVE_INFINITY]])
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const loopback = await listenOnLoopback(server)
  const url = `http://${loopback.host}`

  const hasKey = ({ headers: { authorization = '' } }: IncomingMessage): boolean =>
    clock.nowEpochMs() < (keys.get(/^bearer (.+)$/i.exec(authorization)?.[1] ?? '') ?? 0)

  /** @returns why it is refused */
  const answerPost = (
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): { status: number; reason: Refused } | undefined => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    if (!hasKey(request)) return { status: 401, reason: REFUSED_KEY }
    if (request.method !== 'POST') return { status: 405, reason: { code: 'MethodNotAllowed', message: 'POST only' } }
    if (pathname === '/api/v1/tokens') {
      const lifetimeSec = Number(searchParams.get('expire_in_seconds') ?? 60)
      if (!(lifetimeSec >= 1 && lifetimeSec <= 1800)) return { status: 400, reason: invalid('expire_in_seconds') }
      const script = answerScripts.shift()
      const token = `st-${'0'.repeat(20)}${temporaryKeys.length}`
      const expiresEpochSec = Math.floor(clock.nowEpochMs() / 1000) + lifetimeSec
      keys.set(token, 1000 * expiresEpochSec)
      temporaryKeys.push(token)
      if (script) script(response, body, request)
      else response.end(JSON.stringify({ token, expires_at: expiresEpochSec }))
      return undefined
    }
    if (pathname !== '/api/v1/services/audio/tts/SpeechSynthesizer')
      return { status: 404, reason: { code: 'NotFound', message: 'no such path' } }
    requests.push(body)
    if (request.headers['content-type'] !== 'application/json')
      return { status: 415, reason: invalid('Content-Type must be application/json') }
    const { success, data } = requestSchema.safeParse(jsonOf(body))
    if (!success) return { status: 400, reason: invalid('Missing required parameter') }
    const { text, ...parameters } = data.input
    const script = answerScripts.shift()
    const isStreamed = request.headers['x-dashscope-sse'] === 'enable'
    const refused =
      refusalOf(data.model, parameters, hasCopy) ??
      refusalOfText(text, [], false) ??
      (data.model === 'cosyvoice-v1' ? { code: 'ModelNotFound', message: 'Model not exist.' } : undefined) ??
      (parameters.word_timestamp_enabled && !isStreamed ? invalid('word timestamps need a stream') : undefined)
    if (!script && refused) return { status: 400, reason: refused }
    const answer = script ?? goodAnswer(sounds, url)
    answer(response, body, request)
    return undefined
  }

  server.on('request', async (request, response) => {
    if (request.method === 'GET') {
      const script = answerScripts.shift()
      const sound = sounds.get(request.url ?? '')
      if (request.headers.authorization !== undefined) complaints.push('a key was sent with a request for sound')
      if (script) script(response, '', request)
      else if (sound) response.end(sound)
      else response.writeHead(404).end()
      return
    }
    let body = ''
    for await (const piece of request.setEncoding('utf8')) body += piece
    const refused = answerPost(request, response, body)
    if (!refused) return
    complaints.push(refused.reason.message)
    response.writeHead(refused.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...refused.reason, request_id: 'q' }))
  })

  const refuseUpgrade = (socket: Duplex, status: number, body: string, headers: Record<string, string> = {}): void => {
    const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' })
    socket.end(
      `HTTP/1.1 ${status} Refused\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
    )
  }

  server.on('upgrade', (request, socket, head) => {
    handshakes.push(request)
    const refusal = refusals.shift()
    const { pathname, search } = new URL(request.url ?? '/', url)
    if (refusal) refuseUpgrade(socket, refusal.status, refusal.body, refusal.headers)
    else if (!hasKey(request)) refuseUpgrade(socket, 401, JSON.stringify({ ...REFUSED_KEY, request_id: 'q' }))
    else if (pathname.replace(/\/$/, '') !== '/api-ws/v1/inference' || search !== '') refuseUpgrade(socket, 404, '')
    else sockets.handleUpgrade(request, socket, head, (opened) => serve(opened, socket, handshakes.length))
  })

  const serve = (socket: WebSocket, line: Duplex, connection: number): void => {
    let running: Running | undefined
    let isRefused = false
    let stopTimer: () => void = () => undefined
    const watch = (delayMs: number, run: () => void): void => {
      stopTimer()
      stopTimer = clock.setTimer(run, delayMs)
    }
    const waitForTask = (): void => watch(IDLE_MS, () => socket.close(1000, 'idle'))
    const over = (): void => {
      running = undefined
      waitForTask()
    }
    waitForTask()
    socket.on('close', () => stopTimer())
    // What a test breaks off may break what is being sent.
    socket.on('error', () => undefined)
    socket.on('message', (data, isBinary) => {
      if (isRefused) return
      const complain = (taskId: string, { code, message }: Refused): void => {
        complaints.push(message)
        isRefused = true
        taskOf({ taskId, socket, line, connection, onOver: over }).failed(code, message)
      }
      const frame = isBinary ? undefined : jsonOf(String(data))
      const run = runSchema.safeParse(frame)
      const more = continueSchema.safeParse(frame)
      const finish = finishSchema.safeParse(frame)
      if (run.success) {
        const { task_id: taskId } = run.data.header
        const { model, parameters } = run.data.payload
        if (running) {
          complain(taskId, invalid('a task is running'))
          return
        }
        if (tasks.some((seen) => seen.taskId === taskId)) {
          complain(taskId, invalid('task_id was used before'))
          return
        }
        const task = taskOf({ taskId, socket, line, connection, model, parameters, onOver: over })
        running = task
        tasks.push(task)
        watch(GAP_MS, () => task.failed('CLIENT_ERROR', 'request timeout after 23 seconds.'))
        const script = taskScripts.shift()
        const refused = refusalOf(model, parameters, hasCopy)
        if (script) void script(task)
        // Whoever does not wait for the start has sent the text by then.
        else
          setImmediate(() => {
            if (!isRefused) void (refused ? failLate(task, refused) : goodTask(task, soundOf))
          })
      } else if (more.success && running) {
        const task = running
        const { task_id: taskId } = more.data.header
        const { text } = more.data.payload.input
        const refused = refusalOfText(text, task.texts, task.parameters.enable_ssml === true)
        if (taskId !== task.taskId) complain(taskId, invalid('another task'))
        else if (!task.isStarted) complain(taskId, invalid('text before task-started'))
        else if (task.isFinished) complain(taskId, invalid('text after finish-task'))
        else if (refused) complain(taskId, refused)
        else task.take(text)
        watch(GAP_MS, () => task.failed('CLIENT_ERROR', 'request timeout after 23 seconds.'))
      } else if (finish.success && running?.isStarted && finish.data.header.task_id === running.taskId) {
        stopTimer()
        running.takeEnd()
      } else {
        isRefused = true
        complaints.push(`a frame that is none: ${String(data).slice(0, 200)}`)
        socket.close(1007, 'illegal frame')
      }
    })
  }

  /** A voice that is refused is told when all of the text has come. */
  const failLate = async (task: Tasking, { code, message }: Refused): Promise<void> => {
    complaints.push(message)
    task.event('task-started')
    await task.heardAll()
    task.failed(code, message)
  }

  return {
    url,
    handshakes,
    tasks,
    requests,
    temporaryKeys,
    complaints,
    answerTask: (script) => taskScripts.push(script),
    answerRequest: (script) => answerScripts.push(script),
    revokeKeys: () => {
      for (const key of keys.keys()) if (key.startsWith('st-')) keys.delete(key)
    },
    refuse: (status, body, headers = {}) => refusals.push({ status, body, headers }),
    openExchanges: loopback.openExchanges,
    settled: loopback.settled,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate()
      await loopback[Symbol.asyncDispose]()
    },
  }
}

type Running = Tasking & {
  readonly isStarted: boolean
  take(text: string): void
  takeEnd(): void
}

const taskOf = ({
  taskId,
  socket,
  line,
  connection,
  model = '',
  parameters = { voice: '', format: 'pcm', sample_rate: 24_000 },
  onOver,
}: {
  taskId: string
  socket: WebSocket
  line: Duplex
  connection: number
  model?: string
  parameters?: DashscopeParameters
  onOver(): void
}): Running => {
  const texts: string[] = []
  const arrived: ('text' | 'finish')[] = []
  let isStarted = false
  let wake: () => void = () => undefined
  const arrive = (what: 'text' | 'finish'): void => {
    arrived.push(what)
    wake()
  }
  const task: Running = {
    taskId,
    socket,
    connection,
    model,
    parameters,
    texts,
    isFinished: false,
    get isStarted() {
      return isStarted
    },
    take(text) {
      texts.push(text)
      arrive('text')
    },
    takeEnd() {
      task.isFinished = true
      arrive('finish')
    },
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    event(event, payload = {}, header = {}) {
      if (event === 'task-started') isStarted = true
      task.send({ header: { task_id: taskId, event, attributes: {}, ...header }, payload })
    },
    result(type, index, { words = [], characters } = {}) {
      const output = { type, original_text: texts[index], sentence: { index, words } }
      task.event('result-generated', { output, ...(characters !== undefined && { usage: { characters } }) })
    },
    sound: (bytes) => socket.send(bytes),
    spoken(index, bytes) {
      task.result('sentence-synthesis', index)
      task.sound(bytes)
    },
    finished({ characters = charactersOf(texts.join('')), words = [], index } = {}) {
      const payload = { output: { sentence: { index, words } }, usage: { characters } }
      task.event('task-finished', payload, { attributes: { request_uuid: 'r-1' } })
      onOver()
    },
    failed(code, message) {
      task.event('task-failed', {}, { error_code: code, error_message: message })
      socket.close(1000)
    },
    reset() {
      if (line instanceof Socket) line.resetAndDestroy()
    },
    async next() {
      while (arrived.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return arrived.shift() ?? 'finish'
    },
    async heardAll() {
      while ((await task.next()) !== 'finish');
    },
  }
  return task
}
