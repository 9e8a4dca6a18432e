import { describe, expect, test } from 'vitest'
import { aStudio } from '../../../test/support/a-studio.ts'
import { aJob, aTwinDesk } from '../../../test/support/a-twin-desk.ts'
import { startDashscopeVoicesServer, VOICES_KEY } from '../../../test/support/dashscope-voices-server.ts'
import { fakeTime } from '../../../test/support/fake-time.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import {
  anAccount,
  caught,
  DASHSCOPE,
  type Desk,
  dashscopePlace,
  EPOCH_MS,
  easPlace,
  saidOf,
  sync,
} from '../../../test/support/voice-places.ts'
import { appContract } from '../../shared/contract/index.ts'
import { remoteDraftSchema, type VoicePreviewView } from '../../shared/endpoint/index.ts'
import type { EngineId } from '../../shared/kernel/index.ts'

describe('a voice from words', () => {
  const design = {
    ...{ name: 'Storm', gender: 'male' as const, description: 'A deep, calm voice.', previewText: 'Hello there.' },
    language: 'en' as const,
  }
  const designed = (desk: Desk, engineId: EngineId, signal = new AbortController().signal) => {
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
    expect(desk.remote.get(engineId).voices).toMatchObject([{ name: 'Storm', isPending: true }])
    expect(desk.voices.list().some(({ name }) => name === 'Storm')).toBe(false)

    for (const row of place.server.voices.values()) row.states = ['OK']
    await desk.restart()
    desk.twins.start()
    await expect.poll(() => desk.voices.list().map(({ name }) => name)).toContain('Storm')
    expect(desk.remote.get(engineId).voices[0]).not.toHaveProperty('isPending')
    expect(place.server.count('create_voice')).toBe(1)
  })

  test.each([
    [401, { code: 'InvalidApiKey', message: 'no' }],
    [200, '<html>'],
  ])('that could not be asked for, %i %j, has not failed: it is asked for again', async (status, body) => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.next('query_voice', { answer: { status, body } })
    const { voiceId, isPending } = await designed(desk, engineId).made
    expect(isPending).toBe(true)
    expect(desk.voices.list().some((voice) => voice.voiceId === voiceId)).toBe(false)
    desk.twins.follow()
    await expect.poll(() => desk.voices.list().map((voice) => voice.voiceId)).toContain(voiceId)
    expect(server.count('create_voice')).toBe(1)
  })

  test('of which nobody knows whether it is done is asked for when voices are compared', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.statesOfNew = ['DEPLOYING']
    const { voiceId } = await designed(desk, engineId).made
    for (const row of server.voices.values()) row.states = ['OK']
    await sync(desk, engineId)
    expect(desk.voices.list().map((voice) => voice.voiceId)).toContain(voiceId)
  })

  test('can be discarded while the service works on it', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.statesOfNew = ['DEPLOYING']
    const { voiceId, isPending } = await designed(desk, engineId).made
    expect(isPending).toBe(true)
    await desk.twins.discard(voiceId)
    expect([desk.remote.get(engineId).voices, server.voices.size]).toEqual([[], 0])
  })

  test('that the service rejects is not kept', async () => {
    await using account = await anAccount()
    const { server, desk, engineId } = account
    server.statesOfNew = ['UNDEPLOYED']
    const error = await caught(designed(desk, engineId).made)
    expect(saidOf(error)).toBe('The voice was not made. Far refused the request: “UNDEPLOYED”.')
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

const aStudioAtDashscope = async (deps: Parameters<typeof aStudio>[1] = {}) => {
  const server = await startDashscopeVoicesServer()
  server.statesOfNew = ['OK']
  const folder = temporaryFolder()
  const studio = aStudio(folder.directory, deps)
  await studio.start()
  const connection = { ...DASHSCOPE, model: 'cosyvoice-v3-plus' }
  const member = { memberId: 'member_a', baseUrl: server.url, concurrency: 2, requestsPerSecond: null }
  const engine = { name: 'Far', connection, price: null, monthlyLimit: null, voices: [] }
  const draft = remoteDraftSchema.parse({
    engineId: null,
    engine: { ...engine, members: [{ ...member, isDraining: false }] },
    keys: { member_a: VOICES_KEY },
  })
  return {
    ...{ server, studio, engineId: studio.remote.save(draft, { mayKeepKeysInFile: true }) },
    async [Symbol.asyncDispose]() {
      await studio[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
const said = {
  gender: 'male',
  description: '沉稳的中年男声，适合旁白。',
  previewText: '夜色渐深。',
  language: 'zh',
} as const

test('a voice made from words is removed at its endpoint and from the library; others stay, and what a service has for all', async () => {
  await using place = await aStudioAtDashscope()
  const { server, studio, engineId } = place
  const ofEngine = () =>
    studio.listVoices().filter(({ source }) => source.kind === 'presetSpeaker' && source.engineId === engineId)
  const [everybodys, ...others] = ofEngine()
  if (!everybodys) throw new Error('a voice that the service has for everybody')
  const kept = await studio.twins.design(engineId, { ...said, name: 'Kept' }, aJob())
  const { voiceId } = await studio.twins.design(engineId, { ...said, name: 'Dropped' }, aJob())
  await studio.twins.discard(voiceId)
  const left = [everybodys, ...others].map((voice) => voice.voiceId)
  expect(new Set(ofEngine().map((voice) => voice.voiceId))).toEqual(new Set([...left, kept.voiceId]))
  expect(studio.remote.get(engineId).voices.map(({ name }) => name)).toEqual(['Kept'])
  expect(server.count('delete_voice')).toBe(1)
  await expect(studio.twins.discard(voiceId)).rejects.toMatchObject({ code: 'voice.not-found' })
  await expect(studio.twins.discard(everybodys.voiceId)).rejects.toMatchObject({ code: 'engine.unsupported-voice' })
})

test('a voice that a project casts stays', async () => {
  await using place = await aStudioAtDashscope()
  const { server, studio, engineId } = place
  const { voiceId } = await studio.twins.design(engineId, { ...said, name: 'Cast' }, aJob())
  const projectId = studio.createProject('Book', 'Narrator')
  const { settings } = studio.project(projectId)
  studio.edit(projectId, { put: [{ ...settings, direction: { ...settings.direction, voiceId } }], remove: [] }, 'test')
  await expect(studio.twins.discard(voiceId)).rejects.toMatchObject({ code: 'voice.in-use', params: { count: 1 } })
  expect(server.count('delete_voice')).toBe(0)
})

test('a voice whose making went on while the app was offline is asked for when it goes online', async () => {
  let isOffline = false
  await using place = await aStudioAtDashscope({ isOffline: () => isOffline })
  const { server, studio, engineId } = place
  const goOffline = (offline: boolean): void => {
    isOffline = offline
    studio.offlineChanged()
  }
  server.statesOfNew = ['DEPLOYING', 'OK']
  const making = studio.twins.design(engineId, { ...said, name: 'Late' }, aJob())
  await server.asked('query_voice')
  goOffline(true)
  const { voiceId, isPending } = await making
  expect([isPending, server.count('query_voice')]).toEqual([true, 1])
  goOffline(false)
  await expect.poll(() => studio.listVoices().map((voice) => voice.voiceId)).toContain(voiceId)
  expect(server.count('create_voice')).toBe(1)
})
