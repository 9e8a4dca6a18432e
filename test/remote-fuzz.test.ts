import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../src/main/clock/index.ts'
import { openClient } from '../src/main/engines/remote/open-client.ts'
import {
  createWire,
  ownReason,
  RemoteFailure,
  type SpeechAsked,
  type SpeechEvent,
  type Wire,
} from '../src/main/remote/index.ts'
import { createDashscopeVoices, type DashscopeVoices } from '../src/main/speech-clients/index.ts'
import type { Connection } from '../src/shared/endpoint/index.ts'
import { aRemoteSetup } from './support/a-remote-setup.ts'
import { startCosyVoiceApiServer } from './support/cosyvoice-api-server.ts'
import { startRuntimeServer } from './support/cosyvoice-runtime-server.ts'
import { DASHSCOPE_KEY, startDashscopeServer } from './support/dashscope-server.ts'
import { sampleWav, startDashscopeVoicesServer, VOICES_KEY } from './support/dashscope-voices-server.ts'
import { startEasServer } from './support/eas-server.ts'
import { type FakeTime, fakeTime } from './support/fake-time.ts'
import { chanceOf, mutatedExchange } from './support/mutate-exchange.ts'
import { startOpenAiSpeechServer } from './support/openai-speech-server.ts'
import { type Delivered, type Exchange, recordingWire, replayedWire } from './support/replayed-wire.ts'

/** Of each kind of client, over all of its transports. */
const CASES = 10_000
/** Another one is other cases; `COSY_FUZZ_SEED` to say which. */
const SEED = Number(process.env.COSY_FUZZ_SEED ?? 20_260_101)
/** Timers that one request may have run out before it counts as hanging: polls of ten minutes are a few hundred. */
const MOST_TIMERS = 5000
const HANGS_AFTER_MS = 10_000
/** Floats may be beyond full scale by so much. */
const LOUDEST = 4
const TEXT = 'Hello.'
const never = new AbortController().signal

const WAV = sampleWav()

type Place = { readonly baseUrl: string; readonly key: string; readonly voice: string }
/** One way of asking a server, and what its protocol says of a good end. */
type Way = {
  readonly name: string
  /** Asks once. @returns what was spoken; undefined for what speaks nothing */
  ask(wire: Wire, clock: Clock, place: Place): Promise<readonly SpeechEvent[] | undefined>
  /** @returns why what was delivered is no good end, in the words of the protocol; undefined: it may be one */
  whyNoEnd(delivered: readonly Delivered[]): string | undefined
}

const spokenBy = (connection: Connection, model: string, instruct: string | null = null): Way['ask'] => {
  return async (wire, clock, { baseUrl, key, voice }) => {
    const setup = aRemoteSetup(
      connection,
      { baseUrl, key },
      {
        recordingOf: async () =>
          connection.kind === 'cosyvoice-runtime'
            ? { wav: WAV, transcript: 'Hello there.', language: 'en' }
            : undefined,
        languageOf: () => 'en',
      },
    )
    const [member] = setup.engine.members
    if (!member) throw new Error('an engine has an endpoint')
    const client = openClient(setup, member, { wire, clock, random: () => 0 })
    const asked: SpeechAsked = {
      ...{ text: TEXT, model, voice, instruct, language: 'en', speed: 1, pitch: 1, volume: 50 },
      ...{ seed: null, isSsml: false, isUrgent: false, sampleRateHz: 24_000 },
    }
    const events: SpeechEvent[] = []
    for await (const event of client.speak(asked, never)) events.push(event)
    await client[Symbol.asyncDispose]()
    // As the engine over all clients has it.
    if (!events.some((event) => event.kind === 'sound' && event.pcm.length > 0))
      throw new RemoteFailure('protocol', ownReason('no-sound'))
    return events
  }
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )

type AnswerTold = Extract<Delivered, { kind: 'answer' }>
const answersOf = (delivered: readonly Delivered[]): AnswerTold[] =>
  delivered.filter((told): told is AnswerTold => told.kind === 'answer')
