import { z } from 'zod'
import { engineIdSchema, epochMsSchema, memberIdSchema, sampleRateSchema } from '../kernel/index.ts'
import { textFixesSchema } from './text-fixes.ts'

const httpUrl = (text: string, protocols: readonly string[]): string | undefined => {
  try {
    const url = new URL(text.trim())
    return protocols.includes(url.protocol) && url.username === '' && url.password === '' && url.search === ''
      ? url.href.replace(/\/+$/, '')
      : undefined
  } catch {
    // The one thing that it throws is that this is no address.
    return undefined
  }
}

/**
 * Where an endpoint is: http(s), without a slash at its end, a user, a password or a query. A path before the API is kept
 * (gateways have one).
 */
export const baseUrlSchema = z
  .string()
  .max(2000)
  .transform((text, context) => {
    const url = httpUrl(text, ['http:', 'https:'])
    if (url !== undefined) return url
    context.addIssue({ code: 'custom', message: 'an http or https address without user, password and query' })
    return z.NEVER
  })

const nameSchema = z.string().trim().min(1).max(200)

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
  }),
  z.object({
    kind: z.literal('openai'),
    profile: z.enum(['wcode', 'generic', 'vllm-omni', 'sglang-omni', 'siliconflow', 'cosyvoice-desktop']),
    model: nameSchema,
    /** What raw samples are to be taken for; sound with a header says so itself. */
    sampleRateHz: sampleRateSchema,
    /** Some models of such servers take directions in words, and no route tells which. */
    takesInstructions: z.boolean(),
  }),
  z.object({ kind: z.literal('eas'), transport: z.enum(['rest', 'sse', 'websocket']) }),
  z.object({
    kind: z.literal('cosyvoice-server'),
    transport: z.enum(['cache', 'sse', 'websocket', 'http-stream', 'task', 'schedule']),
  }),
  z.object({ kind: z.literal('cosyvoice-runtime'), model: z.enum(['cosyvoice', 'cosyvoice2', 'cosyvoice3']) }),
])
export type Connection = z.output<typeof connectionSchema>
export type ConnectionKind = Connection['kind']

/** One endpoint of an engine. An engine of several spreads its lines over them. */
export const memberSchema = z.object({
  memberId: memberIdSchema,
  baseUrl: baseUrlSchema,
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
