import { createServer } from 'node:net'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { anEngineId } from '../../../test/support/a-project.ts'
import { aStudio } from '../../../test/support/a-studio.ts'
import { aJob, aTwinDesk, WORDS } from '../../../test/support/a-twin-desk.ts'
import { promptRecording } from '../../../test/support/a-voice.ts'
import { startCosyVoiceApiServer } from '../../../test/support/cosyvoice-api-server.ts'
import { startRuntimeServer } from '../../../test/support/cosyvoice-runtime-server.ts'
import {
  type DashscopeVoicesServer,
  startDashscopeVoicesServer,
  VOICES_KEY,
} from '../../../test/support/dashscope-voices-server.ts'
import { startEasServer } from '../../../test/support/eas-server.ts'
import { fakeTime } from '../../../test/support/fake-time.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import { startOpenAiSpeechServer } from '../../../test/support/openai-speech-server.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { appContract } from '../../shared/contract/index.ts'
import {
  type Connection,
  type MemberVoices,
  remoteDraftSchema,
  type TwinOutcome,
  type VoicePreviewView,
} from '../../shared/endpoint/index.ts'
import { createTranslator, errorTexts } from '../../shared/i18n/index.ts'
import { type AppErrorData, type EngineId, memberIdSchema, type VoiceId } from '../../shared/kernel/index.ts'
import { INHERIT, projectRecordSchema } from '../../shared/project/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import { putVoiceTwin } from '../library/index.ts'

const EPOCH_MS = Date.parse('2026-01-05T02:00:00Z')
const FIRST = memberIdSchema.parse('member_0')
const SECOND = memberIdSchema.parse('member_1')

const DASHSCOPE: Connection = {
  ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3.5-plus', transport: 'websocket', workspaceId: null },
}
const openAi = (profile: Extract<Connection, { kind: 'openai' }>['profile']): Connection => ({
  ...{ kind: 'openai', profile, model: 'm', sampleRateHz: 24_000, takesInstructions: false },
})

/** What the tests of every kind need of a server. */
type Place = AsyncDisposable & {
  readonly connection: Connection
  readonly baseUrl: string
  readonly key: string | null
  /** Its own names of the voices that it has. */
  names(): Promise<string[]>
  /** Requests of all kinds. */
  requests(): number
}
type Desk = ReturnType<typeof aTwinDesk>

