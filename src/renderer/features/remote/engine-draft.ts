import {
  BEARER,
  baseUrlSchema,
  type Connection,
  type ConnectionKind,
  DASHSCOPE_BASE_URLS,
  DASHSCOPE_MODELS,
  dashscopeHttpObstacle,
  type ExtraRead,
  hasFixes,
  headerNameSchema,
  type KeyHeader,
  maySayKeyHeader,
  NO_FIXES,
  OPENAI_PROFILES,
  type Price,
  type RemoteDraft,
  type RemoteListing,
  type RemoteVoice,
  readExtraFields,
  remoteFacts,
  type TextFix,
  type TextFixes,
  webSocketUrlSchema,
  withoutApiPath,
} from '../../../shared/endpoint/index.ts'
import { type EngineId, type MemberId, type MintId, memberIdSchema } from '../../../shared/kernel/index.ts'

export const CONNECTION_KINDS = [
  'dashscope',
  'openai',
  'eas',
  'cosyvoice-server',
  'cosyvoice-runtime',
] as const satisfies readonly ConnectionKind[]

/** An endpoint as the form has it. */
export type MemberDraft = {
  readonly memberId: MemberId
  /** As it was typed. */
  readonly baseUrl: string
  /** As it was typed; empty: it is below the address. */
  readonly webSocketUrl: string
  /** Its name is as it was typed. */
  readonly keyHeader: KeyHeader
  readonly concurrency: number
  readonly requestsPerSecond: number | null
  readonly isDraining: boolean
  /** The key that is kept, masked; null where there is none. */
  readonly keyHint: string | null
  /** What was typed; null: the one that is kept is to be removed; empty: it stays. */
  readonly key: string | null
}

/** What a person says of an engine, complete or not. */
export type EngineDraft = {
  /** Null: it is new. */
  readonly engineId: EngineId | null
  readonly name: string
  readonly connection: Connection
  /** Other fields of a request, as they were typed. */
  readonly extra: string
  readonly members: readonly MemberDraft[]
  readonly price: Price | null
  readonly monthlyLimit: number | null
  readonly voices: readonly RemoteVoice[]
}

export const newConnection = (kind: ConnectionKind): Connection => {
  switch (kind) {
    case 'dashscope':
      return { kind, region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null }
    case 'openai':
      return withProfile(
        { kind, profile: 'wcode', model: '', sampleRateHz: OPENAI_RATE_HZ, takesInstructions: false },
        'wcode',
      )
    case 'eas':
      return { kind, transport: 'websocket' }
    case 'cosyvoice-server':
      return { kind, transport: 'cache' }
    case 'cosyvoice-runtime':
      return { kind, model: 'cosyvoice3' }
  }
}

type OpenAiConnection = Extract<Connection, { kind: 'openai' }>
const OPENAI_RATE_HZ = remoteFacts({ kind: 'eas', transport: 'rest' }).sampleRateHz

/** Models that the app knows of a connection's kind; none where a person types whatever theirs is called. */
export const knownModels = (connection: Connection): readonly string[] => {
  if (connection.kind === 'dashscope')
    return DASHSCOPE_MODELS.filter(({ regions }) => regions.includes(connection.region)).map(({ id }) => id)
  if (connection.kind === 'openai') return OPENAI_PROFILES[connection.profile].models.map(({ model }) => model)
  return []
}

/** The same connection by another profile, with a model that belongs to it. */
export const withProfile = (connection: OpenAiConnection, profile: OpenAiConnection['profile']): OpenAiConnection => {
  const known = Object.values(OPENAI_PROFILES).flatMap(({ models }) => models.map(({ model }) => model))
  const own = connection.model !== '' && !known.includes(connection.model) ? connection.model : undefined
  return { ...connection, profile, model: own ?? OPENAI_PROFILES[profile].models[0]?.model ?? '' }
}

/** The same connection in another region, with a model that is there. */
export const withRegion = (
  connection: Extract<Connection, { kind: 'dashscope' }>,
  region: 'cn' | 'intl',
): Connection => {
  const known = DASHSCOPE_MODELS.find(({ id }) => id === connection.model)
  const there = !known || known.regions.includes(region) ? connection.model : 'cosyvoice-v3-flash'
  return withReachableModel({ ...connection, region, model: there })
}

/** The same connection, by its WebSocket where its model answers no requests. */
export const withReachableModel = (connection: Extract<Connection, { kind: 'dashscope' }>): Connection =>
  dashscopeHttpObstacle(connection.model, connection.region) ? { ...connection, transport: 'websocket' } : connection

/** What a form begins with. */
const presetOf = (connection: Connection) => {
  const { member, price } = remoteFacts(connection)
  const baseUrl = connection.kind === 'dashscope' ? DASHSCOPE_BASE_URLS[connection.region] : member.baseUrl
  return { baseUrl: baseUrl ?? '', concurrency: member.concurrency, requestsPerSecond: member.requestsPerSecond, price }
}

