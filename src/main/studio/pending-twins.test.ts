import { describe, expect, test } from 'vitest'
import { aTwinDesk } from '../../../test/support/a-twin-desk.ts'
import { fakeTime } from '../../../test/support/fake-time.ts'
import {
  anAccount,
  caught,
  dashscopePlace,
  EPOCH_MS,
  enrol,
  only,
  saidOf,
  sync,
  twinsOf,
} from '../../../test/support/voice-places.ts'
import type { TwinOutcome } from '../../shared/endpoint/index.ts'

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
      'The voice was not copied. Far refused the request: “UNDEPLOYED”. It finds the recording unfit: take one of a single clear voice, 10 to 20 s long, without pauses, noise or music.',
    )
    expect(only(desk)).toMatchObject({ status: 'failed', error: { code: 'cloud.rejected' } })
    server.statesOfNew = ['OK']
    await enrol(desk, voiceId, engineId).outcomes
    expect(only(desk)).toMatchObject({ status: 'ready', error: null })
    expect([...server.voices.keys()]).toEqual([only(desk).remoteVoice])
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

  test('and is asked for again when the app goes online: until then, why it was not is told with the copy', async () => {
    await using place = await dashscopePlace()
    const time = fakeTime(EPOCH_MS)
    const clock = { nowEpochMs: () => time.nowEpochMs, setTimer: time.setTimer }
    let isOffline = false
    await using desk = aTwinDesk({ clock, isOffline: () => isOffline })
    const engineId = desk.engine(place.connection, [place.baseUrl], { key: place.key })
    const voiceId = await desk.voice()
    desk.remote.giveConsent(voiceId, engineId)
    place.server.statesOfNew = ['DEPLOYING', 'OK']
    const { outcomes } = enrol(desk, voiceId, engineId)
    await expect.poll(() => time.pendingMs()).toEqual([2000])
    isOffline = true
    time.pass(2000)
    expect(await outcomes).toMatchObject([{ twin: { status: 'pending' }, error: { code: 'cloud.offline' } }])
    expect(only(desk)).toMatchObject({ status: 'pending', error: { code: 'cloud.offline' } })
    desk.twins.start()
    expect(place.server.count('query_voice')).toBe(1)
    isOffline = false
    desk.twins.follow()
    await expect.poll(() => only(desk)).toMatchObject({ status: 'ready', error: null })
    expect(place.server.count('create_voice')).toBe(1)
  })

  test.each([
    [401, { code: 'InvalidApiKey', message: 'no' }, 'cloud.unauthorized'],
    [400, { code: 'InvalidParameter', message: 'no' }, 'cloud.rejected'],
    [200, '<html>', 'cloud.protocol'],
  ])(
    'and tells why it could not be asked, %i %j; whoever wants the copy again looks for it again',
    async (status, body, code) => {
      await using account = await anAccount()
      const { server, desk, engineId, voiceId } = account
      const other = await desk.voice({ name: 'Other' })
      desk.remote.giveConsent(other, engineId)
      server.next('query_voice', ...Array.from({ length: 2 }, () => ({ answer: { status, body } })))
      for (const asked of [voiceId, other])
        expect(await enrol(desk, asked, engineId).outcomes).toMatchObject([
          { twin: { status: 'pending' }, error: { code } },
        ])
      expect(twinsOf(desk)).toMatchObject([{ error: { code } }, { error: { code } }])
      expect(server.count('query_voice')).toBe(2)
      expect(await enrol(desk, voiceId, engineId).outcomes).toMatchObject([{ twin: { status: 'ready' }, error: null }])
      expect([server.count('create_voice'), server.count('query_voice')]).toEqual([2, 3])
    },
  )
})