const isSuccess = ({ status }: AnswerTold): boolean => status >= 200 && status < 300
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
/** Data of the events of a stream, as its specification reads them. @source html.spec.whatwg.org, server-sent events */
const dataOf = (bytes: Uint8Array): { event: string; data: string }[] =>
  textOf(bytes)
    .split(/\r\n\r\n|\n\n|\r\r|\r\n\n|\n\r\n|\r\n\r|\n\r/)
    .map((block) => block.split(/\r\n|\n|\r/))
    .map((lines) => ({
      event:
        lines
          .findLast((line) => line.startsWith('event:'))
          ?.slice(6)
          .trim() ?? '',
      data: lines
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trim())
        .join('\n'),
    }))

/** A body that is all sound. */
const wholeBody = (delivered: readonly Delivered[]): string | undefined => {
  const last = answersOf(delivered).at(-1)
  if (!last) return 'nobody answered'
  if (!isSuccess(last)) return `the status is ${last.status}`
  if (last.isBroken) return 'the body broke off'
  return last.bytes.length === 0 ? 'the body is empty' : undefined
}
/** A file that came whole; what is said to its removal, after that, decides nothing. */
const wholeFile = (delivered: readonly Delivered[]): string | undefined =>
  answersOf(delivered).some(
    (answer) => isSuccess(answer) && !answer.isBroken && textOf(answer.bytes.subarray(0, 4)) === 'RIFF',
  )
    ? undefined
    : 'no file came whole'
/** A stream of events with a mark of its end. */
const markedStream =
  (isMark: (event: { event: string; data: string }) => boolean) =>
  (delivered: readonly Delivered[]): string | undefined => {
    const last = answersOf(delivered).at(-1)
    if (!last || !isSuccess(last)) return 'nobody answered well'
    // Some servers answer in one piece where events were asked for.
    return dataOf(last.bytes).some(isMark) || isMark({ event: '', data: textOf(last.bytes) })
      ? undefined
      : 'the mark of the end is missing'
  }
/** Frames of a socket that have to come in this order. */
const frames =
  (...needed: ((message: string | Uint8Array) => boolean)[]) =>
  (delivered: readonly Delivered[]): string | undefined => {
    let step = 0
    for (const told of delivered) if (told.kind === 'message' && needed[step]?.(told.message)) step += 1
    return step === needed.length ? undefined : `message ${step + 1} of ${needed.length} that are needed is missing`
  }
const says =
  (path: string[], wanted: string) =>
  (message: string | Uint8Array): boolean =>
    typeof message === 'string' && at(jsonOf(message), ...path) === wanted
const isStop = ({ data }: { data: string }): boolean => at(jsonOf(data), 'output', 'finish_reason') === 'stop'

type Kind = {
  readonly start: () => Promise<AsyncDisposable & { readonly place: Place }>
  readonly ways: readonly Way[]
}

/** One that the strictest of them has. */
const OPENAI_MODEL = 'tongyi/cosyvoice-v3-plus'
const openAi = (profile: 'generic' | 'wcode' | 'vllm-omni', whyNoEnd: Way['whyNoEnd']): Way => ({
  name: profile,
  ask: spokenBy(
    { kind: 'openai', profile, model: OPENAI_MODEL, sampleRateHz: 24_000, takesInstructions: false },
    OPENAI_MODEL,
  ),
  whyNoEnd,
})
const server = (
  transport: Extract<Connection, { kind: 'cosyvoice-server' }>['transport'],
  whyNoEnd: Way['whyNoEnd'],
): Way => ({
  name: transport,
  ask: spokenBy({ kind: 'cosyvoice-server', transport }, ''),
  whyNoEnd,
})
const eas = (transport: Extract<Connection, { kind: 'eas' }>['transport'], whyNoEnd: Way['whyNoEnd']): Way => ({
  name: transport,
  ask: spokenBy({ kind: 'eas', transport }, ''),
  whyNoEnd,
})
const dashscope = (transport: 'websocket' | 'http', whyNoEnd: Way['whyNoEnd']): Way => ({
  name: transport,
  ask: spokenBy(
    { kind: 'dashscope', region: 'cn', model: 'cosyvoice-v2', transport, workspaceId: null },
    'cosyvoice-v2',
  ),
  whyNoEnd,
})

