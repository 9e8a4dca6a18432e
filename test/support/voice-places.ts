import type { Connection, MemberVoices, TwinOutcome } from '../../src/shared/endpoint/index.ts'
import { createTranslator, errorTexts } from '../../src/shared/i18n/index.ts'
import { type AppErrorData, type EngineId, memberIdSchema, type VoiceId } from '../../src/shared/kernel/index.ts'
import type { VoiceTwin } from '../../src/shared/voice/index.ts'
import { aJob, aTwinDesk } from './a-twin-desk.ts'
import { startCosyVoiceApiServer } from './cosyvoice-api-server.ts'
import { type DashscopeVoicesServer, startDashscopeVoicesServer, VOICES_KEY } from './dashscope-voices-server.ts'
import { startEasServer } from './eas-server.ts'
import { leapingClock } from './leaping-clock.ts'
import { startOpenAiSpeechServer } from './openai-speech-server.ts'

export const EPOCH_MS = Date.parse('2026-01-05T02:00:00Z')
export const FIRST = memberIdSchema.parse('member_0')
export const SECOND = memberIdSchema.parse('member_1')

export const DASHSCOPE: Connection = {
  ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3.5-plus', transport: 'websocket', workspaceId: null },
}
export const openAi = (profile: Extract<Connection, { kind: 'openai' }>['profile']): Connection => ({
  ...{ kind: 'openai', profile, model: 'm', sampleRateHz: 24_000, takesInstructions: false },
})

/** What the tests of every kind need of a server. */
export type Place = AsyncDisposable & {
  readonly connection: Connection
  readonly baseUrl: string
  readonly key: string | null
  /** Its own names of the voices that it has. */
  names(): Promise<string[]>
  /** Requests of all kinds. */
  requests(): number
}
export type Desk = ReturnType<typeof aTwinDesk>

export const dashscopePlace = async (clock = leapingClock(EPOCH_MS)) => {
  const server = await startDashscopeVoicesServer({ nowEpochMs: clock.nowEpochMs })
  return {
    ...{ server, connection: DASHSCOPE, baseUrl: server.url, key: VOICES_KEY },
    names: async () => [...server.voices.keys()],
    requests: () => server.requests.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
export const openAiPlace = async (profile: 'vllm-omni' | 'siliconflow') => {
  const server = await startOpenAiSpeechServer(profile)
  const key = profile === 'siliconflow' ? 'sk-right-1234' : null
  const names = async (): Promise<string[]> => {
    const route = profile === 'siliconflow' ? 'audio/voice/list' : 'audio/voices'
    const answer = await fetch(`${server.baseUrl}/${route}`, { headers: { authorization: `Bearer ${key}` } })
    const listed: { result?: { uri: string }[]; voices?: string[] } = JSON.parse(await answer.text())
    return listed.result?.map(({ uri }) => uri) ?? listed.voices ?? []
  }
  return {
    ...{ server, connection: openAi(profile), baseUrl: server.baseUrl, key, names },
    requests: () => server.requests.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
export const easPlace = async () => {
  const server = await startEasServer()
  server.references.clear()
  return {
    ...{ server, connection: { kind: 'eas', transport: 'rest' } as const, baseUrl: server.baseUrl, key: server.token },
    names: async () => [...server.references.keys()],
    requests: () => server.seen.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
export const serverPlace = async () => {
  const server = await startCosyVoiceApiServer({ voices: [] })
  const names = async (): Promise<string[]> => {
    const listed: { voices: { voice_id: string }[] } = JSON.parse(
      await (await fetch(`${server.url}/api/v3/voices/?page=1&page_size=100`)).text(),
    )
    return listed.voices.map(({ voice_id }) => voice_id)
  }
  return {
    ...{ server, connection: { kind: 'cosyvoice-server', transport: 'cache' } as const, baseUrl: server.url },
    ...{ key: null, names, requests: () => server.seen.length },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ['DashScope', () => dashscopePlace()],
  ['PAI-EAS', easPlace],
  ['a CosyVoice server', serverPlace],
  ['vLLM', () => openAiPlace('vllm-omni')],
  ['SiliconFlow', () => openAiPlace('siliconflow')],
]

const never = new AbortController().signal
export const enrol = (desk: Desk, voiceId: VoiceId, engineId: EngineId, signal = never) => {
  const job = aJob<TwinOutcome>(signal)
  return { job, outcomes: desk.twins.enrol({ voiceId, engineId, sampleUrl: null }, job) }
}
export const renew = (desk: Desk, voiceId: VoiceId, engineId: EngineId) =>
  desk.twins.renew({ voiceId, engineId, sampleUrl: null }, aJob<TwinOutcome>())
export const sync = async (desk: Desk, engineId: EngineId): Promise<MemberVoices[]> =>
  desk.twins.sync(engineId, aJob<MemberVoices>())
export const twinsOf = (desk: Desk): readonly VoiceTwin[] => desk.remote.twins()
export const only = (desk: Desk): VoiceTwin => {
  const [twin, ...others] = twinsOf(desk)
  if (!twin || others.length > 0) throw new Error(`one twin, and not ${others.length + 1}`)
  return twin
}
export const saidOf = (error: Pick<AppErrorData, 'code' | 'params'> | null | undefined): string => {
  if (!error) throw new Error('an error')
  const { what, why } = errorTexts(createTranslator('en'), error)
  return `${what} ${why}`
}
export const caught = async (promise: Promise<unknown>): Promise<AppErrorData> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: AppErrorData) => error,
  )

export const anAccount = async (clock = leapingClock(EPOCH_MS)) => {
  const place = await dashscopePlace(clock)
  const desk = aTwinDesk({ clock })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  const server: DashscopeVoicesServer = place.server
  return {
    ...{ server, desk, engineId, voiceId, clock },
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]()
      await place[Symbol.asyncDispose]()
    },
  }
}