const dashscopePlace = async (clock = leapingClock(EPOCH_MS)) => {
  const server = await startDashscopeVoicesServer({ nowEpochMs: clock.nowEpochMs })
  return {
    ...{ server, connection: DASHSCOPE, baseUrl: server.url, key: VOICES_KEY },
    names: async () => [...server.voices.keys()],
    requests: () => server.requests.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const openAiPlace = async (profile: 'vllm-omni' | 'siliconflow') => {
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
const easPlace = async () => {
  const server = await startEasServer()
  server.references.clear()
  return {
    ...{ server, connection: { kind: 'eas', transport: 'rest' } as const, baseUrl: server.baseUrl, key: server.token },
    names: async () => [...server.references.keys()],
    requests: () => server.seen.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
const serverPlace = async () => {
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

const PLACES: readonly (readonly [string, () => Promise<Place>])[] = [
  ['DashScope', () => dashscopePlace()],
  ['PAI-EAS', easPlace],
  ['a CosyVoice server', serverPlace],
  ['vLLM', () => openAiPlace('vllm-omni')],
  ['SiliconFlow', () => openAiPlace('siliconflow')],
]

const never = new AbortController().signal
const enrol = (desk: Desk, voiceId: VoiceId, engineId: EngineId, signal = never) => {
  const job = aJob<TwinOutcome>(signal)
  return { job, outcomes: desk.twins.enrol({ voiceId, engineId, sampleUrl: null }, job) }
}
const renew = (desk: Desk, voiceId: VoiceId, engineId: EngineId) =>
  desk.twins.renew({ voiceId, engineId, sampleUrl: null }, aJob<TwinOutcome>())
const sync = async (desk: Desk, engineId: EngineId): Promise<MemberVoices[]> =>
  desk.twins.sync(engineId, aJob<MemberVoices>())
const twinsOf = (desk: Desk): readonly VoiceTwin[] => desk.remote.twins()
const only = (desk: Desk): VoiceTwin => {
  const [twin, ...others] = twinsOf(desk)
  if (!twin || others.length > 0) throw new Error(`one twin, and not ${others.length + 1}`)
  return twin
}
const saidOf = (error: Pick<AppErrorData, 'code' | 'params'> | null | undefined): string => {
  if (!error) throw new Error('an error')
  const { what, why } = errorTexts(createTranslator('en'), error)
  return `${what} ${why}`
}
const caught = async (promise: Promise<unknown>): Promise<AppErrorData> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: AppErrorData) => error,
  )

describe.each(PLACES)('at %s', (_kind, startPlace) => {
  test('a voice is copied, listed, renewed, lost, copied again and removed', async () => {
    await using place = await startPlace()
    await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const voiceId = await desk.voice()

    const refusal = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(refusal).toMatchObject({
      code: 'cloud.consent-needed',
      params: { engine: 'Far', engineId, subject: 'voice', subjectId: voiceId, voice: 'Lin 林' },
      remedies: ['allow-sending', 'choose-another-engine'],
    })
    expect(place.requests()).toBe(0)

    desk.remote.giveConsent(voiceId, engineId)
    const { job, outcomes } = enrol(desk, voiceId, engineId)
    expect(await outcomes).toMatchObject([{ memberId: FIRST, twin: { voiceId, status: 'ready' }, error: null }])
    expect(appContract['twin.enrol'].output.parse({ outcomes: await outcomes })).toEqual({ outcomes: await outcomes })
    expect(job.said.at(-1)).toEqual({ doneMembers: 1, totalMembers: 1 })
    expect(await place.names()).toEqual([only(desk).remoteVoice])
    const setup = desk.remote.setupOf(desk.remote.get(engineId))
    const { source } = desk.voices.list()[0] ?? {}
    if (source?.kind !== 'promptAudio') throw new Error('a recorded voice')
    expect(setup.remoteVoice({ voiceId, source }, FIRST)).toBe(only(desk).remoteVoice)

    const before = place.requests()
    await enrol(desk, voiceId, engineId).outcomes
    expect(place.requests()).toBe(before)
    expect(await sync(desk, engineId)).toMatchObject([{ memberId: FIRST, adoptable: [], gone: [], error: null }])

    await desk.voices.change(voiceId, {
      ...{ name: 'Lin', promptText: '别的话。', language: 'zh', gender: 'female', notes: '' },
    })
    await renew(desk, voiceId, engineId)
    expect(only(desk)).toMatchObject({ promptText: '别的话。', status: 'ready' })
    expect(await place.names()).toEqual([only(desk).remoteVoice])
    const kept = only(desk)
    await renew(desk, voiceId, engineId)
    expect(only(desk)).toEqual(kept)

    await desk.twins.remove({ voiceId, memberId: FIRST, alsoThere: false })
    expect(twinsOf(desk)).toEqual([])
    expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [{ remoteVoice: kept.remoteVoice }] }])
    await desk.twins.adopt({ voiceId, engineId, memberId: FIRST, remoteVoice: kept.remoteVoice })
    expect(only(desk)).toMatchObject({ remoteVoice: kept.remoteVoice, status: 'ready', promptText: '别的话。' })

    await desk.twins.remove({ voiceId, memberId: FIRST, alsoThere: true })
    expect([twinsOf(desk), await place.names()]).toEqual([[], []])
    const missing = await caught(
      desk.twins.adopt({ voiceId, engineId, memberId: FIRST, remoteVoice: kept.remoteVoice }),
    )
    expect(missing.code).toBe('cloud.voice-not-found')
    expect(saidOf(missing)).toMatch(/^The voice was not taken over\. Far does not know the voice/)
  })

  test('a copy that is gone there is found out, and made anew when it is asked for', async () => {
    await using place = await startPlace()
    await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const voiceId = await desk.voice()
    desk.remote.giveConsent(voiceId, engineId)
    await enrol(desk, voiceId, engineId).outcomes
    const twin = only(desk)
    // Somebody else removes it.
    await desk.twins.remove({ voiceId, memberId: FIRST, alsoThere: true })
    putVoiceTwin(desk.db, twin)
    desk.remote.forgetVoices()

    expect(await sync(desk, engineId)).toMatchObject([{ gone: [voiceId], error: null }])
    expect(only(desk)).toMatchObject({ status: 'failed', error: { code: 'cloud.voice-not-found' } })
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk)).toMatchObject({ status: 'ready', error: null })
    expect(await place.names()).toEqual([only(desk).remoteVoice])
  })

  test('offline, nothing is asked, and why is said', async () => {
    await using place = await startPlace()
    await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS), isOffline: () => true })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const voiceId = await desk.voice()
    desk.remote.giveConsent(voiceId, engineId)
    const error = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(error.code).toBe('cloud.offline')
    expect(saidOf(error)).toMatch(/^The voice was not copied\. Far was not asked/)
    expect(await sync(desk, engineId)).toMatchObject([{ adoptable: null, error: { code: 'cloud.offline' } }])
    expect([place.requests(), twinsOf(desk)]).toEqual([0, []])
  })
})

