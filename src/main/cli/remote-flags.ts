import { text } from 'node:stream/consumers'
import { z } from 'zod'
import {
  BASIC,
  baseUrlSchema,
  type Connection,
  type ConnectionKind,
  connectionSchema,
  DASHSCOPE_BASE_URLS,
  dashscopeHttpObstacle,
  hasFixes,
  KEY_HEADER_KINDS,
  type KeyHeader,
  newRemoteEngineSchema,
  OPENAI_PROFILES,
  OWN_FIELDS,
  type RemoteDraft,
  readExtraFields,
  remoteFacts,
  type TextFixes,
  withoutApiPath,
} from '../../shared/endpoint/index.ts'
import type { MintId } from '../../shared/kernel/index.ts'
import { usageError } from './usage-error.ts'

export const CONNECTION_KINDS = connectionSchema.options.map(({ shape }) => shape.kind.value)

/** What a person says of an engine elsewhere. */
export type RemoteFlags = {
  name?: string
  baseUrl?: string[]
  websocketUrl?: string[]
  model?: string
  profile?: string
  region?: string
  transport?: string
  workspace?: string
  temporaryKeys?: boolean
  reading?: string[]
  replace?: string[]
  filterMarkdown?: boolean
  sampleRate?: string
  takesInstructions?: boolean
  mostText?: string
  extra?: string
  keyIn?: string
  concurrency?: string
  requestsPerSecond?: string
  price?: string | false
  currency?: string
  per?: string
  unit?: string
  monthlyLimit?: string
  voice?: string[]
  keyEnv?: string
  keyStdin?: boolean
  keepKeyInFile?: boolean
}

/** Flags that not every kind has. One of another kind is a slip, and is told instead of forgotten. */
const KINDS_OF: Partial<Readonly<Record<keyof RemoteFlags, readonly ConnectionKind[]>>> = {
  websocketUrl: ['eas'],
  model: ['dashscope', 'openai', 'cosyvoice-runtime'],
  profile: ['openai'],
  region: ['dashscope'],
  transport: ['dashscope', 'eas', 'cosyvoice-server'],
  workspace: ['dashscope'],
  temporaryKeys: ['dashscope'],
  reading: ['dashscope'],
  replace: ['dashscope'],
  filterMarkdown: ['dashscope'],
  sampleRate: ['openai', 'cosyvoice-runtime'],
  takesInstructions: ['openai'],
  mostText: ['dashscope', 'openai'],
  extra: ['openai'],
  keyIn: KEY_HEADER_KINDS,
}

const flagName = (name: string): string => name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)

/** @throws AppError `usage.invalid` for a flag that this kind has not */
const refuseForeign = (kind: string, flags: RemoteFlags): void => {
  for (const [name, kinds] of Object.entries(KINDS_OF)) {
    if (flags[name as keyof RemoteFlags] === undefined || kinds.some((known) => known === kind)) continue
    throw usageError(`--${flagName(name)}: ${kind} has no such setting, only ${kinds.join(', ')}`)
  }
}

/** @throws AppError `usage.invalid` for a flag that says of a known service what is otherwise there */
const refuseOfProfile = (connection: Connection, { sampleRate, takesInstructions }: RemoteFlags): void => {
  if (connection.kind !== 'openai') return
  const { profile } = connection
  const { sampleRatesHz, instructions } = OPENAI_PROFILES[profile]
  if (sampleRate !== undefined && sampleRatesHz.length > 0)
    throw usageError(`--sample-rate: ${profile} is asked for the rate that is needed`)
  if (takesInstructions && instructions === 'no')
    throw usageError(`--takes-instructions: no model of ${profile} takes directions`)
}

/** @throws AppError `usage.invalid` for what is no number */
export const numberOf = (flag: string, said: string | undefined): number | undefined => {
  if (said === undefined) return undefined
  const value = Number(said)
  if (said.trim() === '' || !Number.isFinite(value)) throw usageError(`--${flag} ${said}`)
  return value
}

