import { expect, test } from 'vitest'
import { aLibrary } from '../../../test/support/a-library.ts'
import { aTwinDesk } from '../../../test/support/a-twin-desk.ts'
import { leapingClock } from '../../../test/support/leaping-clock.ts'
import { remoteEngineSchema } from '../../shared/endpoint/index.ts'
import { type MemberId, memberIdSchema, projectIdSchema } from '../../shared/kernel/index.ts'
import type { RenderRequest } from '../../shared/render/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import type { MemberState } from '../engines/index.ts'
import { putRemoteEngine, putVoiceTwin } from '../library/index.ts'
import { RemoteLedger } from './remote-ledger.ts'

const idOf = (name: string): MemberId => memberIdSchema.parse(`member_${name}`)
const anEngine = (members: Readonly<Record<string, object>>) =>
  remoteEngineSchema.parse({
    ...{ engineId: 'far', name: 'Far', createdAtEpochMs: 0, monthlyLimit: null, voices: [] },
    connection: { kind: 'eas', transport: 'rest' },
    price: { amount: 1, currency: 'CNY', per: 10, unit: 'characters' },
    members: Object.entries(members).map(([name, said]) => ({
      ...{ memberId: idOf(name), baseUrl: `http://${name}.example`, concurrency: 1, requestsPerSecond: null },
      ...{ isDraining: false, ...said },
    })),
  })
const stateOf = (name: string, state: Partial<MemberState> = {}): MemberState => ({
  ...{ memberId: idOf(name), running: 0, msPerUnit: null, resting: null },
  ...state,
})
/** @param states as the running engine tells them */
const aLedger = (states: MemberState[]) => {
  const library = aLibrary()
  const open = () =>
    new RemoteLedger({ library: library.library, engines: { memberStates: () => states }, nowEpochMs: () => 0 })
  return { states, library, open, [Symbol.dispose]: () => library[Symbol.dispose]() }
}
const usage = { kind: 'usage', units: 10, requestId: null } as const

test('the pace of an endpoint is remembered over a restart, in the unit that it was measured in', () => {
  using room = aLedger([stateOf('a', { msPerUnit: 20 }), stateOf('b')])
  const engine = anEngine({ a: {}, b: {} })
  putRemoteEngine(room.library.library.db, engine)
  room.open().note(engine.engineId, null, usage)
  room.states.splice(0, 2, stateOf('a'), stateOf('b'))
  room.library.reopen()
  const ledger = room.open()
  expect(ledger.statesOf(engine).map(({ msPerUnit }) => msPerUnit)).toEqual([20, null])
  const lines = [{ units: 100, memberIds: [idOf('a')] }]
  expect(ledger.spread(engine, lines)).toEqual({
    expectedSec: 2,
    shares: [{ memberId: idOf('a'), baseUrl: 'http://a.example', lines: 1 }],
  })
  const inBytes = anEngine({ a: {}, b: {} })
  const repriced = { ...inBytes, price: inBytes.price && { ...inBytes.price, unit: 'utf8-bytes' as const } }
  expect(ledger.spread(repriced, lines).expectedSec).toBeNull()
  room.states.splice(0, 1, stateOf('a', { msPerUnit: 40 }))
  expect(ledger.spread(engine, lines).expectedSec).toBe(4)
})

test('lines are shared among the endpoints that can speak them now', () => {
  using room = aLedger([
    stateOf('fast', { msPerUnit: 10 }),
    stateOf('slow', { msPerUnit: 30 }),
    stateOf('draining', { msPerUnit: 1 }),
    stateOf('blocked', { msPerUnit: 1, resting: 'blocked' }),
    stateOf('copyless', { msPerUnit: 1 }),
  ])
  const engine = anEngine({ fast: {}, slow: {}, draining: { isDraining: true }, blocked: {}, copyless: {} })
  const memberIds = ['fast', 'slow', 'draining', 'blocked'].map(idOf)
  const lines = Array.from({ length: 40 }, () => ({ units: 100, memberIds }))
  const { shares, expectedSec } = room.open().spread(engine, lines)
  expect(shares.map(({ memberId, lines: count }) => [memberId, count])).toEqual([
    [idOf('fast'), 30],
    [idOf('slow'), 10],
  ])
  expect(expectedSec).toBe(30)
})

test('one line takes as long as it takes, however many could be spoken at once', () => {
  using room = aLedger([stateOf('a', { msPerUnit: 20 })])
  const engine = anEngine({ a: { concurrency: 8 } })
  expect(room.open().spread(engine, [{ units: 100, memberIds: [idOf('a')] }]).expectedSec).toBe(2)
})

test('an endpoint that takes few requests a second is no faster than those', () => {
  using room = aLedger([stateOf('a', { msPerUnit: 1 }), stateOf('b', { msPerUnit: 1 })])
  const engine = anEngine({
    a: { concurrency: 10, requestsPerSecond: 3 },
    b: { concurrency: 10, requestsPerSecond: 1 },
  })
  const lines = Array.from({ length: 40 }, () => ({ units: 10, memberIds: [idOf('a'), idOf('b')] }))
  const { shares, expectedSec } = room.open().spread(engine, lines)
  expect([shares.map(({ lines: count }) => count), expectedSec]).toEqual([[30, 10], 10])
})

test('an endpoint that does not know a voice gets none of its lines', async () => {
  await using desk = aTwinDesk({ clock: leapingClock(0) })
  const engineId = desk.engine({ kind: 'eas', transport: 'rest' }, ['http://a.example', 'http://b.example'], {
    key: 'token',
  })
  const voiceId = await desk.voice()
  const [voice] = desk.voices.list()
  if (voice?.source.kind !== 'promptAudio') throw new Error('a recorded voice')
  putVoiceTwin(desk.db, {
    ...{ voiceId, engineId, memberId: memberIdSchema.parse('member_1'), remoteVoice: 'copy', status: 'ready' },
    ...{ error: null, audioSha256: voice.source.audioSha256, promptText: voice.source.promptText, language: null },
    ...{ createdAtEpochMs: 0, checkedAtEpochMs: 0 },
  } as VoiceTwin)
  desk.remote.forgetVoices()
  const spoken = { voiceId, source: voice.source }
  const request = { engineId, text: '你好世界。', voice: spoken, instruct: null } as RenderRequest
  const items = [{ request }, { request }]
  expect(desk.remote.estimate(projectIdSchema.parse('project_a'), items)).toMatchObject([
    { lines: 2, units: 10, shares: [{ memberId: 'member_1', lines: 2 }] },
  ])
})