const anAccount = async (clock = leapingClock(EPOCH_MS)) => {
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
const statesOf = (items: readonly TwinOutcome[]) => items.map(({ twin }) => twin?.status)

describe('DashScope works on a voice for a while', () => {
  test('which is asked for until it can be used', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId, clock } = account
    server.statesOfNew = ['DEPLOYING', 'DEPLOYING', 'OK']
    const { job, outcomes } = enrol(desk, voiceId, engineId)
    await outcomes
    expect(statesOf(job.items)).toEqual(['pending', 'ready'])
    expect(clock.waitedMs).toEqual(expect.arrayContaining([2000, 3000]))
    expect(server.count('query_voice')).toBe(3)
    expect(new Set(desk.changed)).toEqual(new Set([engineId]))
  })

  test('or for ten minutes, and from then on seldom: it may still come', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId, clock } = account
    server.statesOfNew = ['DEPLOYING']
    expect(await enrol(desk, voiceId, engineId).outcomes).toMatchObject([{ twin: { status: 'pending' }, error: null }])
    expect(clock.nowEpochMs() - EPOCH_MS).toBe(600_000)
    const asked = server.count('query_voice')
    for (const row of server.voices.values()) row.states = ['OK']
    await sync(desk, engineId)
    expect([only(desk).status, server.count('query_voice')]).toEqual(['ready', asked + 1])
  })

  test('and may reject it', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.statesOfNew = ['DEPLOYING', 'UNDEPLOYED']
    const error = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(saidOf(error)).toBe(
      'The voice was not copied. Far refused the request: UNDEPLOYED. It finds the recording unfit: take one of a single clear voice, 10 to 20 s long, without pauses, noise or music.',
    )
    expect(only(desk)).toMatchObject({ status: 'failed', error: { code: 'cloud.rejected' } })
    server.statesOfNew = ['OK']
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk)).toMatchObject({ status: 'ready', error: null })
    expect([server.count('create_voice'), server.count('update_voice')]).toEqual([1, 1])
  })

  test('which a restart of the app does not stop, nor a cancel', async () => {
    await using place = await dashscopePlace()
    const time = fakeTime(EPOCH_MS)
    const clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
    await using desk = aTwinDesk({ clock })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const voiceId = await desk.voice()
    desk.remote.giveConsent(voiceId, engineId)
    place.server.statesOfNew = ['DEPLOYING', 'DEPLOYING', 'OK']
    const controller = new AbortController()
    const { outcomes } = enrol(desk, voiceId, engineId, controller.signal)
    await place.server.asked('query_voice')
    controller.abort()
    await expect(outcomes).rejects.toThrow('cancelled')
    expect(only(desk).status).toBe('pending')

    await desk.restart()
    expect(only(desk).status).toBe('pending')
    expect(place.server.count('query_voice')).toBe(1)
    desk.twins.start()
    await place.server.asked('query_voice', 2)
    await expect.poll(() => time.pendingMs()).toEqual([2000])
    time.pass(2000)
    await expect.poll(() => only(desk).status).toBe('ready')
    expect([place.server.count('create_voice'), desk.logged]).toEqual([1, []])
  })

  test('and is not asked for any longer when the voice or the engine is removed', async () => {
    await using place = await dashscopePlace()
    const time = fakeTime(EPOCH_MS)
    await using desk = aTwinDesk({ clock: { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer } })
    place.server.statesOfNew = ['DEPLOYING']
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const [one, two] = [await desk.voice(), await desk.voice({ name: 'Two' })]
    const cancelled = new AbortController()
    for (const [index, voiceId] of [one, two].entries()) {
      desk.remote.giveConsent(voiceId, engineId)
      enrol(desk, voiceId, engineId, cancelled.signal).outcomes.catch(() => undefined)
      await expect.poll(() => time.pendingMs()).toHaveLength(index + 1)
    }
    cancelled.abort()
    await desk.voices.delete(one)
    await expect.poll(() => time.pendingMs()).toHaveLength(1)
    expect(desk.remote.remove(engineId)).toEqual({ twinsLeftThere: 1 })
    await expect.poll(() => time.pendingMs()).toEqual([])
    expect([twinsOf(desk), place.server.voices.size]).toEqual([[], 2])
  })
})

