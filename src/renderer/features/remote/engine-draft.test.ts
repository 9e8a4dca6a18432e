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
