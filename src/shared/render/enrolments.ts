import type { EngineId, VoiceId } from '../kernel/index.ts'
import type { VoiceTwin } from '../voice/index.ts'

const enrolmentOf = (engineId: EngineId, voiceId: VoiceId): string => `${engineId} ${voiceId}`

/** Which voices which engines know. */
export type Enrolments = ReadonlyMap<string, 'ready' | 'outdated'>

/** Voices that an endpoint of the engine is ready to speak with, and those of which all have an outdated copy alone. */
export const enrolmentsOf = (twins: readonly VoiceTwin[]): Enrolments => {
  const enrolments = new Map<string, 'ready' | 'outdated'>()
  for (const { engineId, voiceId, status } of twins) {
    const enrolment = enrolmentOf(engineId, voiceId)
    if (status === 'ready' || (status === 'outdated' && !enrolments.has(enrolment))) enrolments.set(enrolment, status)
  }
  return enrolments
}

/** Outdated copies count: the voice is there, and has to be brought in step. */
export const isEnrolled = (enrolments: Enrolments, engineId: EngineId, voiceId: VoiceId): boolean =>
  enrolments.has(enrolmentOf(engineId, voiceId))

export const isCopyOutdated = (enrolments: Enrolments, engineId: EngineId, voiceId: VoiceId): boolean =>
  enrolments.get(enrolmentOf(engineId, voiceId)) === 'outdated'