describe('the making of a voice at DashScope', () => {
  test('is not asked for twice where its answer is lost: the voice is found', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { resets: 'after' })
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk)).toMatchObject({ status: 'ready', remoteVoice: [...server.voices.keys()][0] })
    expect(server.count('create_voice')).toBe(1)
  })

  test('ends with a cancel, which leaves nothing open', async () => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { hangs: 'head' })
    const controller = new AbortController()
    const { outcomes } = enrol(desk, voiceId, engineId, controller.signal)
    await server.asked('create_voice')
    controller.abort()
    await expect(outcomes).rejects.toThrow('cancelled')
    await server.allClosed()
    expect(twinsOf(desk)).toEqual([])
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk).status).toBe('ready')
  })

  test('sends 24 kHz, 16 bits, mono, whatever the recording has, or the address where a person put it', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    const voiceId = await desk.voice({ name: 'High', language: 'en-GB' }, { sampleRateHz: 48_000, durationSec: 6 })
    desk.remote.giveConsent(voiceId, engineId)
    await enrol(desk, voiceId, engineId).outcomes
    const [sample] = server.objects.values()
    const view = new DataView(sample?.slice().buffer ?? new ArrayBuffer(44))
    expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([1, 24_000, 16])
    expect(sample?.length).toBeCloseTo(44 + 2 * 6 * 24_000, -2)
    const [made] = server.requests.filter(({ action }) => action === 'create_voice')
    expect(made?.input).toMatchObject({ target_model: 'cosyvoice-v3.5-plus', language_hints: ['en'] })
    expect(made?.input.prefix).toMatch(/^hig[0-9a-z]{6}$/)

    const own = await desk.voice({ name: 'Own', language: 'yue' })
    desk.remote.giveConsent(own, engineId)
    await desk.twins.enrol({ voiceId: own, engineId, sampleUrl: 'https://example.org/a.wav' }, aJob<TwinOutcome>())
    const asked = server.requests.filter(({ action }) => action === 'create_voice').at(-1)
    expect(asked?.input).toMatchObject({ url: 'https://example.org/a.wav', language_hints: ['zh'] })
    expect(server.objects.size).toBe(1)
  })

  test.each([[{ durationSec: 3 }, / 3 s of speech are in it, where at least 5 s are needed/]] as const)(
    'is refused for a recording %j before anything is sent',
    async (sound, said) => {
      await using account = await anAccount()
      const { server, desk, engineId } = account
      const voiceId = await desk.voice({ name: 'Short' }, sound)
      desk.remote.giveConsent(voiceId, engineId)
      const error = await caught(enrol(desk, voiceId, engineId).outcomes)
      expect(error).toMatchObject({ code: 'cloud.sample-unfit', remedies: ['choose-another-voice'] })
      expect(saidOf(error)).toMatch(said)
      expect([server.requests, twinsOf(desk)]).toEqual([[], []])
    },
  )

  test.each([
    [
      { status: 401, body: { code: 'InvalidApiKey', message: 'Invalid API-key provided.' } },
      'The voice was not copied. Far refused the key: InvalidApiKey: Invalid API-key provided..',
    ],
    [
      { status: 400, body: { code: 'InvalidParameter', message: 'Maximum voice-clone voice limit exceeded.' } },
      /^The voice was not copied\. Far has nothing left for this account: .* Delete voices there that are no longer needed\.$/,
    ],
    [
      { status: 400, body: { code: 'Audio.AudioSilentError', message: 'silent' } },
      /^The voice was not copied\. Far refused the request: .* It finds the recording unfit/,
    ],
  ])('tells what the service refuses it for: %j', async (answer, said) => {
    await using account = await anAccount()
    const { server, desk, engineId, voiceId } = account
    server.next('create_voice', { answer })
    const words = saidOf(await caught(enrol(desk, voiceId, engineId).outcomes))
    if (typeof said === 'string') expect(words).toBe(said)
    else expect(words).toMatch(said)
    expect(twinsOf(desk)).toEqual([])
  })
})

