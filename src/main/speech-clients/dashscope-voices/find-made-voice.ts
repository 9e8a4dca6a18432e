import type { EnrolledVoice } from './enrolled-voice.ts'
import { listVoices } from './manage-voices.ts'
import type { VoiceServiceDeps } from './voice-service.ts'

/** By what a voice is known whose making was asked for. */
export type MadeVoice = {
  readonly targetModel: string
  /** Its own: whatever voice has it is the one. */
  readonly prefix: string
  readonly isDesigned: boolean
  /** When its making was asked for. */
  readonly askedAtEpochMs: number
  /** Voices that are known to be others. */
  readonly knownVoiceIds: ReadonlySet<string>
}

/** What the clocks of the service and of this machine may be apart. */
const CLOCKS_APART_MS = 300_000

/**
 * Looks for a voice whose making was asked for and not heard of: the newest of its name that is not older than the request.
 * @throws RemoteFailure; AppCancel
 */
export const findMadeVoice = async (
  deps: VoiceServiceDeps,
  { targetModel, prefix, isDesigned, askedAtEpochMs, knownVoiceIds }: MadeVoice,
  signal: AbortSignal,
): Promise<EnrolledVoice | undefined> => {
  const name = `${targetModel}-${isDesigned ? 'vd-' : ''}${prefix}-`
  const createdAt = ({ createdAtEpochMs }: EnrolledVoice): number => createdAtEpochMs ?? Number.NEGATIVE_INFINITY
  const voices = await listVoices(deps, { prefix }, signal)
  return voices
    .filter(({ voiceId }) => voiceId.startsWith(name) && !knownVoiceIds.has(voiceId))
    .filter((voice) => createdAt(voice) >= askedAtEpochMs - CLOCKS_APART_MS)
    .toSorted((a, b) => createdAt(b) - createdAt(a))
    .at(0)
}