/** The names that flags have for what schemas complain of. */
const FLAGS: Readonly<Record<string, string>> = {
  baseUrl: 'base-url',
  webSocketUrl: 'websocket-url',
  keyHeader: 'key-in',
  mostText: 'most-text',
  amount: 'price',
  monthlyLimit: 'monthly-limit',
  workspaceId: 'workspace',
  sampleRateHz: 'sample-rate',
  requestsPerSecond: 'requests-per-second',
  remoteVoice: 'voice',
  written: 'reading or --replace',
  said: 'reading or --replace',
}
const parsed = <Schema extends z.ZodType>(schema: Schema, said: unknown): z.output<Schema> => {
  const result = schema.safeParse(said)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.filter((part) => typeof part === 'string') ?? []
  const field = path.includes('keyHeader') ? 'keyHeader' : (path.at(-1) ?? '')
  throw usageError(`--${FLAGS[field] ?? field}: ${issue?.message ?? ''}`)
}

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What a kind begins with, as the form of the window has it. */
const presetConnection = (kind: string, flags: RemoteFlags): Readonly<Record<string, unknown>> => {
  switch (kind) {
    case 'dashscope':
      return { region: 'cn', model: 'cosyvoice-v3-flash', transport: 'websocket', workspaceId: null }
    case 'openai': {
      const { profile = 'generic' } = flags
      const known = Object.entries(OPENAI_PROFILES).find(([id]) => id === profile)?.[1]
      return { profile, model: known?.models[0]?.model, sampleRateHz: 24_000, takesInstructions: false }
    }
    case 'eas':
      return { transport: 'websocket' }
    case 'cosyvoice-server':
      return { transport: 'cache' }
    default:
      return { model: 'cosyvoice3' }
  }
}

/** @throws AppError `usage.invalid` */
const extraOf = (said: string | undefined) => {
  const read = readExtraFields(said ?? '')
  if (read.ok) return read.fields
  const why = {
    'no-object': 'it is a JSON object, such as {"temperature":0.7}',
    'own-field': `it may not hold ${OWN_FIELDS.join(', ')}: the app says them of every line`,
    'too-long': 'it is longer than 10000 characters',
  }
  throw usageError(`--extra: ${why[read.problem]}`)
}

const BEARER_WORDS = ['bearer', 'authorization']
const keyHeaderOf = (said: string | undefined): KeyHeader | undefined => {
  const word = said?.trim().toLowerCase()
  if (said === undefined || word === undefined || BEARER_WORDS.includes(word)) return undefined
  return word === 'basic' ? BASIC : { name: said, scheme: null }
}

const fixOf = (flag: string) => (pair: string) => {
  const [written = '', said = '', ...more] = pair.split('=').map((part) => part.trim())
  if (written === '' || said === '' || more.length > 0)
    throw usageError(`--${flag} ${pair}: it is what is written, = and what is said`)
  return { written, said }
}

const fixesOf = ({ reading = [], replace = [], filterMarkdown = false }: RemoteFlags): TextFixes | undefined => {
  const fixes = {
    readings: reading.map(fixOf('reading')),
    replacements: replace.map(fixOf('replace')),
    isMarkdownFiltered: filterMarkdown,
  }
  return hasFixes(fixes) ? fixes : undefined
}

const connectionOf = (kind: string, flags: RemoteFlags): Connection =>
  parsed(connectionSchema, {
    kind,
    ...presetConnection(kind, flags),
    ...defined({
      model: flags.model,
      profile: flags.profile,
      region: flags.region,
      transport: flags.transport,
      workspaceId: flags.workspace,
      usesTemporaryKeys: flags.temporaryKeys,
      fixes: fixesOf(flags),
      sampleRateHz: numberOf('sample-rate', flags.sampleRate),
      takesInstructions: flags.takesInstructions,
      mostText: numberOf('most-text', flags.mostText),
      extra: extraOf(flags.extra),
    }),
  })

/** @throws AppError `usage.invalid` for requests to where none are answered */
const refuseRoute = (connection: Connection): void => {
  if (connection.kind !== 'dashscope' || connection.transport !== 'http') return
  const obstacle = dashscopeHttpObstacle(connection.model, connection.region)
  if (obstacle === 'http-beijing-only') throw usageError('--transport http: requests are answered in Beijing only')
  if (obstacle) throw usageError(`--transport http: ${connection.model} answers no requests`)
}

const addressesOf = (connection: Connection, { baseUrl }: RemoteFlags): readonly string[] => {
  if (baseUrl) {
    const { baseUrl: addresses } = parsed(z.object({ baseUrl: z.array(baseUrlSchema) }), { baseUrl })
    return addresses.map((address) => withoutApiPath(connection.kind, address))
  }
  const preset =
    connection.kind === 'dashscope' ? DASHSCOPE_BASE_URLS[connection.region] : remoteFacts(connection).member.baseUrl
  if (preset === null) throw usageError('--base-url, where its server is, is missing')
  return [preset]
}

