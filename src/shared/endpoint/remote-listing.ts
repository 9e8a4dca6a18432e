import { z } from 'zod'
import { appErrorDataSchema, countSchema, engineIdSchema, memberIdSchema, projectIdSchema } from '../kernel/index.ts'
import { memberSchema, newRemoteEngineSchema, remoteEngineSchema, remoteVoiceSchema } from './remote-engine.ts'

const moneySchema = z.object({ amount: z.number(), currency: z.string() })
export type Money = z.output<typeof moneySchema>

/** How an endpoint is at present. */
export const memberStateSchema = z.object({
  memberId: memberIdSchema,
  running: countSchema,
  /** Milliseconds for a unit of text, as it was seen; null before anything was. */
  msPerUnit: z.number().nullable(),
  /** Why it is not asked at present. */
  resting: z.enum(['draining', 'blocked', 'down', 'rate-limited']).nullable(),
})

/** An engine that computes elsewhere, as a page shows it. */
export const remoteListingSchema = z.object({
  engine: remoteEngineSchema,
  /** By member: the key so that its owner knows it again; null where there is none. */
  keyHints: z.record(z.string(), z.string().nullable()),
  members: z.array(memberStateSchema),
  /** Since the month began; null where no price is known. */
  spentThisMonth: moneySchema.nullable(),
})
export type RemoteListing = z.output<typeof remoteListingSchema>

/** A form that is to be saved or tried. */
export const remoteDraftSchema = z.object({
  /** Null: it is new. */
  engineId: engineIdSchema.nullable(),
  engine: newRemoteEngineSchema,
  /** By member: a new key, or null to remove it. Members that are left out keep theirs. */
  keys: z.record(z.string(), z.string().max(4000).nullable()),
})
export type RemoteDraft = z.output<typeof remoteDraftSchema>

/** What an endpoint did with a sentence. */
export const memberTrialSchema = z.object({
  memberId: memberIdSchema,
  baseUrl: memberSchema.shape.baseUrl,
  /** Null where it failed. */
  spoken: z
    .object({ firstSoundMs: z.number(), tookMs: z.number(), durationSec: z.number(), levelDb: z.number() })
    .nullable(),
  error: appErrorDataSchema.nullable(),
  warnings: z.array(z.object({ field: z.string(), reason: z.string() })),
  /** What waits in its own queue, and how long it took for a line before; null where it has none. */
  queue: z.object({ waitingLines: countSchema, secPerLine: z.number().nullable() }).nullable(),
  /** Models that it lists; null where it cannot. */
  models: z.array(z.string()).nullable(),
  /** Voices that it lists; null where it cannot. */
  voices: z.array(remoteVoiceSchema).nullable(),
})
export type MemberTrial = z.output<typeof memberTrialSchema>

/** What was sent and billed in a time. */
export const spendingSumSchema = z.object({
  engineId: engineIdSchema,
  engineName: z.string(),
  /** Null: of no project, e.g. a trial. */
  projectId: projectIdSchema.nullable(),
  units: z.number(),
  pieces: countSchema,
  cost: moneySchema.nullable(),
})
export type SpendingSumView = z.output<typeof spendingSumSchema>

/** What rendering would send to an engine, and cost. */
export const renderEstimateSchema = z.object({
  engineId: engineIdSchema,
  engineName: z.string(),
  lines: countSchema,
  units: z.number(),
  /** Null where no price is known. */
  cost: moneySchema.nullable(),
  spentThisMonth: moneySchema.nullable(),
  monthlyLimit: z.number().nullable(),
  /** As fast as it was lately; null before anything was seen. */
  expectedSec: z.number().nullable(),
  /** How many lines each endpoint would get. */
  shares: z.array(z.object({ memberId: memberIdSchema, baseUrl: z.string(), lines: z.number() })),
  /** What nobody has allowed to be sent yet: the project's text, and recordings of voices. */
  needsConsent: z.array(z.object({ subjectId: z.string(), kind: z.enum(['text', 'voice']), name: z.string() })),
})
export type RenderEstimate = z.output<typeof renderEstimateSchema>
