import { expect, test } from 'vitest'
import { aLibrary } from '../../../test/support/a-library.ts'
import { aVoice, theSettings } from '../../../test/support/a-project.ts'
import { type RemoteEngine, remoteEngineSchema } from '../../shared/endpoint/index.ts'
import { engineIdSchema, memberIdSchema } from '../../shared/kernel/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import { explainPlan } from './db.ts'
import {
  deleteRemoteEngine,
  getRemoteEngine,
  giveConsent,
  hasConsent,
  listRemoteEngines,
  putRemoteEngine,
  withdrawConsents,
} from './remote-engines.ts'
import { addSpending, listSpending, spentSince, sumOfEngine } from './spending.ts'
import { deleteVoiceTwin, listVoiceTwins, putVoiceTwin } from './voice-twins.ts'
import { putVoices } from './voices.ts'

const { projectId } = theSettings()
const memberOf = (name: string) => ({
  memberId: memberIdSchema.parse(`member_${name}`),
  ...{ baseUrl: 'http://127.0.0.1:1/gateway/', concurrency: 2, requestsPerSecond: null, isDraining: false },
})
const anEngine = (name: string, createdAtEpochMs: number, members = ['a']): RemoteEngine =>
  remoteEngineSchema.parse({
    ...{ engineId: name, name: name.toUpperCase(), createdAtEpochMs, members: members.map(memberOf) },
    ...{ connection: { kind: 'eas', transport: 'rest' }, price: null, monthlyLimit: null, voices: [] },
  })
const voice = aVoice('low')
const twinAt = (engine: RemoteEngine, index: number, changes: Partial<VoiceTwin> = {}): VoiceTwin => ({
  ...{ voiceId: voice.voiceId, engineId: engine.engineId, memberId: engine.members[index]?.memberId ?? ('' as never) },
  ...{
    remoteVoice: 'copy-1',
    status: 'ready',
    error: null,
    audioSha256: 'a'.repeat(64),
    promptText: '你好',
    language: 'zh',
  },
  ...{ createdAtEpochMs: 5, checkedAtEpochMs: 6 },
  ...changes,
})

test('engines are listed in the order they were added, replaced and forgotten', () => {
  using test = aLibrary()
  const { db } = test.library
  const [later, earlier] = [anEngine('later', 2), anEngine('earlier', 1)]
  putRemoteEngine(db, later)
  putRemoteEngine(db, earlier)
  expect(listRemoteEngines(db)).toEqual([earlier, later])
  expect(earlier.members[0]?.baseUrl).toBe('http://127.0.0.1:1/gateway')
  putRemoteEngine(db, { ...later, name: 'Renamed' })
  expect(getRemoteEngine(db, later.engineId).name).toBe('Renamed')
  deleteRemoteEngine(db, later.engineId)
  expect(listRemoteEngines(db)).toEqual([earlier])
  expect(() => getRemoteEngine(db, later.engineId)).toThrow(
    expect.objectContaining({ code: 'engine.remote-not-found', params: { engine: 'later' } }),
  )
})

test('a voice has one twin at each endpoint, which goes with the endpoint and with the engine', () => {
  using test = aLibrary()
  const { db } = test.library
  putVoices(db, [voice])
  const engine = anEngine('far', 1, ['a', 'b'])
  putRemoteEngine(db, engine)
  const error = { code: 'cloud.quota' as const, params: {}, remedies: [], retryable: false }
  const [first, second] = [twinAt(engine, 0), twinAt(engine, 1, { status: 'failed', error })]
  putVoiceTwin(db, first)
  putVoiceTwin(db, second)
  expect(listVoiceTwins(db)).toEqual([first, second])
  putVoiceTwin(db, { ...first, remoteVoice: 'copy-2' })
  expect(listVoiceTwins(db).map(({ remoteVoice }) => remoteVoice)).toEqual(['copy-2', 'copy-1'])
  putRemoteEngine(db, anEngine('far', 1, ['b', 'c']))
  expect(listVoiceTwins(db)).toEqual([second])
  deleteVoiceTwin(db, voice.voiceId, second.memberId)
  expect(listVoiceTwins(db)).toEqual([])
  putVoiceTwin(db, second)
  deleteRemoteEngine(db, engine.engineId)
  expect(listVoiceTwins(db)).toEqual([])
})

test('consent is for one subject and one engine, and can be withdrawn', () => {
  using test = aLibrary()
  const { db } = test.library
  const [one, other] = [anEngine('one', 1), anEngine('other', 2)]
  putRemoteEngine(db, one)
  putRemoteEngine(db, other)
  giveConsent(db, projectId, one.engineId)
  giveConsent(db, projectId, one.engineId)
  giveConsent(db, voice.voiceId, other.engineId)
  const asked = [one, other].map(({ engineId }) => [
    hasConsent(db, projectId, engineId),
    hasConsent(db, voice.voiceId, engineId),
  ])
  expect(asked).toEqual([
    [true, false],
    [false, true],
  ])
  withdrawConsents(db, one.engineId)
  deleteRemoteEngine(db, other.engineId)
  putRemoteEngine(db, other)
  expect(hasConsent(db, projectId, one.engineId) || hasConsent(db, voice.voiceId, other.engineId)).toBe(false)
})

test('what was spent is summed by engine, project and currency, to the millionth, and outlives the engine', () => {
  using test = aLibrary()
  test.nowEpochMs = 1000
  const { db } = test.library
  const engineId = engineIdSchema.parse('far')
  const spend = (amount: number | null, currency = 'CNY', ofProject: typeof projectId | null = projectId) =>
    addSpending(db, {
      ...{ engineId, engineName: 'Far', projectId: ofProject, units: 10, requestId: 'r' },
      cost: amount === null ? null : { amount, currency },
    })
  for (let piece = 0; piece < 10; piece++) spend(0.1)
  spend(2, 'USD')
  spend(null)
  test.nowEpochMs = 2000
  spend(0.000_001, 'CNY', null)
  expect(spentSince(db, engineId, 'CNY', 0)).toBe(1.000_001)
  expect(spentSince(db, engineId, 'CNY', 2000)).toBe(0.000_001)
  expect(spentSince(db, engineIdSchema.parse('other'), 'CNY', 0)).toBe(0)
  const facts = { engineId, engineName: 'Far' }
  expect(listSpending(db, 0, 2001)).toEqual([
    { ...facts, projectId: null, units: 10, pieces: 1, cost: { amount: 0.000_001, currency: 'CNY' } },
    { ...facts, projectId, units: 10, pieces: 1, cost: null },
    { ...facts, projectId, units: 100, pieces: 10, cost: { amount: 1, currency: 'CNY' } },
    { ...facts, projectId, units: 10, pieces: 1, cost: { amount: 2, currency: 'USD' } },
  ])
  expect(listSpending(db, 1001, 2000)).toEqual([])
  const plan = explainPlan(db, sumOfEngine)
  expect(plan.join(' ')).toContain('spending_by_engine')
})