/** One for each endpoint, in their order. @throws AppError `usage.invalid` */
const webSocketsOf = (count: number, { websocketUrl = [] }: RemoteFlags): readonly string[] => {
  if (websocketUrl.length === 0 || websocketUrl.length === count) return websocketUrl
  throw usageError(`--websocket-url: ${websocketUrl.length} came for ${count} endpoints`)
}

const priceOf = (connection: Connection, { price, currency, per, unit }: RemoteFlags) => {
  if (price === false) return null
  const published = remoteFacts(connection).price
  if (price === undefined && currency === undefined && per === undefined && unit === undefined) return published
  return {
    ...(published ?? { currency: 'CNY', per: 10_000, unit: remoteFacts(connection).text.unit }),
    ...defined({ amount: numberOf('price', price), currency, per: numberOf('per', per), unit }),
  }
}

/** `id` or `id=name`. */
const voiceOf = (said: string) => {
  const [remoteVoice = '', name = remoteVoice] = said.split('=', 2)
  return { remoteVoice, name, language: null, gender: 'neutral' as const }
}

/**
 * Keys for endpoints: one for all, or a line for each. Of what they are nothing is ever said.
 * @throws AppError `usage.invalid`
 */
const keysFor = async (
  count: number,
  { keyEnv, keyStdin }: RemoteFlags,
  deps: { environment(name: string): string | undefined; stdin: NodeJS.ReadableStream },
): Promise<readonly string[]> => {
  if (keyEnv !== undefined && keyStdin) throw usageError('--key-env and --key-stdin are two ways for the same key')
  const said = keyEnv === undefined ? (keyStdin ? await text(deps.stdin) : undefined) : deps.environment(keyEnv)
  if (keyEnv !== undefined && !said?.trim())
    throw usageError(`--key-env ${keyEnv}: the environment has no such variable`)
  if (said === undefined) return []
  const lines = said.split(/\r?\n/).flatMap((line) => line.trim() || [])
  if (lines.length !== 1 && lines.length !== count)
    throw usageError(`--key-stdin: ${lines.length} keys came for ${count} endpoints`)
  return Array.from({ length: count }, (_, index) => lines[lines.length === 1 ? 0 : index] ?? '')
}

/**
 * The draft of an engine that the flags describe.
 * @throws AppError `usage.invalid`
 */
export const draftOfFlags = async (
  kind: string,
  flags: RemoteFlags,
  deps: { mint: MintId; environment(name: string): string | undefined; stdin: NodeJS.ReadableStream },
): Promise<RemoteDraft> => {
  if (!CONNECTION_KINDS.some((known) => known === kind))
    throw usageError(`${kind}: it is one of ${CONNECTION_KINDS.join(', ')}`)
  refuseForeign(kind, flags)
  const connection = connectionOf(kind, flags)
  refuseOfProfile(connection, flags)
  refuseRoute(connection)
  const { member, takesFixes } = remoteFacts(connection)
  if (!takesFixes && fixesOf(flags))
    throw usageError('--reading, --replace and --filter-markdown: this model cannot be told how words are read')
  const { concurrency, requestsPerSecond } = member
  const addresses = addressesOf(connection, flags)
  const webSockets = webSocketsOf(addresses.length, flags)
  const keyHeader = keyHeaderOf(flags.keyIn)
  const members = addresses.map((baseUrl, index) => ({
    memberId: `member_${deps.mint()}`,
    baseUrl,
    ...defined({ webSocketUrl: webSockets[index], keyHeader }),
    concurrency: numberOf('concurrency', flags.concurrency) ?? concurrency,
    requestsPerSecond: numberOf('requests-per-second', flags.requestsPerSecond) ?? requestsPerSecond,
    isDraining: false,
  }))
  const engine = parsed(newRemoteEngineSchema, {
    name: flags.name ?? kind,
    connection,
    members,
    price: priceOf(connection, flags),
    monthlyLimit: numberOf('monthly-limit', flags.monthlyLimit) ?? null,
    voices: (flags.voice ?? []).map(voiceOf),
  })
  if (engine.monthlyLimit !== null && engine.price === null)
    throw usageError('--monthly-limit needs a price to count with: --price')
  const keys = await keysFor(members.length, flags, deps)
  return {
    engineId: null,
    engine,
    keys: Object.fromEntries(
      engine.members.flatMap(({ memberId }, index) => (keys[index] ? [[memberId, keys[index]]] : [])),
    ),
  }
}