export const newMember = (connection: Connection, mint: MintId): MemberDraft => {
  const { baseUrl, concurrency, requestsPerSecond } = presetOf(connection)
  return {
    ...{ memberId: memberIdSchema.parse(`member_${mint()}`), baseUrl, concurrency, requestsPerSecond },
    ...{ isDraining: false, keyHint: null, key: '', webSocketUrl: '', keyHeader: BEARER },
  }
}

export const newDraft = (kind: ConnectionKind, name: string, mint: MintId): EngineDraft => {
  const connection = newConnection(kind)
  return {
    ...{ engineId: null, name, connection, extra: '', members: [newMember(connection, mint)] },
    ...{ price: presetOf(connection).price, monthlyLimit: null, voices: [] },
  }
}

const extraWords = (connection: Connection): string =>
  connection.kind === 'openai' && connection.extra ? JSON.stringify(connection.extra, null, 2) : ''

export const draftOfListing = ({ engine, keyHints }: RemoteListing): EngineDraft => ({
  ...{ engineId: engine.engineId, name: engine.name, connection: engine.connection },
  extra: extraWords(engine.connection),
  members: engine.members.map(({ webSocketUrl = '', keyHeader = BEARER, ...member }) => ({
    ...{ ...member, webSocketUrl, keyHeader, keyHint: keyHints[member.memberId] ?? null, key: '' },
  })),
  ...{ price: engine.price, monthlyLimit: engine.monthlyLimit, voices: engine.voices },
})

const isSamePrice = (one: Price | null, other: Price | null): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The draft with another connection: what still is as it was preset becomes the new preset, what was said stays. */
export const withConnection = (draft: EngineDraft, connection: Connection): EngineDraft => {
  const [former, preset] = [presetOf(draft.connection), presetOf(connection)]
  return {
    ...draft,
    connection,
    price: isSamePrice(draft.price, former.price) ? preset.price : draft.price,
    members: draft.members.map((member) => ({
      ...member,
      baseUrl: member.baseUrl === former.baseUrl || member.baseUrl === '' ? preset.baseUrl : member.baseUrl,
      concurrency: member.concurrency === former.concurrency ? preset.concurrency : member.concurrency,
      requestsPerSecond:
        member.requestsPerSecond === former.requestsPerSecond ? preset.requestsPerSecond : member.requestsPerSecond,
    })),
  }
}

/** Whether a key was typed, which has to be kept somewhere. */
export const hasNewKey = ({ members }: EngineDraft): boolean =>
  members.some(({ key }) => key !== null && key.trim() !== '')

export const hasKey = ({ keyHint, key }: Pick<MemberDraft, 'keyHint' | 'key'>): boolean =>
  key !== null && (keyHint !== null || key.trim() !== '')

export type DraftProblems = {
  readonly name: boolean
  readonly model: boolean
  readonly addresses: ReadonlyMap<MemberId, 'missing' | 'invalid'>
  /** Of endpoints whose WebSocket address is none. */
  readonly webSockets: ReadonlySet<MemberId>
  /** Of endpoints whose key goes in no header. */
  readonly keyHeaders: ReadonlySet<MemberId>
  readonly extra: ExtraProblem | undefined
  readonly currency: boolean
  /** Places of voices without a name there, or with one that another has. */
  readonly voices: ReadonlyMap<number, RowProblem>
  /** Places of words without one of their sides, or with one that is written there already. */
  readonly readings: ReadonlyMap<number, RowProblem>
  readonly replacements: ReadonlyMap<number, RowProblem>
}
export type RowProblem = 'missing' | 'twice'
export type ExtraProblem = Extract<ExtraRead, { ok: false }>['problem']

/** By what rows are told apart. @param isMissing what a row lacks beside that */
const rowProblems = (
  names: readonly string[],
  isMissing: (index: number) => boolean = () => false,
): ReadonlyMap<number, RowProblem> =>
  new Map(
    names.flatMap((name, index): [number, RowProblem][] => {
      if (name === '' || isMissing(index)) return [[index, 'missing']]
      return names.indexOf(name) < index ? [[index, 'twice']] : []
    }),
  )

const fixProblems = (fixes: readonly TextFix[]): ReadonlyMap<number, RowProblem> =>
  rowProblems(
    fixes.map(({ written }) => written.trim()),
    (index) => fixes[index]?.said.trim() === '',
  )

/** The words of a connection that are said otherwise; none where its model cannot be told. */
export const fixesOf = (connection: Connection): TextFixes =>
  (connection.kind === 'dashscope' && remoteFacts(connection).takesFixes ? connection.fixes : undefined) ?? NO_FIXES

const addressProblem = ({ baseUrl }: MemberDraft): 'missing' | 'invalid' | undefined => {
  if (baseUrl.trim() === '') return 'missing'
  return baseUrlSchema.safeParse(baseUrl).success ? undefined : 'invalid'
}

export const hasWebSocket = (connection: Connection): boolean =>
  connection.kind === 'eas' && connection.transport === 'websocket'

