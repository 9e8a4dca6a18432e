import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'

/** How one request is treated. Without any the service is well-behaved. */
export type VoiceManner = {
  /** Answers this and does nothing else. */
  readonly answer?: { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  /** Does what it is asked to, and then gives another answer. */
  readonly says?: { readonly status: number; readonly body: unknown }
  /** Ends the connection without an answer: before, or after it did what it is asked to. */
  readonly resets?: 'before' | 'after'
  /** Never answers; `body`: not beyond the head. */
  readonly hangs?: 'head' | 'body'
}

export type VoiceAction =
  | 'create_voice'
  | 'list_voice'
  | 'query_voice'
  | 'update_voice'
  | 'delete_voice'
  | 'getPolicy'
  | 'upload'

export type SeenVoiceRequest = {
  readonly action: VoiceAction
  readonly headers: IncomingHttpHeaders
  readonly input: Readonly<Record<string, unknown>>
  readonly parameters: unknown
}

type Row = {
  voice_id: string
  target_model: string
  gmt_create: string
  gmt_modified: string
  voice_prompt?: string
  preview_text?: string
  url?: string
  /** What the next queries say; the last one stays. */
  states: string[]
}

export type DashscopeVoicesServer = AsyncDisposable & {
  readonly url: string
  readonly requests: SeenVoiceRequest[]
  readonly voices: Map<string, Row>
  /** Uploaded objects by their key. */
  readonly objects: Map<string, Uint8Array>
  /** Treats the next requests for an action so, one after another. */
  next(action: VoiceAction, ...manners: readonly VoiceManner[]): void
  /** A voice that is there already. */
  add(voice: Partial<Row> & { voice_id: string }): void
  /** How far the times that it writes are from Beijing's; null: it writes none. */
  clockOffMs: number | null
  /** What queries of voices that are made from now on say. */
  statesOfNew: string[]
  /** What a permit for uploads allows. */
  mostUploadMb: number
  /** Schemes of addresses (`https`, `oss`, `data`) that nothing can be loaded from. */
  readonly unreachable: Set<string>
  /** How often an action was asked for. */
  count(action: VoiceAction): number
  /** Resolves when an action was asked for so often in all. */
  asked(action: VoiceAction, times?: number): Promise<void>
  /** Resolves when no connection is open. */
  allClosed(): Promise<void>
}

export const VOICES_KEY = 'sk-0123456789abcdef'
/** Fixture W: 24 kHz mono, 8 samples. */
export const PREVIEW_WAV = 'UklGRjQAAABXQVZFZm10IBAAAAABAAEAwF0AAIC7AAACABAAZGF0YRAAAAAAAOgD0Ae4C9AH6AMAABj8'

const MODELS = [
  'cosyvoice-v3.5-plus',
  'cosyvoice-v3.5-flash',
  'cosyvoice-v3-plus',
  'cosyvoice-v3-flash',
  'cosyvoice-v2',
]
const WITH_OPTIONS = ['cosyvoice-v3.5-plus', 'cosyvoice-v3.5-flash', 'cosyvoice-v3-flash']
const HINTS: Readonly<Record<string, readonly string[]>> = {
  'cosyvoice-v2': ['zh', 'en'],
  'cosyvoice-v3-plus': ['zh', 'en', 'fr', 'de', 'ja', 'ko', 'ru'],
}
const ALL_HINTS = ['zh', 'en', 'fr', 'de', 'ja', 'ko', 'ru', 'pt', 'th', 'id', 'vi']
const MOST_VOICES = 1000
const prefix = z.string().regex(/^[A-Za-z0-9]{1,10}$/)
const hints = z.array(z.string()).min(1).optional()
const inputSchemas = {
  clone: z
    .strictObject({
      action: z.literal('create_voice'),
      target_model: z.enum(MODELS),
      prefix,
      url: z.string(),
      language_hints: hints,
      max_prompt_audio_length: z.number().min(3).max(30).optional(),
      enable_preprocess: z.boolean().optional(),
    })
    .refine(({ target_model, language_hints = [] }) =>
      language_hints.every((hint) => (HINTS[target_model] ?? ALL_HINTS).includes(hint)),
    )
    .refine(
      ({ target_model, max_prompt_audio_length, enable_preprocess }) =>
        WITH_OPTIONS.includes(target_model) ||
        (max_prompt_audio_length === undefined && enable_preprocess === undefined),
    ),
  design: z.strictObject({
    action: z.literal('create_voice'),
    target_model: z.enum(MODELS.slice(0, 4)),
    prefix,
    voice_prompt: z.string().min(1).max(500),
    preview_text: z.string().min(1).max(200),
    language_hints: z
      .array(z.enum(['zh', 'en']))
      .min(1)
      .optional(),
  }),
  list_voice: z.strictObject({
    action: z.literal('list_voice'),
    prefix: prefix.optional(),
    page_index: z.int().min(0).default(0),
    page_size: z.int().min(1).max(1000).default(10),
  }),
  query_voice: z.strictObject({ action: z.literal('query_voice'), voice_id: z.string() }),
  update_voice: z.strictObject({ action: z.literal('update_voice'), voice_id: z.string(), url: z.string() }),
  delete_voice: z.strictObject({ action: z.literal('delete_voice'), voice_id: z.string() }),
}
const bodySchema = z.strictObject({
  model: z.literal('voice-enrollment'),
  input: z.looseObject({
    action: z.enum(['create_voice', 'list_voice', 'query_voice', 'update_voice', 'delete_voice']),
  }),
  parameters: z
    .strictObject({
      sample_rate: z.union([8000, 16_000, 22_050, 24_000, 44_100, 48_000].map((rateHz) => z.literal(rateHz))),
      response_format: z.enum(['wav', 'pcm', 'mp3', 'opus']),
    })
    .optional(),
})

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
const invalid = (message: string): Refused => new Refused(400, 'InvalidParameter', message)

/** A recording that the service takes, of 16 bits in one channel; or something near it that it does not take. */
export const sampleWav = ({ durationSec = 6, rateHz = 16_000, loudness = 100 } = {}): Uint8Array<ArrayBuffer> => {
  const bytes = Buffer.alloc(44 + 2 * Math.round(durationSec * rateHz))
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(rateHz, 24)
  bytes.writeUInt32LE(2 * rateHz, 28)
  bytes.writeUInt16LE(2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(bytes.length - 44, 40)
  for (let at = 44; at < bytes.length; at += 2) bytes.writeInt16LE((at % 64) * loudness, at)
  return new Uint8Array(bytes)
}
/** The longest stretch of sound of 16-bit samples that no silence of more than two seconds interrupts. */
const longestSpeechSec = (sound: Buffer, bytesPerSec: number): number => {
  let [longest, start, end] = [0, 0, -1]
  for (let at = 0; at + 1 < sound.length; at += 2) {
    if (Math.abs(sound.readInt16LE(at)) < 64) continue
    if (end < 0 || at - end > 2 * bytesPerSec) start = at
    end = at
    longest = Math.max(longest, end - start)
  }
  return longest / bytesPerSec
}
/** What is wrong with a recording. */
const refusalOfSample = (bytes: Buffer): Refused | undefined => {
  if (bytes.length > 10_000_000) return new Refused(430, 'Audio.FileSizeExceed', 'file size exceeds 10 MB')
  const isWav = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 16) === 'WAVEfmt '
  const dataAt = bytes.indexOf('data', 20, 'latin1')
  if (!isWav || dataAt < 0 || bytes.readUInt16LE(34) !== 16)
    return new Refused(430, 'Audio.DecoderError', 'Decode audio file failed')
  const [rateHz, bytesPerSec] = [bytes.readUInt32LE(24), bytes.readUInt32LE(28)]
  if (rateHz < 16_000) return new Refused(430, 'Audio.AudioRateError', 'sample rate is below 16 kHz')
  const sound = bytes.subarray(dataAt + 8)
  if (sound.length > 60 * bytesPerSec) return new Refused(430, 'Audio.DurationLimitError', 'longer than 60 s')
  if (sound.every((byte) => byte === 0)) return new Refused(430, 'Audio.AudioSilentError', 'no speech')
  if (longestSpeechSec(sound, bytesPerSec) < 5) return new Refused(430, 'Audio.AudioShortError', 'too little speech')
  return undefined
}

const asJson = ({ code, message }: Refused): unknown => ({ code, message, request_id: 'r-refused' })
const asXml = ({ code }: Refused): unknown => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`

/** Beijing's, as the service writes it. */
const stamp = (epochMs: number): string =>
  new Date(epochMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is refused as what it is not.
    return undefined
  }
}

const readBody = async (request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> => {
  return new Uint8Array(await buffer(request))
}

/**
 * The voice interface of DashScope, with its storage for uploads, on this machine.
 * @param nowEpochMs the clock of the service
 */
export const startDashscopeVoicesServer = async ({
  nowEpochMs = Date.now,
  underPath = '',
}: {
  nowEpochMs?: () => number
  underPath?: string
} = {}): Promise<DashscopeVoicesServer> => {
  const requests: SeenVoiceRequest[] = []
  const voices = new Map<string, Row>()
  const objects = new Map<string, Uint8Array>()
  const manners = new Map<VoiceAction, VoiceManner[]>()
  const unreachable = new Set<string>()
  const temporaryKeys = new Set<string>()
  const sockets = new Set<Socket>()
  const onSeen: (() => void)[] = []
  const onClosed: (() => void)[] = []
  let made = 0
  let origin = ''

  const count = (action: VoiceAction): number => requests.filter((request) => request.action === action).length
  const seen = (request: SeenVoiceRequest): VoiceManner => {
    requests.push(request)
    for (const wake of onSeen.splice(0)) wake()
    return manners.get(request.action)?.shift() ?? {}
  }
  const found = (voiceId: unknown): Row => {
    const row = voices.get(String(voiceId))
    if (!row) throw new Refused(400, 'BadRequest.VoiceNotFound', 'Voice not found.')
    return row
  }
  const parsed = <Output>(schema: z.ZodType<Output>, value: unknown): Output => {
    const result = schema.safeParse(value)
    if (!result.success) throw invalid(`input is invalid: ${result.error.issues.map(({ path }) => path.join('.'))}`)
    return result.data
  }

  const download = (url: string, headers: IncomingHttpHeaders): void => {
    const failed = new Refused(415, 'BadRequest.InputDownloadFailed', `Failed to download the input file ${url}`)
    if (unreachable.has(url.slice(0, url.indexOf(':')))) throw failed
    if (url.startsWith('oss://')) {
      const object = objects.get(url.slice('oss://'.length))
      if (headers['x-dashscope-ossresourceresolve'] !== 'enable' || !object)
        throw new Refused(400, 'BadRequest.ResourceNotExist', 'The resource does not exist.')
      const refused = refusalOfSample(Buffer.from(object))
      if (refused) throw refused
      return
    }
    if (url.startsWith('data:audio/wav;base64,')) {
      const refused = refusalOfSample(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'))
      if (refused) throw refused
      return
    }
    if (url.startsWith('data:'))
      throw new Refused(415, 'BadRequest.UnsupportedFileFormat', 'The file format is not supported')
    if (!url.startsWith('https://')) throw invalid('url is invalid')
  }

  const now = (): string => (api.clockOffMs === null ? '' : stamp(nowEpochMs() + api.clockOffMs))
  const newRow = (model: string, name: string, more: Partial<Row>): Row => {
    made += 1
    const row: Row = {
      voice_id: `${model}-${name}-${made.toString(16).padStart(4, '0')}`,
      target_model: model,
      gmt_create: now(),
      gmt_modified: now(),
      states: [...api.statesOfNew],
      ...more,
    }
    voices.set(row.voice_id, row)
    return row
  }

  const perform = ({ action, input, parameters, headers }: SeenVoiceRequest): Readonly<Record<string, unknown>> => {
    if (parameters !== undefined && input.voice_prompt === undefined) throw invalid('parameters are not allowed')
    if (action === 'create_voice' && voices.size >= MOST_VOICES)
      throw invalid('Maximum voice-clone voice limit exceeded.')
    if (action === 'create_voice' && 'voice_prompt' in input) {
      const { target_model, voice_prompt, preview_text, ...rest } = parsed(inputSchemas.design, input)
      const row = newRow(target_model, `vd-${rest.prefix}`, { voice_prompt, preview_text })
      const preview_audio = { data: PREVIEW_WAV, sample_rate: 24_000, response_format: 'wav' }
      return { voice_id: row.voice_id, target_model, preview_audio }
    }
    if (action === 'create_voice') {
      const { target_model, url, ...rest } = parsed(inputSchemas.clone, input)
      download(url, headers)
      return { voice_id: newRow(target_model, rest.prefix, { url }).voice_id }
    }
    if (action === 'list_voice') {
      const { prefix: wanted = '', page_index, page_size } = parsed(inputSchemas.list_voice, input)
      const all = [...voices.values()].filter(({ voice_id }) =>
        voice_id.replace(/^cosyvoice-v[\d.]+(-plus|-flash)?-(vd-)?/, '').startsWith(wanted),
      )
      const rows = all.slice(page_index * page_size, (page_index + 1) * page_size)
      return {
        voice_list: rows.map(({ voice_id, gmt_create, gmt_modified, states }) => ({
          voice_id,
          gmt_create,
          gmt_modified,
          status: states[0],
        })),
      }
    }
    if (action === 'query_voice') {
      const row = found(parsed(inputSchemas.query_voice, input).voice_id)
      const { states, voice_id, url, ...rest } = row
      const status = states.length > 1 ? states.shift() : states[0]
      return { ...rest, ...(row.voice_prompt !== undefined && { voice_id }), resource_link: url ?? '', status }
    }
    if (action === 'update_voice') {
      const { voice_id, url } = parsed(inputSchemas.update_voice, input)
      const row = found(voice_id)
      if (row.voice_prompt !== undefined) throw invalid('a designed voice cannot be updated')
      download(url, headers)
      Object.assign(row, { url, states: [...api.statesOfNew] })
      return {}
    }
    voices.delete(found(parsed(inputSchemas.delete_voice, input).voice_id).voice_id)
    return {}
  }

  const send = (
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
  ): void => {
    response.writeHead(status, { connection: 'close', 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const treat = async (
    response: ServerResponse,
    { answer, says, resets, hangs }: VoiceManner,
    act: () => Promise<unknown> | unknown,
    refusalOf: (refused: Refused) => unknown = asJson,
  ): Promise<void> => {
    if (hangs === 'head') return
    if (hangs === 'body') {
      response.writeHead(200, { connection: 'close', 'content-type': 'application/json' })
      response.write('{"output":')
      return
    }
    if (resets === 'before') response.socket?.resetAndDestroy()
    else if (answer) send(response, answer.status, answer.body, answer.headers)
    else
      try {
        const output = await act()
        if (resets === 'after') response.socket?.resetAndDestroy()
        else if (says) send(response, says.status, says.body)
        else send(response, 200, output)
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        send(response, error.status, refusalOf(error))
      }
  }

  const policyOf = (): unknown => ({
    data: {
      policy: 'cG9saWN5',
      signature: 'c2lnbmF0dXJl',
      upload_dir: 'dashscope-instant/account/2026-01-05/u-1',
      upload_host: `${origin}/oss`,
      expire_in_seconds: 300,
      max_file_size_mb: api.mostUploadMb,
      oss_access_key_id: 'LTAI-temporary',
      x_oss_object_acl: 'private',
      x_oss_forbid_overwrite: 'true',
    },
    request_id: 'r-policy',
  })
  const takeUpload = async (body: Uint8Array<ArrayBuffer>, headers: IncomingHttpHeaders): Promise<unknown> => {
    const form = await new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData()
    const names = [...form.keys()]
    const text = (name: string): string => String(form.get(name))
    const key = text('key')
    const isAllowed =
      headers.authorization === undefined &&
      names.at(-1) === 'file' &&
      text('OSSAccessKeyId') === 'LTAI-temporary' &&
      text('policy') === 'cG9saWN5' &&
      text('Signature') === 'c2lnbmF0dXJl' &&
      text('x-oss-object-acl') === 'private' &&
      text('x-oss-forbid-overwrite') === 'true' &&
      text('success_action_status') === '200' &&
      key.startsWith('dashscope-instant/account/2026-01-05/u-1/')
    if (!isAllowed) throw new Refused(403, 'AccessDenied', 'Invalid according to Policy')
    if (objects.has(key)) throw new Refused(409, 'FileAlreadyExists', 'The object you specified already exists')
    const file = form.get('file')
    if (!(file instanceof Blob)) throw new Refused(400, 'InvalidArgument', 'no file')
    objects.set(key, new Uint8Array(await file.arrayBuffer()))
    return ''
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const { headers } = request
    const url = new URL(request.url ?? '/', origin)
    const at = url.pathname
    if (at === '/oss' && request.method === 'POST') {
      const manner = seen({ action: 'upload', headers, input: {}, parameters: undefined })
      await treat(response, manner, () => takeUpload(body, headers), asXml)
      return
    }
    const isPolicy = at === `${underPath}/api/v1/uploads` && request.method === 'GET'
    const isVoices = at === `${underPath}/api/v1/services/audio/tts/customization` && request.method === 'POST'
    if (!isPolicy && !isVoices && at !== `${underPath}/api/v1/tokens`) {
      send(response, 404, '<html>not found</html>')
      return
    }
    if (at === `${underPath}/api/v1/tokens` && headers.authorization === `Bearer ${VOICES_KEY}`) {
      const token = `st-${temporaryKeys.size.toString().padStart(20, '0')}`
      temporaryKeys.add(`Bearer ${token}`)
      send(response, 200, { token, expires_at: Math.floor(nowEpochMs() / 1000) + 1800 })
      return
    }
    if (headers.authorization !== `Bearer ${VOICES_KEY}` && !temporaryKeys.has(headers.authorization ?? '')) {
      send(response, 401, {
        code: 'InvalidApiKey',
        message: `Invalid API-key provided: ${headers.authorization}`,
        request_id: 'q',
      })
      return
    }
    if (isPolicy) {
      const isRight =
        url.searchParams.get('action') === 'getPolicy' && url.searchParams.get('model') === 'voice-enrollment'
      await treat(response, seen({ action: 'getPolicy', headers, input: {}, parameters: undefined }), () => {
        if (!isRight) throw invalid('model')
        return policyOf()
      })
      return
    }
    const parsedBody = bodySchema.safeParse(jsonOf(new TextDecoder().decode(body)))
    if (!parsedBody.success || headers['content-type'] !== 'application/json') {
      send(response, 400, { code: 'InvalidParameter', message: 'body is invalid', request_id: 'r' })
      return
    }
    const { input, parameters } = parsedBody.data
    const asked: SeenVoiceRequest = { action: input.action, headers, input, parameters }
    await treat(response, seen(asked), () => ({
      output: perform(asked),
      usage: { count: 1 },
      request_id: `r-${requests.length}`,
    }))
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.socket?.destroy())
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const wake of onClosed.splice(0)) wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const api: DashscopeVoicesServer = {
    url: `${origin}${underPath}`,
    requests,
    voices,
    objects,
    unreachable,
    clockOffMs: 0,
    statesOfNew: ['OK'],
    mostUploadMb: 100,
    count,
    next: (action, ...more) => {
      manners.set(action, [...(manners.get(action) ?? []), ...more])
    },
    add: (voice) => {
      voices.set(voice.voice_id, {
        target_model: 'cosyvoice-v3.5-plus',
        gmt_create: stamp(nowEpochMs()),
        gmt_modified: stamp(nowEpochMs()),
        states: ['OK'],
        ...voice,
      })
    },
    asked: async (action, times = 1) => {
      while (count(action) < times) await new Promise<void>((resolve) => onSeen.push(resolve))
    },
    allClosed: async () => {
      while (sockets.size > 0) await new Promise<void>((resolve) => onClosed.push(resolve))
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return api
}