test('a copy of another model is told from one of this, and made anew', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  await enrol(desk, voiceId, engineId).outcomes
  const { createdAtEpochMs: _made, engineId: _id, ...engine } = desk.remote.get(engineId)
  const connection = { ...DASHSCOPE, model: 'cosyvoice-v3.5-flash' } as Connection
  desk.remote.save({ engineId, engine: { ...engine, connection }, keys: {} }, { mayKeepKeysInFile: true })
  expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [], gone: [voiceId] }])
  expect(only(desk).error?.params.reason).toMatch(/speaks with cosyvoice-v3\.5-plus only$/)
  await renew(desk, voiceId, engineId)
  expect(only(desk)).toMatchObject({ status: 'ready', remoteVoice: expect.stringMatching(/^cosyvoice-v3\.5-flash-/) })
  expect([...server.voices.keys()]).toEqual([only(desk).remoteVoice])
})

test('words alone are not sent to DashScope, which does not listen to them', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  await enrol(desk, voiceId, engineId).outcomes
  const asked = server.requests.length
  await desk.voices.change(voiceId, { name: 'Lin', promptText: '嗯。', language: 'zh', gender: 'female', notes: '' })
  await renew(desk, voiceId, engineId)
  expect([server.requests.length, only(desk).promptText]).toEqual([asked, '嗯。'])
})