const memberIdsWhere = (
  members: readonly MemberDraft[],
  isWrong: (member: MemberDraft) => boolean,
): ReadonlySet<MemberId> => new Set(members.filter(isWrong).map(({ memberId }) => memberId))

/** What has to be said otherwise before a draft can be saved or tried. */
export const problemsOf = (draft: EngineDraft): DraftProblems => {
  const { name, connection, members, price, voices } = draft
  const { readings, replacements } = fixesOf(connection)
  const extra = readExtraFields(connection.kind === 'openai' ? draft.extra : '')
  return {
    name: name.trim() === '',
    model: 'model' in connection && connection.model.trim() === '',
    addresses: new Map(
      members.flatMap((member) => {
        const problem = addressProblem(member)
        return problem ? [[member.memberId, problem] as const] : []
      }),
    ),
    webSockets: memberIdsWhere(
      members,
      ({ webSocketUrl }) =>
        hasWebSocket(connection) && webSocketUrl.trim() !== '' && !webSocketUrlSchema.safeParse(webSocketUrl).success,
    ),
    keyHeaders: memberIdsWhere(
      members,
      ({ keyHeader }) => maySayKeyHeader(connection.kind) && !headerNameSchema.safeParse(keyHeader.name).success,
    ),
    extra: extra.ok ? undefined : extra.problem,
    currency: price !== null && !/^[A-Z]{3}$/.test(price.currency),
    voices: rowProblems(voices.map(({ remoteVoice }) => remoteVoice.trim())),
    readings: fixProblems(readings),
    replacements: fixProblems(replacements),
  }
}

export const isComplete = ({ name, model, currency, extra, ...rows }: DraftProblems): boolean =>
  !name && !model && !currency && !extra && Object.values(rows).every((problems) => problems.size === 0)

const trimmed = (fixes: readonly TextFix[]): TextFix[] =>
  fixes.map(({ written, said }) => ({ written: written.trim(), said: said.trim() }))

/** Without what a person typed for another model. */
const connectionOf = ({ connection, extra }: Pick<EngineDraft, 'connection' | 'extra'>): Connection => {
  if (connection.kind === 'openai') {
    const { extra: _former, ...rest } = connection
    const read = readExtraFields(extra)
    return read.ok && read.fields ? { ...rest, extra: read.fields } : rest
  }
  if (connection.kind !== 'dashscope') return connection
  const { fixes: _typed, ...rest } = connection
  const fixes = fixesOf(connection)
  const { readings, replacements } = fixes
  return hasFixes(fixes)
    ? { ...rest, fixes: { ...fixes, readings: trimmed(readings), replacements: trimmed(replacements) } }
    : rest
}

/** What is said of an endpoint beside the usual, as far as its kind has it. */
const unusualOf = (connection: Connection, { webSocketUrl, keyHeader }: MemberDraft) => {
  const name = keyHeader.name.trim()
  const isUsual = name === BEARER.name && keyHeader.scheme === BEARER.scheme
  return {
    ...(hasWebSocket(connection) &&
      webSocketUrl.trim() !== '' && { webSocketUrl: webSocketUrlSchema.parse(webSocketUrl) }),
    ...(maySayKeyHeader(connection.kind) && !isUsual && { keyHeader: { ...keyHeader, name } }),
  }
}

/** A complete draft as main takes it. */
export const remoteDraftOf = ({
  engineId,
  connection,
  extra,
  members,
  voices,
  ...engine
}: EngineDraft): RemoteDraft => ({
  engineId,
  engine: {
    ...engine,
    name: engine.name.trim(),
    connection: connectionOf({ connection, extra }),
    members: members.map((member) => {
      const { memberId, baseUrl, concurrency, requestsPerSecond, isDraining } = member
      return {
        ...{ memberId, baseUrl: withoutApiPath(connection.kind, baseUrlSchema.parse(baseUrl)) },
        ...unusualOf(connection, member),
        ...{ concurrency, requestsPerSecond, isDraining },
      }
    }),
    voices: voices.map((voice) => {
      const remoteVoice = voice.remoteVoice.trim()
      return { ...voice, remoteVoice, name: voice.name.trim() || remoteVoice.slice(0, MAX_VOICE_NAME) }
    }),
  },
  keys: Object.fromEntries(
    members.flatMap(({ memberId, key, keyHint }): [MemberId, string | null][] => {
      if (key === null) return keyHint === null ? [] : [[memberId, null]]
      return key.trim() === '' ? [] : [[memberId, key.trim()]]
    }),
  ),
})

const MAX_VOICE_NAME = 200

/** Voices with those of a list that are not among them yet. */
export const withVoices = (voices: readonly RemoteVoice[], listed: readonly RemoteVoice[]): readonly RemoteVoice[] => {
  const known = new Set(voices.map(({ remoteVoice }) => remoteVoice))
  return [...voices, ...listed.filter(({ remoteVoice }) => !known.has(remoteVoice))]
}
