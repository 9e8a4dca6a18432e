import { z } from 'zod'
import { ownReason, RemoteFailure, withRetries } from '../../remote/index.ts'
import { type EnrolledVoice, enrolledVoiceOf } from './enrolled-voice.ts'
import { askService, type VoiceServiceDeps } from './voice-service.ts'

const PAGE_SIZE = 10
/** Ten times what an account may have. */
const MOST_PAGES = 1000
const listSchema = z.array(z.unknown()).nullish()

const pageOf = async (
  deps: VoiceServiceDeps,
  { prefix, index }: { prefix: string | null; index: number },
  signal: AbortSignal,
): Promise<readonly unknown[]> => {
  const input = { ...(prefix !== null && { prefix }), page_index: index, page_size: PAGE_SIZE }
  const { output } = await withRetries(() => askService(deps, { action: 'list_voice', input }, signal), deps, {
    signal,
  })
  const rows = listSchema.safeParse(output.voice_list)
  if (!rows.success) throw new RemoteFailure('protocol', ownReason('answer-lacks', { field: 'voice_list' }))
  return rows.data ?? []
}

/**
 * Voices of the account, page by page until one is not full; those whose name begins with `prefix` where one is given.
 * @throws RemoteFailure; AppCancel
 */
export const listVoices = async (
  deps: VoiceServiceDeps,
  { prefix }: { readonly prefix: string | null },
  signal: AbortSignal,
): Promise<readonly EnrolledVoice[]> => {
  const voices = new Map<string, EnrolledVoice>()
  for (let index = 0; index < MOST_PAGES; index++) {
    const rows = await pageOf(deps, { prefix, index }, signal)
    const before = voices.size
    for (const voice of rows.map(enrolledVoiceOf)) if (voice) voices.set(voice.voiceId, voice)
    // A full page of nothing new is a service that gives the same page for ever.
    if (rows.length < PAGE_SIZE || voices.size === before) return [...voices.values()]
  }
  throw new RemoteFailure('protocol', ownReason('endless'))
}

/** One voice, asked for once. @throws RemoteFailure; AppCancel */
export const queryVoiceOnce = async (
  deps: VoiceServiceDeps,
  voiceId: string,
  signal: AbortSignal,
): Promise<EnrolledVoice> => {
  const { output } = await askService(deps, { action: 'query_voice', input: { voice_id: voiceId } }, signal)
  const voice = enrolledVoiceOf({ ...output, voice_id: voiceId })
  if (!voice) throw new RemoteFailure('bad-request', ownReason('voice-name-invalid'))
  return voice
}

/** @throws RemoteFailure, `voice-not-found` where the account has none of that name; AppCancel */
export const queryVoice = (deps: VoiceServiceDeps, voiceId: string, signal: AbortSignal): Promise<EnrolledVoice> =>
  withRetries(() => queryVoiceOnce(deps, voiceId, signal), deps, { signal })

/**
 * Removes a voice for good, which makes room for another.
 * @throws RemoteFailure, `voice-not-found` where the account has none of that name; AppCancel
 */
export const deleteVoice = async (deps: VoiceServiceDeps, voiceId: string, signal: AbortSignal): Promise<void> => {
  const attempt = async (attempts: number): Promise<void> => {
    try {
      await askService(deps, { action: 'delete_voice', input: { voice_id: voiceId } }, signal)
    } catch (error) {
      const isGone = error instanceof RemoteFailure && error.failureClass === 'voice-not-found'
      // Asked again, it is the first request that removed it, whose answer was lost.
      if (!isGone || attempts === 1) throw error
    }
  }
  await withRetries(attempt, deps, { signal })
}