test('a line goes from this computer to a copy of its voice and back without another voice', async () => {
  await using place = await easPlace()
  using folder = temporaryFolder()
  await using studio = aStudio(folder.directory)
  await studio.start()
  const file = promptRecording(path.join(folder.directory, 'said.wav'), { durationSec: 4 }).file
  const { voice } = await studio.voices.create(file, {
    ...{ name: 'Lin', promptText: WORDS, language: 'zh', gender: 'female', notes: '' },
  })
  const member = { memberId: 'member_0', baseUrl: place.baseUrl, concurrency: 2, requestsPerSecond: null }
  const engine = { name: 'Far', connection: place.connection, price: null, monthlyLimit: null, voices: [] }
  const draft = remoteDraftSchema.parse({
    engineId: null,
    engine: { ...engine, members: [{ ...member, isDraining: false }] },
    keys: { member_0: place.key },
  })
  const engineId = studio.remote.save(draft, { mayKeepKeysInFile: true })
  const projectId = studio.createProject('Book', 'Narrator')
  const { chapters, settings } = studio.project(projectId)
  const line = projectRecordSchema.parse({
    ...{ kind: 'line', lineId: 'line_1', chapterId: [...chapters.keys()][0], order: 'a0', text: '你好。' },
    ...{ characterId: settings.narratorId, spokenText: null, startsParagraph: false, pauseAfterSec: null },
    ...{ takeId: null, layout: null, direction: INHERIT },
  })
  const speakWith = (engineOf: EngineId): void => {
    const direction = { ...INHERIT, engineId: engineOf, voiceId: voice.voiceId }
    studio.edit(projectId, { put: [projectRecordSchema.parse({ ...line, direction })], remove: [] }, 'test')
  }
  const scope = { kind: 'project' } as const
  const planned = () => {
    const { items, readyLineIds, refused } = studio.plan(projectId, scope)
    return [items.length, readyLineIds.length, refused.map(({ error }) => error.code)]
  }
  const rendered = async (takes: number): Promise<void> => {
    await studio.enqueue(projectId, scope)
    await expect.poll(() => studio.listTakes(projectId, null).length, { timeout: 20_000 }).toBe(takes)
    await expect.poll(planned).toEqual([0, 1, []])
  }
  speakWith(anEngineId('draft'))
  await rendered(1)
  speakWith(engineId)
  expect(planned()).toEqual([0, 0, ['voice.not-enrolled']])
  studio.remote.giveConsent(voice.voiceId, engineId)
  studio.remote.giveConsent(projectId, engineId)
  await studio.twins.enrol({ voiceId: voice.voiceId, engineId, sampleUrl: null }, aJob<TwinOutcome>())
  expect(planned()).toEqual([1, 0, []])
  await rendered(2)
  const [{ input } = { input: undefined }] = place.server.speeches
  expect(input).toMatchObject({ reference_audio_id: studio.remote.twins()[0]?.remoteVoice })
  speakWith(anEngineId('draft'))
  expect(planned()).toEqual([0, 1, []])
})

/** A port that nobody answers at. */
const nobody = async (): Promise<string> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

test('every endpoint of a pool has its own copy; what fails at one is told, and made up for the next time', async () => {
  await using one = await easPlace()
  await using two = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(one.connection, [one.baseUrl, two.baseUrl], { key: one.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  two.server.uploads.push(({ response }) => {
    response.writeHead(503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ detail: 'busy' }))
  })
  const { job, outcomes } = enrol(desk, voiceId, engineId)
  expect(await outcomes).toMatchObject([
    { memberId: FIRST, twin: { status: 'ready' }, error: null },
    { memberId: SECOND, twin: null, error: { code: 'cloud.unavailable', params: { deed: 'enrol' } } },
  ])
  expect(job.said).toEqual([0, 1, 2].map((doneMembers) => ({ doneMembers, totalMembers: 2 })))
  expect(await enrol(desk, voiceId, engineId).outcomes).toMatchObject([
    { memberId: FIRST, error: null },
    { memberId: SECOND, error: null },
  ])
  expect([one.server.references.size, two.server.references.size]).toEqual([1, 1])
  expect(twinsOf(desk).map(({ memberId, status }) => [memberId, status])).toEqual([
    [FIRST, 'ready'],
    [SECOND, 'ready'],
  ])
  const setup = desk.remote.setupOf(desk.remote.get(engineId))
  const names = twinsOf(desk).map(({ remoteVoice, memberId }) => setup.languageOf(remoteVoice, memberId))
  expect(names).toEqual(['zh-CN', 'zh-CN'])
})

