import { describe, expect, test } from 'vitest'
import { startCosyVoiceApiServer, wavOf } from '../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../test/support/cosyvoice-runtime-server.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from '../../../test/support/dashscope-server.ts'
import { sampleWav, startDashscopeVoicesServer, VOICES_KEY } from '../../../test/support/dashscope-voices-server.ts'
import { startEasServer } from '../../../test/support/eas-server.ts'
import { hear } from '../../../test/support/hear.ts'
import { says, startOpenAiSpeechServer } from '../../../test/support/openai-speech-server.ts'
import { anAsk, attempt, W } from '../../../test/support/speech-fixtures.ts'
import { AppCancel } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { createWire, type SpeechAsked, type SpeechClient } from '../remote/index.ts'
import {
  askTemporaryKey,
  createCosyVoiceServerClient,
  createDashscopeClient,
  createDashscopeHttpClient,
  createDashscopeVoices,
  createEasClient,
  createEasReferenceAudio,
  createOpenAiClient,
  createRuntimeClient,
  createServerVoice,
  type DashscopeVoices,
  deleteServerVoice,
  deleteSiliconFlowVoice,
  deleteVllmVoice,
  listOpenAiModels,
  listOpenAiVoices,
  listServerVoices,
  listSiliconFlowVoices,
  probeRuntime,
  probeServer,
  type ServerAccess,
  type ServerTransport,
  speakBatch,
  updateServerVoice,
  uploadSiliconFlowVoice,
  uploadVllmVoice,
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

/**
 * Does it again and again, and cancels it a moment later each time, until it was over before.
 * @param act its number comes with it
 * @returns how often it was cancelled
 */
const cancelledEverywhere = async (act: (signal: AbortSignal, turn: number) => Promise<unknown>): Promise<number> => {
  let cancels = 0
  let isOver = false
  for (let turn = 0; !isOver; turn += 1) {
    const controller = new AbortController()
    const outcome = act(controller.signal, turn).then(
      () => undefined,
      (error: unknown) => error,
    )
    void outcome.then(() => {
      isOver = !controller.signal.aborted
    })
    for (let ticks = 0; ticks < turn && !isOver; ticks += 1) await tick()
    controller.abort()
    const failure = await outcome
    if (failure !== undefined) expect(failure).toBeInstanceOf(AppCancel)
    cancels += failure === undefined ? 0 : 1
  }
  return cancels
}

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
/** By what each of them begins. */
const BEGINS = {
  cache: 'with-cache',
  sse: 'sse',
  websocket: 'upgrade',
  'http-stream': 'stream',
  task: 'task',
  schedule: 'register',
} as const
const apiServer = async (transport: ServerTransport): Promise<Place> => {
  const server = await startCosyVoiceApiServer({ polls: 2 })
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
    const speak = async (signal: AbortSignal): Promise<void> => {
      const { failure } = await attempt(client, asked, signal)
      if (failure !== undefined) throw failure
    }
    expect(await cancelledEverywhere(speak)).toBeGreaterThan(0)
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

type Act = (signal: AbortSignal, turn: number) => Promise<unknown>
/** What is done at a server, and how it is known that nothing of it is left open. */
type Acting = AsyncDisposable & { readonly act: Act; settled(): Promise<void> }
const RECORDING = { bytes: W, type: 'audio/wav', transcript: '你好' }

const atDashscopeVoices =
  (work: (voices: DashscopeVoices, signal: AbortSignal, turn: number) => Promise<unknown>) =>
  async (): Promise<Acting> => {
    const server = await startDashscopeVoicesServer()
    for (let turn = 0; turn < 100; turn += 1) server.add({ voice_id: `cosyvoice-v3.5-plus-narrator-${turn}` })
    const endpoint = { baseUrl: server.url, apiKey: async () => VOICES_KEY }
    const voices = createDashscopeVoices({ wire, clock, random: Math.random, endpoint, mayUpload: async () => true })
    return {
      act: (signal, turn) => work(voices, signal, turn),
      settled: server.allClosed,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }
const CLONE = {
  ...({ targetModel: 'cosyvoice-v3.5-plus', prefix: 'n', sampleLanguage: 'zh', longestPromptSec: null } as const),
  ...{ isPreprocessed: null, sample: { wav: sampleWav(), url: null } },
}
const DESIGN = {
  ...({ targetModel: 'cosyvoice-v3-plus', prefix: 'n', language: 'zh' } as const),
  ...{ voicePrompt: '沉稳', previewText: '晚上好。' },
}
const voiceOf = (turn: number): string => `cosyvoice-v3.5-plus-narrator-${turn}`

const atOpenAi =
  (
    profile: 'vllm-omni' | 'siliconflow',
    work: (deps: Parameters<typeof listOpenAiModels>[0], signal: AbortSignal, turn: number) => Promise<unknown>,
  ) =>
  async (): Promise<Acting> => {
    const server = await startOpenAiSpeechServer(profile)
    for (let turn = 0; turn < 100; turn += 1) server.addVoice(`v${turn}`)
    const endpoint = { baseUrl: server.baseUrl, profile, apiKey: 'sk-right-1234' }
    return {
      act: (signal, turn) => work({ wire, clock, endpoint }, signal, turn),
      settled: server.idle,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }

const atEas =
  (work: (store: ReturnType<typeof createEasReferenceAudio>, signal: AbortSignal, turn: number) => Promise<unknown>) =>
  async (): Promise<Acting> => {
    const server = await startEasServer()
    for (let turn = 0; turn < 100; turn += 1) server.references.set(`r${turn}`, { id: `r${turn}` })
    const endpoint = { baseUrl: server.baseUrl, token: server.token }
    const store = createEasReferenceAudio({ wire, clock, endpoint })
    return {
      act: (signal, turn) => work(store, signal, turn),
      settled: server.settled,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }

const atApiServer =
  (work: (access: ServerAccess, signal: AbortSignal, turn: number) => Promise<unknown>) =>
  async (): Promise<Acting> => {
    const server = await startCosyVoiceApiServer({ voices: Array.from({ length: 150 }, (_, turn) => `v${turn}`) })
    return {
      act: (signal, turn) => work({ wire, clock, endpoint: { baseUrl: server.url } }, signal, turn),
      settled: server.settled,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }
const newVoice = (turn: number) => ({
  ...{ voiceId: `n${turn}`, name: 'Ann', promptText: '你好' },
  audio: { bytes: wavOf(Array(24_000).fill(0.1)), fileName: 'a.wav' },
})

const ACTS: readonly (readonly [string, () => Promise<Acting>])[] = [
  ['a clone at DashScope', atDashscopeVoices((voices, signal) => voices.createVoice(CLONE, signal))],
  ['a design at DashScope', atDashscopeVoices((voices, signal) => voices.designVoice(DESIGN, signal))],
  ['a list of DashScope', atDashscopeVoices((voices, signal) => voices.listVoices({ prefix: null }, signal))],
  ['a voice of DashScope', atDashscopeVoices((voices, signal, turn) => voices.queryVoice(voiceOf(turn), signal))],
  [
    'the wait for a voice of DashScope',
    atDashscopeVoices((voices, signal, turn) => voices.waitUntilUsable(voiceOf(turn), { signal })),
  ],
  [
    'another sample at DashScope',
    atDashscopeVoices((voices, signal, turn) =>
      voices.updateVoice({ voiceId: voiceOf(turn), sample: CLONE.sample }, signal),
    ),
  ],
  ['a removal at DashScope', atDashscopeVoices((voices, signal, turn) => voices.deleteVoice(voiceOf(turn), signal))],
  ['models of vLLM-Omni', atOpenAi('vllm-omni', (deps, signal) => listOpenAiModels(deps, signal))],
  ['voices of vLLM-Omni', atOpenAi('vllm-omni', (deps, signal) => listOpenAiVoices(deps, signal))],
  [
    'a voice for vLLM-Omni',
    atOpenAi('vllm-omni', (deps, signal) =>
      uploadVllmVoice(deps, { name: 'anna', recording: RECORDING, consent: 'yes' }, signal),
    ),
  ],
  ['a removal at vLLM-Omni', atOpenAi('vllm-omni', (deps, signal, turn) => deleteVllmVoice(deps, `v${turn}`, signal))],
  [
    'a batch of vLLM-Omni',
    atOpenAi('vllm-omni', (deps, signal) =>
      speakBatch({ ...deps, decode: () => Promise.reject(new Error('none')) }, [anAsk({ voice: 'v1' })], signal),
    ),
  ],
  [
    'a voice for SiliconFlow',
    atOpenAi('siliconflow', (deps, signal) =>
      uploadSiliconFlowVoice(deps, { name: 'anna', model: 'm', recording: RECORDING }, signal),
    ),
  ],
  ['voices of SiliconFlow', atOpenAi('siliconflow', (deps, signal) => listSiliconFlowVoices(deps, signal))],
  [
    'a removal at SiliconFlow',
    atOpenAi('siliconflow', (deps, signal, turn) => deleteSiliconFlowVoice(deps, `v${turn}`, signal)),
  ],
  [
    'a recording for PAI-EAS',
    atEas((store, signal) => store.upload({ file: W, fileName: 'a.wav', transcript: '你好' }, signal)),
  ],
  ['recordings of PAI-EAS', atEas((store, signal) => store.list({}, signal))],
  ['a recording of PAI-EAS', atEas((store, signal, turn) => store.get(`r${turn}`, signal))],
  ['a removal at PAI-EAS', atEas((store, signal, turn) => store.delete(`r${turn}`, signal))],
  [
    'a voice for an API server',
    atApiServer((access, signal, turn) => createServerVoice(access, 'v3', newVoice(turn), signal)),
  ],
  ['voices of an API server', atApiServer((access, signal) => listServerVoices(access, 'v3', signal))],
  [
    'another name at an API server',
    atApiServer((access, signal, turn) => updateServerVoice(access, 'v3', `v${turn}`, { name: 'n' }, signal)),
  ],
  [
    'a removal at an API server',
    atApiServer((access, signal, turn) => deleteServerVoice(access, 'v3', `v${turn}`, signal)),
  ],
  ['a look at an API server', atApiServer((access, signal) => probeServer(access, signal))],
  [
    'a look at the runtime',
    async () => {
      const server = await startRuntimeServer()
      const endpoint = { baseUrl: server.baseUrl, model: 'cosyvoice3' } as const
      return {
        act: (signal) => probeRuntime({ wire, clock, endpoint }, signal),
        settled: server.settled,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  ],
  [
    'a temporary key',
    async () => {
      const server = await startDashscopeServer(clock)
      const endpoint = { baseUrl: server.url, apiKey: async () => DASHSCOPE_KEY }
      return {
        act: (signal) => askTemporaryKey({ wire, clock, endpoint }, 60, signal),
        settled: server.settled,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      }
    },
  ],
]

test.each(ACTS)('%s that is cancelled at any moment leaves nothing open', async (_, start) => {
  await using acting = await start()
  expect(await cancelledEverywhere(acting.act)).toBeGreaterThan(0)
  await acting.settled()
})
