import { expect, test } from 'vitest'
import { aVoice } from '../../../../test/support/a-project.ts'
import { type Connection, type RemoteEngine, remoteEngineSchema } from '../../../shared/endpoint/index.ts'
import { memberIdSchema } from '../../../shared/kernel/index.ts'
import type { RecordingReport, VoiceTwin } from '../../../shared/voice/index.ts'
import type { RecordedVoice } from '../../state/voices.ts'
import { changeSince, copiesOf, hostsOf, sampleFindings, waysOf } from './voice-copies.ts'

const SOURCE = { kind: 'promptAudio', audioSha256: 'a'.repeat(64), promptText: 'Hello.' } as const
const VOICE: RecordedVoice = { ...aVoice('lin'), source: SOURCE }
const DASHSCOPE: Connection = {
  ...{ kind: 'dashscope', region: 'cn', model: 'cosyvoice-v3-plus', transport: 'websocket', workspaceId: null },
}
const EAS: Connection = { kind: 'eas', transport: 'rest' }
const anEngine = (connection: Connection, members: readonly { id: string; isDraining?: boolean }[]): RemoteEngine =>
  remoteEngineSchema.parse({
    ...{ engineId: `${connection.kind}-x`, name: 'Far', connection, price: null, monthlyLimit: null, voices: [] },
    createdAtEpochMs: 0,
    members: members.map(({ id, isDraining = false }) => ({
      ...{ memberId: `member_${id}`, baseUrl: `https://${id}.example/v1`, concurrency: 1, requestsPerSecond: null },
      isDraining,
    })),
  })
const aTwin = (id: string, engine: RemoteEngine, patch: Partial<VoiceTwin> = {}): VoiceTwin => ({
  ...{ voiceId: VOICE.voiceId, engineId: engine.engineId, memberId: memberIdSchema.parse(`member_${id}`) },
  ...{ remoteVoice: 'there', status: 'ready', error: null, createdAtEpochMs: 0, checkedAtEpochMs: 0 },
  ...{ audioSha256: SOURCE.audioSha256, promptText: SOURCE.promptText, language: VOICE.language },
  ...patch,
})
const stateOf = (engine: RemoteEngine, ...twins: VoiceTwin[]) => copiesOf(VOICE, waysOf([engine]), twins)[0]?.state

test('how a voice stands at an engine is what a person has to know first of its endpoints', () => {
  const engine = anEngine(EAS, [{ id: 'a' }, { id: 'b' }])
  expect(stateOf(engine)).toBe('none')
  expect(stateOf(engine, aTwin('a', engine))).toBe('partial')
  expect(stateOf(engine, aTwin('a', engine), aTwin('b', engine))).toBe('ready')
  expect(stateOf(engine, aTwin('a', engine, { promptText: 'Else.' }), aTwin('b', engine))).toBe('stale')
  expect(stateOf(engine, aTwin('a', engine, { status: 'failed' }), aTwin('b', engine, { promptText: '' }))).toBe(
    'failed',
  )
  expect(stateOf(engine, aTwin('a', engine, { status: 'failed' }), aTwin('b', engine, { status: 'pending' }))).toBe(
    'pending',
  )
  const another = { voiceId: aVoice('other').voiceId }
  expect(stateOf(engine, aTwin('a', engine, another), aTwin('b', engine, another))).toBe('none')
})

test('where words are not sent, other words make no other copy', () => {
  const engine = anEngine(DASHSCOPE, [{ id: 'a' }])
  expect(stateOf(engine, aTwin('a', engine, { promptText: 'Else.' }))).toBe('ready')
  expect(stateOf(engine, aTwin('a', engine, { audioSha256: 'b'.repeat(64) }))).toBe('stale')
})

test('another language is another only where copies are made or kept with one', () => {
  const copied = (connection: Connection) => {
    const engine = anEngine(connection, [{ id: 'a' }])
    return stateOf(engine, aTwin('a', engine, { language: 'ja' }))
  }
  const connections: Connection[] = [DASHSCOPE, EAS, { kind: 'cosyvoice-server', transport: 'cache' }]
  expect(connections.map(copied)).toEqual(['stale', 'ready', 'stale'])
})