test('a copy is made once for two who ask at the same time', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  let answer = (): void => undefined
  place.server.uploads.push(({ response }) => {
    answer = () => response.end(JSON.stringify({ id: 'slow' }))
  })
  const one = enrol(desk, voiceId, engineId)
  await place.server.asked()
  const two = enrol(desk, voiceId, engineId)
  await expect.poll(() => two.job.said).toHaveLength(1)
  answer()
  for (const { outcomes } of [one, two]) expect(await outcomes).toMatchObject([{ twin: { remoteVoice: 'slow' } }])
  expect(place.requests()).toBe(1)
})

test('endpoints are asked one by one what they have: one that does not answer hides no other', async () => {
  await using one = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(one.connection, [await nobody(), one.baseUrl], { key: one.key })
  one.server.references.set('r', { id: 'r', filename: 'Ann.wav' })
  const job = aJob<MemberVoices>()
  const found = await desk.twins.sync(engineId, job)
  expect(found).toMatchObject([
    { memberId: FIRST, adoptable: null, error: { code: 'cloud.unreachable', params: { deed: 'list' } } },
    { memberId: SECOND, adoptable: [{ remoteVoice: 'r', name: 'Ann' }], error: null },
  ])
  expect(job.items).toEqual(found)
  expect(appContract['twin.sync'].output.parse({ members: found })).toEqual({ members: found })
  expect(saidOf(found[0]?.error)).toMatch(/^The voices were not listed\. Far was not reached/)
})

test('endpoints of one account have the same voices, and each its own twin of them', async () => {
  await using place = await dashscopePlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl, place.baseUrl], { key: place.key })
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  await enrol(desk, voiceId, engineId).outcomes
  expect(new Set(twinsOf(desk).map(({ remoteVoice }) => remoteVoice))).toEqual(new Set(place.server.voices.keys()))
  expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [] }, { adoptable: [] }])
})

test('a name that is taken at a server is no failure, and each voice has its own', async () => {
  await using place = await serverPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl])
  for (const name of ['Ann', 'Ann', 'Ann']) {
    const voiceId = await desk.voice({ name })
    desk.remote.giveConsent(voiceId, engineId)
    await enrol(desk, voiceId, engineId).outcomes
  }
  expect(await place.names()).toEqual(['ann-iiiiii', 'ann-iiiiii_2', 'ann-iiiiii_3'])
  expect(place.server.seen.filter(({ route }) => route === 'voices-create')).toHaveLength(6)
})

test('a copy at vLLM spares the sending of the recording with every line', async () => {
  await using place = await openAiPlace('vllm-omni')
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl])
  const voiceId = await desk.voice()
  desk.remote.giveConsent(voiceId, engineId)
  const { createdAtEpochMs: _made, engineId: _id, ...engine } = desk.remote.get(engineId)
  const spoken = async () => {
    const [trial] = await desk.remote.test({ engineId, engine, keys: {} }, voiceId, aJob())
    expect(trial?.error).toBeNull()
    return place.server.speeches().at(-1)
  }
  const sent = await spoken()
  expect([sent?.ref_text, sent?.voice]).toEqual([WORDS, undefined])
  await enrol(desk, voiceId, engineId).outcomes
  const named = await spoken()
  expect([named?.ref_audio, named?.voice]).toEqual([undefined, only(desk).remoteVoice])
})

test('PAI-EAS wants the words of a recording, and is not asked without', async () => {
  await using place = await easPlace()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
  const voiceId = await desk.voice({ promptText: '' })
  desk.remote.giveConsent(voiceId, engineId)
  const error = await caught(enrol(desk, voiceId, engineId).outcomes)
  expect(saidOf(error)).toBe(
    'The voice was not copied. Far would refuse its recording: nobody has written down what is said in it; write it into the voice.',
  )
  expect(place.requests()).toBe(0)
})

