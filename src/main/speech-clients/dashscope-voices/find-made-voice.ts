import type { EnrolledVoice } from './enrolled-voice.ts'
import { listVoices } from './manage-voices.ts'
import type { VoiceServiceDeps } from './voice-service.ts'

/** By what a voice is known whose making was asked for. */
export type MadeVoice = {
  readonly targetModel: string
  /** Its own: whatever voice has it is the one. */
  readonly prefix: string
  readonly isDesigned: boolean
  /** Voices that are known to be others. */
  readonly knownVoiceIds: ReadonlySet<string>
}

/**
 * Looks for a voice whose making was asked for and not heard of: the newest of its name. When it was made does not tell it from
 * others: the service's times name no zone, and clocks are wrong.
 * @throws RemoteFailure; AppCancel
 */
export const findMadeVoice = async (
  deps: VoiceServiceDeps,
  { targetModel, prefix, isDesigned, knownVoiceIds }: MadeVoice,
  signal: AbortSignal,
): Promise<EnrolledVoice | undefined> => {
  const name = `${targetModel}-${isDesigned ? 'vd-' : ''}${prefix}-`
  const createdAt = ({ createdAtEpochMs }: EnrolledVoice): number => createdAtEpochMs ?? Number.NEGATIVE_INFINITY
  const voices = await listVoices(deps, { prefix }, signal)
  return voices
    .filter(({ voiceId }) => voiceId.startsWith(name) && !knownVoiceIds.has(voiceId))
    .toSorted((a, b) => createdAt(b) - createdAt(a))
    .at(0)
}
