import { expect, test } from 'vitest'
import { countingMint } from '../../../../test/support/a-project.ts'
import {
  type Connection,
  type ConnectionKind,
  DASHSCOPE_BASE_URLS,
  NO_FIXES,
  remoteDraftSchema,
  remoteEngineSchema,
  remoteFacts,
} from '../../../shared/endpoint/index.ts'
import {
  CONNECTION_KINDS,
  draftOfListing,
  type EngineDraft,
  hasNewKey,
  isComplete,
  knownModels,
  newConnection,
  newDraft,
  newMember,
  problemsOf,
  remoteDraftOf,
  withConnection,
  withProfile,
  withReachableModel,
  withRegion,
  withVoices,
} from './engine-draft.ts'

const VOICE = { remoteVoice: 'anna', name: 'Anna', language: null, gender: 'female' } as const
const aDraft = (kind: ConnectionKind, patch: Partial<EngineDraft> = {}): EngineDraft => ({
  ...newDraft(kind, 'Far', countingMint()),
  ...patch,
})
const at = (draft: EngineDraft, baseUrl: string): EngineDraft => ({
  ...draft,
  members: draft.members.map((member) => ({ ...member, baseUrl })),
})
const openAi = (profile: 'wcode' | 'siliconflow' | 'generic'): Connection => {
  const connection = newConnection('openai')
  if (connection.kind !== 'openai') throw new Error('of that kind')
  return withProfile(connection, profile)
}

test('every kind begins with what is known of it, and an address is all that own servers lack', () => {
  for (const kind of CONNECTION_KINDS) {
    const draft = aDraft(kind)
    const isOwn = !['dashscope', 'openai'].includes(kind)
    expect([...problemsOf(draft).addresses.values()], kind).toEqual(isOwn ? ['missing'] : [])
    const complete = at(draft, 'http://10.0.0.1:8000/')
    expect(isComplete(problemsOf(complete)), kind).toBe(true)
    expect(remoteDraftSchema.parse(remoteDraftOf(complete)).engine.members[0]?.baseUrl).toBe('http://10.0.0.1:8000')
  }
  expect(aDraft('dashscope').members[0]).toMatchObject({ baseUrl: DASHSCOPE_BASE_URLS.cn, requestsPerSecond: 3 })
  expect(aDraft('openai').price).toEqual(remoteFacts(openAi('wcode')).price)
})

test('another region or service brings its own presets, and leaves what a person said', () => {
  const draft = aDraft('dashscope')
  if (draft.connection.kind !== 'dashscope') throw new Error('of that kind')
  const abroad = withConnection(draft, withRegion(draft.connection, 'intl'))
  expect(abroad.members[0]?.baseUrl).toBe(DASHSCOPE_BASE_URLS.intl)
  expect([draft.price?.currency, abroad.price?.currency]).toEqual(['CNY', 'USD'])
  const own = {
    ...at(draft, 'https://ws.example'),
    price: { amount: 9, currency: 'CNY', per: 1, unit: 'characters' },
  } as const
  expect(withConnection(own, abroad.connection)).toMatchObject({
    price: own.price,
    members: [{ baseUrl: 'https://ws.example' }],
  })
  const generic = withConnection(aDraft('openai'), openAi('generic'))
  expect([generic.price, generic.members[0]?.baseUrl, generic.members[0]?.concurrency]).toEqual([null, '', 1])
})

test('a model that is not there gives way, and one of a person’s own stays', () => {
  const dashscope = newConnection('dashscope')
  if (dashscope.kind !== 'dashscope') throw new Error('of that kind')
  expect(withRegion({ ...dashscope, model: 'cosyvoice-v2' }, 'intl')).toMatchObject({ model: 'cosyvoice-v3-flash' })
  expect(withRegion({ ...dashscope, model: 'mine' }, 'intl')).toMatchObject({ model: 'mine' })
  const byRequests = { ...dashscope, transport: 'http' } as const
  expect(withRegion(byRequests, 'intl')).toMatchObject({ transport: 'websocket' })
  expect(withReachableModel({ ...byRequests, model: 'cosyvoice-v1' })).toMatchObject({ transport: 'websocket' })
  expect(withReachableModel({ ...byRequests, model: 'cosyvoice-v2' })).toMatchObject({ transport: 'http' })
  for (const model of knownModels({ ...dashscope, region: 'intl' })) expect(knownModels(dashscope)).toContain(model)
  const wcode = openAi('wcode')
  if (wcode.kind !== 'openai') throw new Error('of that kind')
  expect(withProfile(wcode, 'siliconflow').model).toBe('FunAudioLLM/CosyVoice2-0.5B')
  expect(withProfile({ ...wcode, model: 'mine' }, 'siliconflow').model).toBe('mine')
  expect(withProfile(wcode, 'generic').model).toBe('')
})