test('an engine that recordings cannot be copied to says so, and one without a key as well', async () => {
  await using runtime = await startRuntimeServer()
  await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
  const voiceId = await desk.voice()
  for (const connection of [
    { kind: 'cosyvoice-runtime', model: 'cosyvoice2' } as const,
    openAi('generic'),
    openAi('sglang-omni'),
    { ...DASHSCOPE, model: 'cosyvoice-v1' } as Connection,
  ]) {
    const engineId = desk.engine(connection, [runtime.baseUrl])
    desk.remote.giveConsent(voiceId, engineId)
    const error = await caught(enrol(desk, voiceId, engineId).outcomes)
    expect(error.code, JSON.stringify(connection)).toMatch(/^(engine\.unsupported-voice|secret\.missing)$/)
  }
  const keyless = desk.engine({ kind: 'eas', transport: 'rest' }, [runtime.baseUrl])
  desk.remote.giveConsent(voiceId, keyless)
  expect((await caught(enrol(desk, voiceId, keyless).outcomes)).code).toBe('secret.missing')
})

describe('a voice from words', () => {
  const design = {
    ...{ name: 'Storm', gender: 'male' as const, description: 'A deep, calm voice.', previewText: 'Hello there.' },
    language: 'en' as const,
  }
  const designed = (desk: Desk, engineId: EngineId, signal = never) => {
    const job = aJob<VoicePreviewView>(signal)
    return { job, made: desk.twins.design(engineId, design, job) }
  }

  test('can be listened to at once, and becomes one of the engine', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.statesOfNew = ['DEPLOYING', 'OK']
    const { job, made } = designed(desk, engineId)
    const { voiceId, preview, isPending, warnings } = appContract['voice.design'].output.parse(await made)
    expect([isPending, warnings]).toEqual([false, []])
    expect(job.items).toEqual([preview])
    expect(job.said).toEqual([{ stage: 'making' }, { stage: 'waiting' }])
    const wav = desk.twins.previewWav(preview?.url.split('/')[1] ?? '')
    expect(Buffer.from(wav ?? []).toString('latin1', 0, 4)).toBe('RIFF')
    expect(desk.twins.previewWav('other')).toBeUndefined()
    const [remoteVoice] = server.voices.keys()
    expect(remoteVoice).toMatch(/^cosyvoice-v3\.5-plus-vd-sto/)
    expect(desk.voices.list().find((voice) => voice.voiceId === voiceId)).toMatchObject({
      ...{ name: 'Storm', language: 'en', gender: 'male' },
      source: { kind: 'presetSpeaker', engineId, speaker: remoteVoice },
    })
    expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [] }])
  })

  test('is not lost to a cancel while the service works on it', async () => {
    await using place = await dashscopePlace()
    const time = fakeTime(EPOCH_MS)
    await using desk = aTwinDesk({ clock: { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer } })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    place.server.statesOfNew = ['DEPLOYING']
    const controller = new AbortController()
    const { job, made } = designed(desk, engineId, controller.signal)
    await place.server.asked('query_voice')
    controller.abort()
    await expect(made).rejects.toThrow('cancelled')
    expect(job.items).toHaveLength(1)
    expect(desk.voices.list().map(({ name }) => name)).toContain('Storm')
  })

  test('that the service rejects is not kept', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.statesOfNew = ['UNDEPLOYED']
    const error = await caught(designed(desk, engineId).made)
    expect(saidOf(error)).toBe('The voice was not made. Far refused the request: UNDEPLOYED.')
    expect([desk.remote.get(engineId).voices, server.voices.size]).toEqual([[], 0])
    expect(desk.voices.list().some(({ name }) => name === 'Storm')).toBe(false)
  })

  test('is no thing that other engines make', async () => {
    await using place = await easPlace()
    await using desk = aTwinDesk({ clock: leapingClock(EPOCH_MS) })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    expect((await caught(designed(desk, engineId).made)).code).toBe('engine.unsupported-voice')
    expect(place.requests()).toBe(0)
  })
})
