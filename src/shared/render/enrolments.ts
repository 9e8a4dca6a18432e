import type { EngineId, VoiceId } from '../kernel/index.ts'
import type { VoiceTwin } from '../voice/index.ts'

const enrolmentOf = (engineId: EngineId, voiceId: VoiceId): string => `${engineId} ${voiceId}`

/** Which voices which engines know. */
export type Enrolments = ReadonlySet<string>

/** Voices that an endpoint of the engine is ready to speak with. */
export const enrolmentsOf = (twins: readonly VoiceTwin[]): Enrolments =>
  new Set(
    twins.filter(({ status }) => status === 'ready').map(({ engineId, voiceId }) => enrolmentOf(engineId, voiceId)),
  )

export const isEnrolled = (enrolments: Enrolments, engineId: EngineId, voiceId: VoiceId): boolean =>
  enrolments.has(enrolmentOf(engineId, voiceId))