test('what is missing or wrong is named where it stands', () => {
  const draft = aDraft('openai', {
    name: ' ',
    connection: openAi('generic'),
    price: { amount: 1, currency: 'YU', per: 1, unit: 'characters' },
    voices: [VOICE, { ...VOICE, remoteVoice: ' anna ' }, { ...VOICE, remoteVoice: '' }],
  })
  const problems = problemsOf(at(draft, 'studio.example'))
  expect(problems).toMatchObject({ name: true, model: true, currency: true })
  expect([...problems.addresses.values()]).toEqual(['invalid'])
  expect([...problems.voices]).toEqual([
    [1, 'twice'],
    [2, 'missing'],
  ])
  expect(isComplete(problems)).toBe(false)
  expect([...problemsOf(at(draft, 'https://me:key@a.example')).addresses.values()]).toEqual(['invalid'])
})

test('words are read otherwise where both sides are said once, and the model can be told', () => {
  const connection = newConnection('dashscope')
  if (connection.kind !== 'dashscope') throw new Error('of that kind')
  const fix = (written: string, said: string) => ({ written, said })
  const fixes = {
    readings: [fix(' 草地', 'cao3 di4 '), fix('草地', 'x'), fix('', 'y'), fix('大', ' ')],
    replacements: [fix('草地', '草坪')],
    isMarkdownFiltered: false,
  }
  const draft = at(aDraft('dashscope', { connection: { ...connection, fixes } }), 'https://a.example')
  const problems = problemsOf(draft)
  expect([...problems.readings]).toEqual([
    [1, 'twice'],
    [2, 'missing'],
    [3, 'missing'],
  ])
  expect(problems.replacements.size).toBe(0)
  expect(isComplete(problems)).toBe(false)
  const right = { ...fixes, readings: fixes.readings.slice(0, 1) }
  const complete = { ...draft, connection: { ...connection, fixes: right } }
  expect(isComplete(problemsOf(complete))).toBe(true)
  expect(remoteDraftOf(complete).engine.connection).toMatchObject({
    fixes: { ...right, readings: [fix('草地', 'cao3 di4')] },
  })
  for (const elsewhere of [
    { ...connection, model: 'cosyvoice-v3-plus', fixes },
    { ...connection, fixes: NO_FIXES },
  ]) {
    const other = { ...draft, connection: elsewhere }
    expect(isComplete(problemsOf(other))).toBe(true)
    expect(remoteDraftOf(other).engine.connection).not.toHaveProperty('fixes')
  }
})

test('fields of a person’s own are a JSON object, and say nothing that the app says itself', () => {
  const draft = at(
    aDraft('openai', { connection: { ...openAi('generic'), model: 'm' } as Connection }),
    'https://a.example',
  )
  const problemOf = (extra: string) => problemsOf({ ...draft, extra }).extra
  expect(['{"temperature":', '[1]', '"x"', '{"voice":"x"}', `{"p":"${'x'.repeat(10_001)}"}`].map(problemOf)).toEqual([
    ...['no-object', 'no-object', 'no-object', 'own-field', 'too-long'],
  ])
  expect(isComplete(problemsOf({ ...draft, extra: '[1]' }))).toBe(false)
  expect([problemOf(' '), problemOf('{}'), isComplete(problemsOf(draft))]).toEqual([undefined, undefined, true])
  const said = remoteDraftOf({ ...draft, extra: ' {"top_p": 0.5} ' })
  expect(said.engine.connection).toMatchObject({ extra: { top_p: 0.5 } })
  const engine = remoteEngineSchema.parse({ ...said.engine, engineId: 'openai-a', createdAtEpochMs: 1 })
  const again = draftOfListing({ engine, keyHints: {}, members: [], spentThisMonth: null })
  expect(JSON.parse(again.extra)).toEqual({ top_p: 0.5 })
  expect(remoteDraftOf(again).engine).toEqual(said.engine)
  expect(remoteDraftOf({ ...again, extra: '' }).engine.connection).not.toHaveProperty('extra')
  // Typed for another kind, it stands in nobody's way.
  expect(problemsOf({ ...aDraft('eas'), extra: '[1]' }).extra).toBeUndefined()
})

test('an address may be copied with the path of the API at its end', () => {
  const cases: [ConnectionKind, string, string][] = [
    ['openai', 'https://a.example/v1/audio/speech', 'https://a.example/v1'],
    ['openai', 'https://a.example/api/v1/audio/speech/', 'https://a.example/api/v1'],
    ['eas', 'https://a.example/api/predict/tts/api/v1/audio/speech', 'https://a.example/api/predict/tts'],
    ['cosyvoice-runtime', 'http://a.example/inference_zero_shot', 'http://a.example'],
    ['cosyvoice-server', 'ws://a.example/gateway', 'http://a.example/gateway'],
  ]
  for (const [kind, typed, kept] of cases)
    expect([kind, remoteDraftOf(at(aDraft(kind), typed)).engine.members[0]?.baseUrl]).toEqual([kind, kept])
})

