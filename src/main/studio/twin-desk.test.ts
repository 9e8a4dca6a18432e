import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { anEngineId } from '../../../test/support/a-project.ts'
import { aStudio } from '../../../test/support/a-studio.ts'
import { aJob, aTwinDesk, WORDS } from '../../../test/support/a-twin-desk.ts'
import { promptRecording } from '../../../test/support/a-voice.ts'
import { VOICES_KEY } from '../../../test/support/dashscope-voices-server.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import {
  anAccount,
  caught,
  DASHSCOPE,
  EPOCH_MS,
  easPlace,
  enrol,
  FIRST,
  only,
  PLACES,
  renew,
  SECOND,
  saidOf,
  sync,
  twinsOf,
} from '../../../test/support/voice-places.ts'
import { appContract } from '../../shared/contract/index.ts'
import { type Connection, remoteDraftSchema, type TwinOutcome } from '../../shared/endpoint/index.ts'
import type { EngineId } from '../../shared/kernel/index.ts'
import { INHERIT, projectRecordSchema } from '../../shared/project/index.ts'
import { enrolmentsOf } from '../../shared/render/index.ts'
import { putVoiceTwin } from '../library/index.ts'

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

test('a copy of another model is of no use to this one, and stays for those it is of use to', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  await enrol(desk, voiceId, engineId).outcomes
  const { remoteVoice: former } = only(desk)
  const { createdAtEpochMs: _made, engineId: _id, ...engine } = desk.remote.get(engineId)
  const takeModel = (model: string): void => {
    const connection = { ...DASHSCOPE, model } as Connection
    desk.remote.save({ engineId, engine: { ...engine, connection }, keys: {} }, { mayKeepKeysInFile: true })
  }
  takeModel('cosyvoice-v3.5-flash')
  expect(only(desk)).toMatchObject({
    status: 'failed',
    error: { code: 'cloud.model-mismatch', params: { reason: 'voice-of-other-model', model: 'cosyvoice-v3.5-plus' } },
  })
  expect(enrolmentsOf(twinsOf(desk)).size).toBe(0)
  expect(await sync(desk, engineId)).toMatchObject([{ adoptable: [], gone: [], error: null }])
  takeModel('cosyvoice-v3.5-plus')
  expect(only(desk)).toMatchObject({ status: 'ready', error: null })
  takeModel('cosyvoice-v3.5-flash')
  await enrol(desk, voiceId, engineId).outcomes
  expect(only(desk)).toMatchObject({ status: 'ready', remoteVoice: expect.stringMatching(/^cosyvoice-v3\.5-flash-/) })
  expect([...server.voices.keys()]).toEqual([former, only(desk).remoteVoice])
  const other = desk.engine(DASHSCOPE, [server.url], { key: VOICES_KEY })
  expect(await sync(desk, other)).toMatchObject([{ adoptable: [{ remoteVoice: former }] }])
})

test('what nobody has a copy of is removed where it is listed, and what the service rejected as well', async () => {
  await using account = await anAccount()
  const { server, desk, engineId, voiceId } = account
  await enrol(desk, voiceId, engineId).outcomes
  const { remoteVoice: copied } = only(desk)
  server.add({ voice_id: 'cosyvoice-v3.5-plus-old-1' })
  server.add({ voice_id: 'cosyvoice-v3.5-plus-old-2', states: ['UNDEPLOYED'] })
  const [found] = await sync(desk, engineId)
  expect(found?.adoptable).toMatchObject([
    { remoteVoice: 'cosyvoice-v3.5-plus-old-1' },
    { remoteVoice: 'cosyvoice-v3.5-plus-old-2', isRejected: true },
  ])
  expect(found?.adoptable?.[0]).not.toHaveProperty('isRejected')
  for (const { remoteVoice } of found?.adoptable ?? [])
    await desk.twins.removeThere({ engineId, memberId: FIRST, remoteVoice })
  expect([...server.voices.keys()]).toEqual([copied])
  await desk.twins.removeThere({ engineId, memberId: FIRST, remoteVoice: copied })
  expect([server.voices.size, twinsOf(desk)]).toEqual([0, []])
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
  speakWith(engineId)

  // Nothing is spoken by what the voice is no more: what came of it would pass for what it is now.
  await studio.voices.change(voice.voiceId, {
    ...{ name: 'Lin', promptText: '别的话。', language: 'zh', gender: 'female', notes: '' },
  })
  expect([planned(), studio.remote.twins()]).toMatchObject([[0, 0, ['voice.copy-outdated']], [{ status: 'outdated' }]])
  const { error } =
    (await studio.twins.renew({ voiceId: voice.voiceId, engineId, sampleUrl: null }, aJob<TwinOutcome>()))[0] ?? {}
  expect([error, planned(), studio.remote.twins()]).toMatchObject([null, [1, 0, []], [{ status: 'ready' }]])
  await rendered(3)
})

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
