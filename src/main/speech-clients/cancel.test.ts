import { describe, expect, test } from 'vitest'
import { startCosyVoiceApiServer } from '../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../test/support/cosyvoice-runtime-server.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../test/support/dashscope-server.ts'
import { startEasServer } from '../../../test/support/eas-server.ts'
import { hear } from '../../../test/support/hear.ts'
import { says, startOpenAiSpeechServer } from '../../../test/support/openai-speech-server.ts'
import { anAsk, attempt, W } from '../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { createWire, type SpeechAsked, type SpeechClient } from '../remote/index.ts'
import {
  createCosyVoiceServerClient,
  createDashscopeClient,
  createDashscopeHttpClient,
  createEasClient,
  createOpenAiClient,
  createRuntimeClient,
  type ServerTransport,
} from './index.ts'

/** A server with the client that asks it. */
type Place = AsyncDisposable & {
  readonly client: SpeechClient
  readonly asked: SpeechAsked
  /** The next request for speech fails as one that is tried again. */
  failNext(): void
  /** Requests for speech so far. */
  count(): number
  /** Resolves when no exchange is open, and no task is left. */
  settled(): Promise<void>
}

/** Waits between polls are over at once; patience with what was asked never ends. */
const clock: Clock = {
  nowEpochMs: () => 1_700_000_000_000,
  setTimer: (run, delayMs) => {
    if (delayMs >= 3000) return () => undefined
    const soon = setImmediate(run)
    return () => clearImmediate(soon)
  },
}
const wire = createWire({ clock, isOffline: () => false })
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const dashscope = async (transport: 'websocket' | 'http' | 'http-stream'): Promise<Place> => {
  const server = await startDashscopeServer(clock)
  const endpoint = { baseUrl: server.url, apiKey: async () => DASHSCOPE_KEY }
  return {
    client:
      transport === 'websocket'
        ? createDashscopeClient({ wire, clock, endpoint })
        : createDashscopeHttpClient({ wire, clock, endpoint, isStreaming: transport === 'http-stream' }),
    asked: anAsk({ model: 'cosyvoice-v3-flash', voice: 'longanyang' }),
    failNext: () => {
      server.answerTask((task) => task.failed('InternalError', 'x'))
      server.answerRequest((response) => response.writeHead(503).end())
    },
    count: () => server.tasks.length + server.requests.length,
    settled: server.settled,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const openAi = async (profile: 'generic' | 'vllm-omni' | 'sglang-omni'): Promise<Place> => {
  const server = await startOpenAiSpeechServer(profile)
  server.addVoice('anna')
  return {
    client: createOpenAiClient({
      wire,
      clock,
      endpoint: { baseUrl: server.baseUrl, profile, apiKey: 'sk-right-1234' },
      decode: () => Promise.reject(new Error('nothing to decode')),
      ...(profile === 'sglang-omni' && {
        voiceAudio: async () => ({ bytes: W, type: 'audio/wav', transcript: '你好' }),
      }),
    }),
    asked: anAsk({ voice: 'anna', seed: 1 }),
    failNext: () => server.next(says(503, 'down')),
    count: () => server.requests.length,
    settled: server.idle,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const eas = async (transport: 'rest' | 'sse' | 'websocket'): Promise<Place> => {
  const server = await startEasServer()
  return {
    client: createEasClient({
      wire,
      clock,
      endpoint: { baseUrl: server.baseUrl, token: server.token, transport },
      languageOf: () => null,
    }),
    asked: anAsk(),
    failNext: () => {
      server.refusals.push({ status: 503, body: 'down' })
      server.answers.push((answer) => {
        answer.head(503)
        answer.end('down')
      })
    },
    count: () => server.seen.length,
    settled: server.settled,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const apiServer = async (transport: ServerTransport): Promise<Place> => {
  const server = await startCosyVoiceApiServer({ polls: 2 })
  const BEGINS = {
    ...{ cache: 'with-cache', sse: 'sse', websocket: 'upgrade', 'http-stream': 'stream' },
    ...{ task: 'task', schedule: 'register' },
  } as const
  const begins = BEGINS[transport]
  return {
    client: createCosyVoiceServerClient({ wire, clock, endpoint: { baseUrl: server.url, transport } }),
    asked: anAsk({ model: 'v3', voice: 'my_voice_01' }),
    failNext: () => server.misbehave(begins, { status: 503, body: { error: 'model_not_ready', message: 'no' } }),
    count: () => server.routes().filter((route) => route === begins).length,
    settled: async () => {
      do await server.settled()
      while (server.tasks() > 0 && (await tick().then(() => true)))
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const runtime = async (): Promise<Place> => {
  const server = await startRuntimeServer()
  return {
    client: createRuntimeClient({
      wire,
      clock,
      endpoint: { baseUrl: server.baseUrl, model: 'cosyvoice3' },
      voiceAudio: async () => ({ file: W, transcript: '你好', language: null }),
    }),
    asked: anAsk(),
    failNext: () => server.answers.push((response) => response.writeHead(503).end('down')),
    count: () => server.seen.length,
    settled: server.settled,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ['DashScope by WebSocket', () => dashscope('websocket')],
  ['DashScope by requests', () => dashscope('http')],
  ['DashScope by events', () => dashscope('http-stream')],
  ['an OpenAI-like server', () => openAi('generic')],
  ['vLLM-Omni', () => openAi('vllm-omni')],
  ['SGLang-Omni', () => openAi('sglang-omni')],
  ['PAI-EAS', () => eas('rest')],
  ['PAI-EAS by events', () => eas('sse')],
  ['PAI-EAS by WebSocket', () => eas('websocket')],
  ['an API server', () => apiServer('cache')],
  ['an API server by events', () => apiServer('sse')],
  ['an API server by WebSocket', () => apiServer('websocket')],
  ['an API server by its body', () => apiServer('http-stream')],
  ['an API server by tasks', () => apiServer('task')],
  ['an API server by its schedule', () => apiServer('schedule')],
  ['the runtime', runtime],
]

describe.each(PLACES)('of %s a cancel', (_, start) => {
  test('before anything asks for nothing', async () => {
    await using place = await start()
    expect((await attempt(place.client, place.asked, AbortSignal.abort())).failure).toBeInstanceOf(AppCancel)
    await place.client[Symbol.asyncDispose]()
    await place.settled()
    expect(place.count()).toBe(0)
  })

  test('at any moment leaves nothing open, and no task', async () => {
    await using place = await start()
    const { client, asked, settled } = place
    let isOver = false
    let cancels = 0
    for (let ticks = 0; !isOver; ticks += 1) {
      const controller = new AbortController()
      const speaking = attempt(client, asked, controller.signal).then((spoken) => {
        isOver = !controller.signal.aborted
        return spoken
      })
      for (let tickNo = 0; tickNo < ticks && !isOver; tickNo += 1) await tick()
      controller.abort()
      const { failure } = await speaking
      if (failure !== undefined) expect(failure).toBeInstanceOf(AppCancel)
      cancels += failure === undefined ? 0 : 1
    }
    expect(cancels).toBeGreaterThan(0)
    // Between two lines a connection may be kept.
    await tick()
    if (place.asked.model === 'v3') await settled()
    await client[Symbol.asyncDispose]()
    await settled()
  })

  test('with its first event, and with its last, leaves nothing open, and no task', async () => {
    await using whole = await start()
    const { events } = await attempt(whole.client, whole.asked)
    await whole.client[Symbol.asyncDispose]()
    for (const at of [1, events.length]) {
      await using place = await start()
      const controller = new AbortController()
      let heard = 0
      const { failure } = await attempt(place.client, place.asked, controller.signal, () => {
        heard += 1
        if (heard === at) controller.abort()
      })
      if (failure !== undefined) expect(failure).toBeInstanceOf(AppCancel)
      if (place.asked.model === 'v3') await place.settled()
      await place.client[Symbol.asyncDispose]()
      await place.settled()
      expect(place.count()).toBe(1)
    }
  })

  test('while the next attempt is waited for makes none', async () => {
    await using place = await start()
    place.failNext()
    const controller = new AbortController()
    const failures: unknown[] = []
    const cancelling: SpeechClient = {
      async *speak(asked, signal) {
        try {
          yield* place.client.speak(asked, signal)
        } catch (error) {
          failures.push(error)
          controller.abort()
          throw error
        }
      },
      [Symbol.asyncDispose]: async () => undefined,
    }
    const heard = await hear(cancelling, place.asked, controller.signal)
    expect(failures).toMatchObject([{ failureClass: 'unavailable' }])
    expect(heard.failure).toBeInstanceOf(AppCancel)
    await place.client[Symbol.asyncDispose]()
    await place.settled()
    expect(place.count()).toBe(1)
  })
})