test('a copy of the model that an engine had before is none of the engine', () => {
  const engine = anEngine(DASHSCOPE, [{ id: 'a' }])
  expect(stateOf(engine, aTwin('a', engine, { remoteVoice: 'cosyvoice-v3-plus-lin-1' }))).toBe('ready')
  expect(stateOf(engine, aTwin('a', engine, { remoteVoice: 'cosyvoice-v3-flash-lin-1', status: 'failed' }))).toBe(
    'other-model',
  )
  const newer = { ...DASHSCOPE, model: 'cosyvoice-v3-plus-2027-01' } as Connection
  const dated = anEngine(newer, [{ id: 'a' }])
  expect(
    copiesOf(
      VOICE,
      [{ engine: dated, way: 'enrolled', mayEnrol: true }],
      [aTwin('a', dated, { remoteVoice: 'cosyvoice-v3-plus-2027-01-lin-1' })],
    )[0]?.state,
  ).toBe('ready')
})

test('an endpoint that gets nothing new needs no copy, and no recording goes there', () => {
  const engine = anEngine(EAS, [{ id: 'a' }, { id: 'b', isDraining: true }])
  expect(stateOf(engine, aTwin('a', engine))).toBe('ready')
  expect(hostsOf(engine)).toEqual(['a.example'])
})

test('engines that speak with no recordings are left out; those that get them with every line are not', () => {
  const sampleRateHz = 24_000
  const none = anEngine(
    { kind: 'openai', profile: 'wcode', model: 'm', sampleRateHz, takesInstructions: false } as Connection,
    [{ id: 'a' }],
  )
  const along = anEngine({ kind: 'cosyvoice-runtime', model: 'cosyvoice3' }, [{ id: 'a' }])
  expect(waysOf([none, along]).map(({ way, mayEnrol }) => [way, mayEnrol])).toEqual([['sent-along', false]])
})

test('what a copy was not made of is said', () => {
  const engine = anEngine(EAS, [{ id: 'a' }])
  expect(changeSince(aTwin('a', engine, { promptText: '' }), VOICE, EAS)).toBe('words')
  expect(changeSince(aTwin('a', engine, { audioSha256: 'b'.repeat(64) }), VOICE, EAS)).toBe('recording')
  expect(changeSince(aTwin('a', engine, { language: 'ja', promptText: '' }), VOICE, DASHSCOPE)).toBe('language')
})

const REPORT: RecordingReport = {
  ...{ durationSec: 14, isWhole: true, sampleRateHz: 48_000, peakDb: -3, speechLevelDb: -20, noiseLevelDb: -60 },
  ...{ clippedShare: 0, leadingSilenceSec: 0.2, trailingSilenceSec: 0.2, pauses: [], advice: [], problem: null },
}
const rulesOf = (connection: Connection, patch: Partial<RecordingReport>, promptText = 'Hello.') => {
  const { problems, advice } = sampleFindings(connection, { promptText }, { ...REPORT, ...patch })
  return { problems: problems.map(({ rule }) => rule), advice: advice.map(({ rule }) => rule) }
}

test('a recording is measured by the rules of the service that would get it, before it is sent', () => {
  expect(rulesOf(DASHSCOPE, {})).toEqual({ problems: [], advice: [] })
  expect(rulesOf(DASHSCOPE, { durationSec: 4, sampleRateHz: 8000 }).problems).toEqual(['lowRate', 'littleSpeech'])
  expect(rulesOf(DASHSCOPE, { durationSec: 7, advice: ['long', 'noisy'] })).toEqual({
    problems: [],
    advice: ['short', 'noisy'],
  })
  expect(rulesOf(EAS, { advice: ['long', 'low-rate'] })).toEqual({ problems: [], advice: ['long', 'lowRate'] })
  const gap = { pauses: [{ startSec: 5, durationSec: 3 }] }
  expect(rulesOf(EAS, gap)).toEqual({ problems: [], advice: ['longPause'] })
  expect(rulesOf(DASHSCOPE, gap)).toEqual({ problems: [], advice: ['longPause'] })
  expect(rulesOf(EAS, {}, '  ').problems).toEqual(['noTranscript'])
  expect(rulesOf({ kind: 'cosyvoice-server', transport: 'sse' }, {}, '').problems).toEqual([])
})
