import { z } from 'zod'
import { dashscopeVoiceKind, modelOfDashscopeVoice } from '../../../shared/endpoint/index.ts'

/** `deploying`: being made. `rejected`: it never will be, and counts all the same. `unknown`: a state that nobody has heard of. */
export type EnrolledVoiceState = 'deploying' | 'usable' | 'rejected' | 'unknown'

/** A voice that an account has. */
export type EnrolledVoice = {
  readonly voiceId: string
  /** The one model that it speaks with; null where neither the service nor its name says. */
  readonly targetModel: string | null
  readonly state: EnrolledVoiceState
  readonly isDesigned: boolean
  readonly createdAtEpochMs: number | null
  readonly modifiedAtEpochMs: number | null
  /** Words that it was designed from; null for clones, and in lists. */
  readonly voicePrompt: string | null
  readonly previewText: string | null
}

const STATES: Readonly<Record<string, EnrolledVoiceState>> = {
  DEPLOYING: 'deploying',
  OK: 'usable',
  UNDEPLOYED: 'rejected',
}
const BEIJING_FROM_UTC_MS = 8 * 3_600_000

/** The service's times name no zone; its clocks are Beijing's. @returns null for what is no time */
const epochMsOf = (time: string | null | undefined): number | null => {
  const parts = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})/.exec(time ?? '')
  const epochMs = parts ? Date.parse(`${parts[1]}T${parts[2]}Z`) - BEIJING_FROM_UTC_MS : Number.NaN
  return Number.isNaN(epochMs) ? null : epochMs
}

/** What can stand in a name of a voice: it is sent back in every request. */
export const enrolledVoiceIdSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/)

const text = z.string().nullish().catch(null)
const rowSchema = z.object({
  voice_id: enrolledVoiceIdSchema,
  target_model: text,
  status: text,
  gmt_create: text,
  gmt_modified: text,
  voice_prompt: text,
  preview_text: text,
})

/** @returns undefined for what names no voice */
export const enrolledVoiceOf = (row: unknown): EnrolledVoice | undefined => {
  const parsed = rowSchema.safeParse(row)
  if (!parsed.success) return undefined
  const { voice_id: voiceId, target_model, status, gmt_create, gmt_modified, voice_prompt, preview_text } = parsed.data
  return {
    voiceId,
    targetModel: target_model || (modelOfDashscopeVoice(voiceId) ?? null),
    state: STATES[status?.toUpperCase() ?? ''] ?? 'unknown',
    isDesigned: dashscopeVoiceKind(voiceId) === 'designed',
    createdAtEpochMs: epochMsOf(gmt_create),
    modifiedAtEpochMs: epochMsOf(gmt_modified),
    voicePrompt: voice_prompt || null,
    previewText: preview_text || null,
  }
}
