import { z } from 'zod'
import { engineIdSchema, epochMsSchema, memberIdSchema, sampleRateSchema } from '../kernel/index.ts'
import { extraFieldsSchema } from './extra-fields.ts'
import { keyHeaderSchema } from './key-header.ts'
import { textFixesSchema } from './text-fixes.ts'

/** Addresses are kept as http(s); a client that needs a WebSocket makes its own of them. */
const HTTP: Readonly<Record<string, string>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
}
const SOCKET: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' }

const addressIn = (schemes: Readonly<Record<string, string>>, text: string): string | undefined => {
  const trimmed = text.trim()
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined
  const scheme = url && schemes[url.protocol]
  if (!url || !scheme || url.username !== '' || url.password !== '' || url.search !== '') return undefined
  return `${scheme}//${url.host}${url.pathname}`.replace(/\/+$/, '')
}

const addressSchema = (schemes: Readonly<Record<string, string>>) =>
  z
    .string()
    .max(2000)
    .transform((text, context) => {
      const url = addressIn(schemes, text)
      if (url !== undefined) return url
      context.addIssue({ code: 'custom', message: 'an http(s) or ws(s) address without user, password and query' })
      return z.NEVER
    })

/**
 * Where an endpoint is, given as http(s) or ws(s) and kept as http(s), without a slash at its end, a user, a password or a
 * query. A path before the API is kept (gateways have one).
 */
export const baseUrlSchema = addressSchema(HTTP)
/** The same of a WebSocket that is not below the endpoint's own address; kept as ws(s). */
export const webSocketUrlSchema = addressSchema(SOCKET)

const nameSchema = z.string().trim().min(1).max(200)

/** The most text of one request, counted as the service counts, where its owner knows better than the app. */
export const mostTextSchema = z.number().int().min(50).max(20_000)

/** What an engine's endpoints speak. A model is part of it: another model is another engine. */
export const connectionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('dashscope'),
    region: z.enum(['cn', 'intl']),
    model: nameSchema,
    transport: z.enum(['websocket', 'http']),
    /** Of a key that belongs to a workspace. */
    workspaceId: nameSchema.nullable(),
    /** The key itself goes only where temporary ones are given out, and those everywhere else. */
    usesTemporaryKeys: z.boolean().optional(),
    /** Honoured by voices that were cloned for models that take them. */
    fixes: textFixesSchema.optional(),
    mostText: mostTextSchema.optional(),
  }),
  z.object({
    kind: z.literal('openai'),
    profile: z.enum(['wcode', 'generic', 'vllm-omni', 'sglang-omni', 'siliconflow', 'cosyvoice-desktop']),
    model: nameSchema,
    /** What raw samples are to be taken for; sound with a header says so itself. */
    sampleRateHz: sampleRateSchema,
    /** Some models of such servers take directions in words, and no route tells which. */
    takesInstructions: z.boolean(),
    mostText: mostTextSchema.optional(),
    extra: extraFieldsSchema.optional(),
  }),
  z.object({ kind: z.literal('eas'), transport: z.enum(['rest', 'sse', 'websocket']) }),
  z.object({
    kind: z.literal('cosyvoice-server'),
    transport: z.enum(['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule']),
  }),
  z.object({
    kind: z.literal('cosyvoice-runtime'),
    model: z.enum(['cosyvoice', 'cosyvoice2', 'cosyvoice3']),
    /** Of the raw samples that come, for servers that were built otherwise than their model. */
    sampleRateHz: sampleRateSchema.optional(),
  }),
])
export type Connection = z.output<typeof connectionSchema>
export type ConnectionKind = Connection['kind']

/** Paths of the API itself, which people copy along with an address. DashScope's are understood wherever they are. */
const API_PATHS: Partial<Readonly<Record<ConnectionKind, RegExp>>> = {
  openai: /\/audio\/(speech|voices)$/,
  eas: /\/(api|api-ws)\/v1\/audio\/(speech|reference_audio)$/,
  'cosyvoice-runtime': /\/(inference_\w+|openapi\.json)$/,
}
/** Where the endpoint is that such an address is of. */
export const withoutApiPath = (kind: ConnectionKind, baseUrl: string): string => {
  const path = API_PATHS[kind]
  return path ? baseUrl.replace(path, '') : baseUrl
}

/** One endpoint of an engine. An engine of several spreads its lines over them. */
export const memberSchema = z.object({
  memberId: memberIdSchema,
  baseUrl: baseUrlSchema,
  /** Of an EAS service whose WebSocket is not below its address. */
  webSocketUrl: webSocketUrlSchema.optional(),
  /** Where the key goes; left out: `Authorization: Bearer`. For servers of one's own, and gateways before them. */
  keyHeader: keyHeaderSchema.optional(),
  /** Lines at the same time. */
  concurrency: z.number().int().min(1).max(64),
  /** Null: as many as it answers. */
  requestsPerSecond: z.number().positive().max(1000).nullable(),
  /** It finishes what it has and gets nothing new. */
  isDraining: z.boolean(),
})
export type Member = z.output<typeof memberSchema>

/** How a service counts what it bills. */
export const billedUnitSchema = z.enum(['characters', 'code-points', 'utf8-bytes'])
export type BilledUnit = z.output<typeof billedUnitSchema>

/** What `per` units cost. `characters` are counted as DashScope counts them. */
export const priceSchema = z.object({
  amount: z.number().nonnegative().max(1_000_000),
  /** ISO 4217 */
  currency: z.string().regex(/^[A-Z]{3}$/),
  per: z.number().int().positive(),
  unit: billedUnitSchema,
})
export type Price = z.output<typeof priceSchema>

/** A voice that the endpoints have, as they name it. */
export const remoteVoiceSchema = z.object({
  remoteVoice: z.string().min(1).max(300),
  name: z.string().min(1).max(200),
  /** BCP 47 */
  language: z.string().min(2).max(35).nullable(),
  gender: z.enum(['female', 'male', 'neutral']),
  /** The service is still making it of words: nobody can speak with it yet. */
  isPending: z.boolean().optional(),
})
export type RemoteVoice = z.output<typeof remoteVoiceSchema>

/** What a person says of an engine that computes elsewhere. Keys are no part of it: they are kept apart, by member. */
export const newRemoteEngineSchema = z.object({
  name: z.string().trim().min(1).max(80),
  connection: connectionSchema,
  members: z.array(memberSchema).min(1).max(32),
  price: priceSchema.nullable(),
  /** In the currency of the price; null: none. */
  monthlyLimit: z.number().positive().max(1_000_000_000).nullable(),
  /** Beside those that the app knows of the model: typed, or listed by the endpoint. */
  voices: z.array(remoteVoiceSchema).max(1000),
})
export type NewRemoteEngine = z.output<typeof newRemoteEngineSchema>

export const remoteEngineSchema = newRemoteEngineSchema.extend({
  engineId: engineIdSchema,
  createdAtEpochMs: epochMsSchema,
})
export type RemoteEngine = z.output<typeof remoteEngineSchema>
