import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listenOnLoopback } from './loopback.ts'
import { P } from './speech-fixtures.ts'
import { pcmOf, type SoundOf } from './spoken-sound.ts'

/** Fields of each route, in the order that FastAPI complains in. @source FunAudioLLM/CosyVoice runtime/python/fastapi/server.py */
const ROUTES: Readonly<Record<string, readonly string[]>> = {
  '/inference_sft': ['tts_text', 'spk_id'],
  '/inference_zero_shot': ['tts_text', 'prompt_text', 'prompt_wav'],
  '/inference_cross_lingual': ['tts_text', 'prompt_wav'],
  '/inference_instruct': ['tts_text', 'spk_id', 'instruct_text'],
  '/inference_instruct2': ['tts_text', 'instruct_text', 'prompt_wav'],
}

export type SeenInference = {
  readonly route: string
  /** Of files, their bytes. */
  readonly fields: Readonly<Record<string, string | Uint8Array>>
}

export type RuntimeServer = AsyncDisposable & {
  readonly baseUrl: string
  /** What it was started with. */
  model: 'cosyvoice' | 'cosyvoice2' | 'cosyvoice3'
  /** What it says of itself. */
  openApi: unknown
  readonly inferences: SeenInference[]
  readonly seen: { readonly method: string; readonly url: string; readonly authorization: string | undefined }[]
  /** Fields that no route knows: FastAPI passes over them, a client must not send them. */
  readonly violations: string[]
  /** Misbehaviours of the next inferences, in order. */
  readonly answers: ((response: ServerResponse) => void)[]
  openExchanges(): number
  settled(): Promise<void>
}

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Where each route has the mark of CosyVoice3. Speakers that were trained in have none. */
const MARKED: Readonly<Record<string, string>> = {
  '/inference_zero_shot': 'prompt_text',
  '/inference_cross_lingual': 'tts_text',
  '/inference_instruct2': 'instruct_text',
}
/** Whether a model of that kind says anything: CosyVoice3 stops without its mark, after the head was sent. */
const isSpoken = (model: RuntimeServer['model'], { route, fields }: SeenInference): boolean => {
  const marked = MARKED[route]
  return model !== 'cosyvoice3' || marked === undefined || String(fields[marked]).includes('<|endofprompt|>')
}
const isSound = (bytes: string | Uint8Array | undefined): boolean =>
  bytes === undefined ||
  /^(RIFF|ID3|fLaC|OggS|\xff[\xe0-\xff])/.test(Buffer.from(bytes).subarray(0, 4).toString('latin1'))

/**
 * The official runtime, as its source describes it.
 * @param soundOf what it says; `P` twice without it
 */
export const startRuntimeServer = async ({ soundOf }: { soundOf?: SoundOf } = {}): Promise<RuntimeServer> => {
  const inferences: SeenInference[] = []
  const seen: RuntimeServer['seen'] = []
  const violations: string[] = []
  const answers: RuntimeServer['answers'] = []

  const infer = async (request: IncomingMessage, response: ServerResponse, route: string): Promise<void> => {
    const body = await buffer(request)
    const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] ?? '' } })
      .formData()
      .catch(() => new FormData())
    const known = ROUTES[route] ?? []
    for (const name of form.keys()) if (!known.includes(name)) violations.push(`${route} has no ${name}`)
    const missing = known.filter((name) => {
      const value = form.get(name)
      return name === 'prompt_wav' ? !(value instanceof File) : typeof value !== 'string' || value === ''
    })
    if (missing.length > 0) {
      json(response, 422, {
        detail: missing.map((name) => ({ type: 'missing', loc: ['body', name], msg: 'Field required', input: null })),
      })
      return
    }
    const fields: Record<string, string | Uint8Array> = {}
    for (const [name, value] of form)
      fields[name] = typeof value === 'string' ? value : new Uint8Array(await value.arrayBuffer())
    inferences.push({ route, fields })
    const script = answers.shift()
    if (script) {
      script(response)
      return
    }
    // The first model has no second way of directions, and the later ones not the first.
    const lacksRoute = route === (running.model === 'cosyvoice' ? '/inference_instruct2' : '/inference_instruct')
    if (lacksRoute || !isSound(fields.prompt_wav)) {
      response.writeHead(500, { 'content-type': 'text/plain' })
      response.end('Internal Server Error')
      return
    }
    response.writeHead(200)
    response.flushHeaders()
    if (!isSpoken(running.model, { route, fields })) {
      response.destroy()
      return
    }
    if (!soundOf) response.write(P)
    response.end(soundOf ? pcmOf(soundOf(String(fields.tts_text))) : P)
  }

  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    seen.push({ method, url, authorization: headers.authorization })
    if (url === '/openapi.json' && method === 'GET') json(response, 200, running.openApi)
    else if (method === 'POST' && ROUTES[url]) void infer(request, response, url)
    else json(response, 404, { detail: 'Not Found' })
  })
  const loopback = await listenOnLoopback(server)
  const running: RuntimeServer = {
    baseUrl: `http://${loopback.host}`,
    model: 'cosyvoice3',
    openApi: {
      openapi: '3.1.0',
      paths: Object.fromEntries(Object.keys(ROUTES).map((path) => [path, { get: {}, post: {} }])),
    },
    inferences,
    seen,
    violations,
    answers,
    openExchanges: loopback.openExchanges,
    settled: loopback.settled,
    [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose](),
  }
  return running
}