const withPlace = <Server extends AsyncDisposable>(started: Server, place: Place) => ({
  place,
  [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
})
const openAiServer = async (profile: 'generic' | 'wcode' | 'vllm-omni', voice: string): ReturnType<Kind['start']> => {
  const started = await startOpenAiSpeechServer(profile)
  started.addVoice(voice)
  return withPlace(started, { baseUrl: started.baseUrl, key: profile === 'wcode' ? 'sk-right-1234' : '', voice })
}

const VOICE_ID = 'cosyvoice-v3.5-plus-narrator-0009'
/** @param isEnd whether an answer is one that it may end well with */
const voices = (
  name: string,
  work: (desk: DashscopeVoices) => Promise<unknown>,
  isEnd: (json: unknown) => boolean,
): Way => ({
  name,
  ask: async (wire, clock, { baseUrl, key }) => {
    const endpoint = { baseUrl, apiKey: async () => key }
    await work(createDashscopeVoices({ wire, clock, random: () => 0, endpoint, mayUpload: async () => true }))
    return undefined
  },
  whyNoEnd: (delivered) => {
    const good = answersOf(delivered).filter((answer) => isSuccess(answer) && !answer.isBroken)
    return good.some(({ bytes }) => isEnd(jsonOf(textOf(bytes)))) ? undefined : 'no answer says so'
  },
})
const isNamed = (json: unknown): boolean =>
  typeof at(json, 'output', 'voice_id') === 'string' || Array.isArray(at(json, 'output', 'voice_list'))
const isObject = (json: unknown): boolean => typeof json === 'object' && json !== null
const CLONE = {
  targetModel: 'cosyvoice-v3.5-plus',
  prefix: 'narrator',
  sampleLanguage: 'zh',
  longestPromptSec: null,
  isPreprocessed: null,
} as const
const DESIGN = {
  targetModel: 'cosyvoice-v3-plus',
  prefix: 'announcer',
  language: 'zh',
  voicePrompt: '沉稳的中年男声，语速缓慢。',
  previewText: '各位听众，晚上好。',
} as const
/** Whether a voice was asked for again that may have been made already. */
const asksBlindly = (delivered: readonly Delivered[]): boolean => {
  const makings = answersOf(delivered).filter(({ request }) => request.includes('"create_voice"'))
  return makings.slice(0, -1).some((answer) => isSuccess(answer) || (answer.isBroken && answer.status < 400))
}

const KINDS: Readonly<Record<string, readonly Kind[]>> = {
  dashscope: [
    {
      start: async () => {
        const started = await startDashscopeServer(systemClock)
        return withPlace(started, { baseUrl: started.url, key: DASHSCOPE_KEY, voice: 'longxiaochun_v2' })
      },
      ways: [
        dashscope(
          'websocket',
          frames(
            says(['header', 'event'], 'task-started'),
            (message) => typeof message !== 'string' && message.length > 0,
            says(['header', 'event'], 'task-finished'),
          ),
        ),
        dashscope('http', markedStream(isStop)),
      ],
    },
  ],
  openai: [
    { start: () => openAiServer('generic', 'anna'), ways: [openAi('generic', wholeBody)] },
    { start: () => openAiServer('wcode', 'longanyang'), ways: [openAi('wcode', wholeBody)] },
    {
      start: () => openAiServer('vllm-omni', 'anna'),
      ways: [
        openAi('vllm-omni', (delivered) => {
          const isEvents = answersOf(delivered).some(({ bytes }) =>
            /^\s*(data|event):/.test(textOf(bytes.subarray(0, 64))),
          )
          const isMark = ({ data }: { data: string }): boolean =>
            data === '[DONE]' || at(jsonOf(data), 'type') === 'speech.audio.done'
          return isEvents
            ? markedStream((event) => isMark(event) || event.event === 'speech.audio.done')(delivered)
            : wholeBody(delivered)
        }),
      ],
    },
  ],
  eas: [
    {
      start: async () => {
        const started = await startEasServer()
        return withPlace(started, { baseUrl: started.baseUrl, key: started.token, voice: 'ref1' })
      },
      ways: [
        eas('rest', wholeBody),
        // Nothing marks the end of its streams; a mark that comes may be followed by a break.
        eas('sse', (delivered) =>
          markedStream((event) => isStop(event) || event.data === '[DONE]')(delivered) === undefined
            ? undefined
            : wholeBody(delivered),
        ),
        eas('websocket', frames(says(['header', 'event'], 'task-started'), says(['header', 'event'], 'task-finished'))),
      ],
    },
  ],
  'cosyvoice-server': [
    {
      start: async () => {
        const started = await startCosyVoiceApiServer()
        return withPlace(started, { baseUrl: started.url, key: '', voice: 'my_voice_01' })
      },
      ways: [
        server('cache', wholeBody),
        server('task', wholeFile),
        server('schedule', wholeFile),
        server('http-stream', wholeBody),
        server(
          'sse',
          markedStream(({ event }) => event === 'complete'),
        ),
        server('websocket', frames(says(['message_type'], 'synthesis_complete'))),
      ],
    },
  ],
  'cosyvoice-runtime': [
    {
      start: async () => {
        const started = await startRuntimeServer()
        return withPlace(started, { baseUrl: started.baseUrl, key: '', voice: 'anna' })
      },
      ways: [
        {
          name: 'cosyvoice3',
          ask: spokenBy({ kind: 'cosyvoice-runtime', model: 'cosyvoice3' }, ''),
          whyNoEnd: wholeBody,
        },
      ],
    },
  ],
  'dashscope-voices': [
    {
      start: async () => {
        const started = await startDashscopeVoicesServer({})
        started.add({ voice_id: VOICE_ID, states: ['DEPLOYING', 'DEPLOYING', 'OK'] })
        return withPlace(started, { baseUrl: started.url, key: VOICES_KEY, voice: '' })
      },
      ways: [
        voices('wait', (desk) => desk.waitUntilUsable(VOICE_ID, { signal: never }), isObject),
        voices(
          'create',
          (desk) => desk.createVoice({ ...CLONE, sample: { wav: null, url: 'https://x/a.wav' } }, never),
          isNamed,
        ),
        voices(
          'create by upload',
          (desk) => desk.createVoice({ ...CLONE, sample: { wav: WAV, url: null } }, never),
          isNamed,
        ),
        voices('design', (desk) => desk.designVoice(DESIGN, never), isNamed),
        voices('list', (desk) => desk.listVoices({ prefix: null }, never), isObject),
      ],
    },
  ],
}

/** A clock whose time passes only when nothing else is left to do. */
const turnClock = (time: FakeTime): Clock => ({ nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer })

type Outcome = { readonly events: readonly SpeechEvent[] | undefined } | { readonly error: unknown }

/** Asks over a replayed exchange, until it settles. @throws Error where it hangs */
const settled = async (way: Way, exchange: Exchange, place: Place) => {
  const time = fakeTime()
  const clock = turnClock(time)
  const { wire, delivered, asked } = replayedWire(exchange, clock)
  let outcome: Outcome | undefined
  const startedMs = performance.now()
  const asking = way.ask(wire, clock, place).then(
    (events) => {
      outcome = { events }
    },
    (error: unknown) => {
      outcome = { error }
    },
  )
  for (let timers = 0; outcome === undefined; ) {
    await new Promise((resolve) => setImmediate(resolve))
    if (outcome !== undefined) break
    const [nextMs] = time.pendingMs()
    if (nextMs !== undefined) {
      timers += 1
      time.pass(nextMs)
    }
    if (timers > MOST_TIMERS || performance.now() - startedMs > HANGS_AFTER_MS)
      throw new Error(`it hangs: ${timers} timers, ${Math.round(performance.now() - startedMs)} ms`)
  }
  await asking
  return { outcome, delivered, asked: asked() }
}

/** What no server may bring about. @returns what is wrong */
const complaintOf = (way: Way, outcome: Outcome | undefined, delivered: readonly Delivered[]): string | undefined => {
  if (!outcome) return 'it did not settle'
  if (asksBlindly(delivered)) return 'it asked for a voice again that may have been made'
  if ('error' in outcome) {
    const { error } = outcome
    if (!(error instanceof RemoteFailure))
      return `it failed as no failure of a request: ${error instanceof Error ? error.stack : String(error)}`
    return error.message.length > 600 ? `its reason is ${error.message.length} characters long` : undefined
  }
  const why = way.whyNoEnd(delivered)
  if (why !== undefined) return `it ended well, though ${why}`
  if (!outcome.events) return undefined
  const sounds = outcome.events.flatMap((event) => (event.kind === 'sound' ? [event] : []))
  const samples = sounds.reduce((sum, { pcm }) => sum + pcm.length, 0)
  const cameBytes = delivered.reduce(
    (sum, told) => sum + (told.kind === 'answer' ? told.bytes.length : told.message.length),
    0,
  )
  if (samples > cameBytes) return `of ${cameBytes} bytes it made ${samples} samples`
  const odd = sounds.find(({ sampleRateHz }) => !(sampleRateHz >= 4000 && sampleRateHz <= 384_000))
  if (odd) return `its sound has a rate of ${odd.sampleRateHz} Hz`
  if (!sounds.every(({ pcm }) => pcm.every((sample) => Math.abs(sample) <= LOUDEST)))
    return 'its sound is beyond full scale, or no number'
  return undefined
}

const running: AsyncDisposable[] = []
afterAll(async () => {
  for (const one of running) await one[Symbol.asyncDispose]()
})

describe.each(Object.entries(KINDS))('%s', (kindName, kinds) => {
  const recorded: { way: Way; place: Place; exchange: Exchange }[] = []

  beforeAll(async () => {
    for (const kind of kinds) {
      const started = await kind.start()
      running.push(started)
      for (const way of kind.ways) {
        const recording = recordingWire(createWire({ clock: systemClock, isOffline: () => false }))
        await way.ask(recording.wire, systemClock, started.place)
        recorded.push({ way, place: started.place, exchange: recording.exchange() })
      }
    }
  }, 30_000)

  test('what its servers say, said again without a socket, ends well', async () => {
    for (const { way, place, exchange } of recorded) {
      const { outcome, delivered } = await settled(way, exchange, place)
      expect([
        way.name,
        complaintOf(way, outcome, delivered),
        outcome && 'error' in outcome ? outcome.error : undefined,
      ]).toEqual([way.name, undefined, undefined])
    }
  })

  test(`${CASES} messages that are not as they should be end well only where they are`, {
    timeout: 60_000,
  }, async () => {
    const endings = { well: 0, failed: 0 }
    const complaints: string[] = []
    for (let index = 0; index < CASES && complaints.length < 20; index++) {
      const one = recorded[index % recorded.length]
      if (!one) throw new Error('there is a way')
      const { way, place, exchange } = one
      const seed = SEED + index * 7919
      const changed = mutatedExchange(exchange, chanceOf(seed))
      const found = await settled(way, changed, place).catch((error: unknown) => String(error))
      const complaint = typeof found === 'string' ? found : complaintOf(way, found.outcome, found.delivered)
      if (complaint !== undefined) complaints.push(`${kindName} ${way.name}, case ${index}: ${complaint}`)
      else if (typeof found !== 'string') endings[found.outcome && 'error' in found.outcome ? 'failed' : 'well'] += 1
    }
    expect(complaints).toEqual([])
    // Else they were all the same.
    expect(Math.min(endings.well, endings.failed)).toBeGreaterThan(CASES / 20)
  })
})