test('an endpoint may have a WebSocket elsewhere, and its key in another header', () => {
  const connection = newConnection('eas')
  const member = (patch: object) => ({ ...newMember(connection, countingMint()), baseUrl: 'ws://a.example', ...patch })
  const eas = (webSocketUrl: string) => aDraft('eas', { members: [member({ webSocketUrl })] })
  expect(remoteDraftOf(eas(' https://b.example/tts/ ')).engine.members[0]).toMatchObject({
    ...{ baseUrl: 'http://a.example', webSocketUrl: 'wss://b.example/tts' },
  })
  expect(remoteDraftOf(eas(' ')).engine.members[0]).not.toHaveProperty('webSocketUrl')
  expect([problemsOf(eas('b.example')).webSockets.size, isComplete(problemsOf(eas('b.example')))]).toEqual([1, false])
  const bySse = { ...eas('b.example'), connection: { kind: 'eas', transport: 'sse' } } as const
  expect(isComplete(problemsOf(bySse))).toBe(true)
  expect(remoteDraftOf(bySse).engine.members[0]).not.toHaveProperty('webSocketUrl')

  const withHeader = (kind: ConnectionKind, name: string, scheme: 'Bearer' | null) =>
    aDraft(kind, { members: [member({ keyHeader: { name, scheme } })] })
  const own = withHeader('cosyvoice-server', ' X-Api-Key ', null)
  expect(remoteDraftOf(own).engine.members[0]).toMatchObject({ keyHeader: { name: 'X-Api-Key', scheme: null } })
  const usual = withHeader('cosyvoice-server', 'Authorization', 'Bearer')
  expect(remoteDraftOf(usual).engine.members[0]).not.toHaveProperty('keyHeader')
  for (const name of ['', 'my key', 'Host', 'content-type']) {
    const wrong = withHeader('cosyvoice-runtime', name, null)
    expect([name, problemsOf(wrong).keyHeaders.size, isComplete(problemsOf(wrong))]).toEqual([name, 1, false])
  }
  const elsewhere = withHeader('eas', 'X-Api-Key', null)
  expect(remoteDraftOf(elsewhere).engine.members[0]).not.toHaveProperty('keyHeader')
  const { engine } = remoteDraftOf(own)
  const listed = remoteEngineSchema.parse({ ...engine, engineId: 'server-a', createdAtEpochMs: 1 })
  const again = draftOfListing({ engine: listed, keyHints: {}, members: [], spentThisMonth: null })
  expect(remoteDraftOf(again).engine).toEqual(engine)
})

test('keys are sent where they were typed or removed, and nowhere else', () => {
  const mint = countingMint()
  const connection = newConnection('eas')
  const member = (patch: object) => ({ ...newMember(connection, mint), baseUrl: 'http://a.example', ...patch })
  const draft = aDraft('eas', {
    members: [
      member({ key: ' new ' }),
      member({ keyHint: 'sk-***1', key: '' }),
      member({ keyHint: 'sk-***2', key: null }),
      member({ key: null }),
    ],
  })
  expect(remoteDraftOf(draft).keys).toEqual({ member_1: 'new', member_3: null })
  expect(hasNewKey(draft)).toBe(true)
  expect(hasNewKey({ ...draft, members: draft.members.slice(1) })).toBe(false)
})

test('a saved engine comes back as it was, without its keys', () => {
  const engine = remoteEngineSchema.parse({
    ...remoteDraftOf(at(aDraft('cosyvoice-server', { voices: [{ ...VOICE, name: ' ' }] }), 'http://a.example')).engine,
    engineId: 'cosyvoice-server-abc',
    createdAtEpochMs: 1,
  })
  expect(engine.voices).toMatchObject([{ remoteVoice: 'anna', name: 'anna' }])
  const draft = draftOfListing({ engine, keyHints: { member_1: 'sk-***9' }, members: [], spentThisMonth: null })
  expect(draft.members).toMatchObject([{ keyHint: 'sk-***9', key: '' }])
  const { engineId: _id, createdAtEpochMs: _at, ...said } = engine
  expect(remoteDraftOf(draft)).toEqual({ engineId: engine.engineId, engine: said, keys: {} })
})

test('listed voices join those that are there', () => {
  const other = { ...VOICE, remoteVoice: 'bella' }
  expect(withVoices([VOICE], [{ ...VOICE, name: 'Other' }, other])).toEqual([VOICE, other])
})
