import { waitUntil } from '../../clock/index.ts'
import { type FailureClass, isTlsFailure, RemoteFailure } from '../../remote/index.ts'
import type { EnrolledVoice } from './enrolled-voice.ts'
import { queryVoiceOnce } from './manage-voices.ts'
import type { VoiceServiceDeps } from './voice-service.ts'

const FIRST_MS = 2000
const GROWTH = 1.5
const LONGEST_MS = 15_000
const GIVE_UP_MS = 600_000
const LONGEST_RETRY_AFTER_MS = 60_000

/** The next poll is the next attempt. */
const PASSING: readonly FailureClass[] = ['rate-limit', 'unavailable', 'network', 'timeout']

/**
 * Asks for a voice until it can speak or never will: at once, after 2 s, and ever more seldom. After ten minutes the voice is
 * returned as it is then, `deploying`: it may still come.
 * @param onVoice is told what each poll says
 * @throws RemoteFailure that waiting does not help against, or that was still there after ten minutes; AppCancel
 */
export const waitUntilUsable = async (
  deps: VoiceServiceDeps,
  voiceId: string,
  { signal, onVoice }: { signal: AbortSignal; onVoice?: (voice: EnrolledVoice) => void },
): Promise<EnrolledVoice> => {
  const { clock } = deps
  const untilEpochMs = clock.nowEpochMs() + GIVE_UP_MS
  for (let delayMs = FIRST_MS; ; delayMs = Math.min(delayMs * GROWTH, LONGEST_MS)) {
    const polled = await poll(deps, voiceId, signal)
    if (!(polled instanceof RemoteFailure)) {
      onVoice?.(polled)
      if (polled.state === 'usable' || polled.state === 'rejected') return polled
    }
    const nowEpochMs = clock.nowEpochMs()
    if (nowEpochMs >= untilEpochMs) {
      if (polled instanceof RemoteFailure) throw polled
      return polled
    }
    const askedMs = polled instanceof RemoteFailure ? (polled.facts.retryAfterMs ?? 0) : 0
    const waitMs = Math.max(delayMs, Math.min(askedMs, LONGEST_RETRY_AFTER_MS))
    await waitUntil(clock, Math.min(nowEpochMs + waitMs, untilEpochMs), signal)
  }
}

const poll = async (
  deps: VoiceServiceDeps,
  voiceId: string,
  signal: AbortSignal,
): Promise<EnrolledVoice | RemoteFailure> => {
  try {
    return await queryVoiceOnce(deps, voiceId, signal)
  } catch (error) {
    if (error instanceof RemoteFailure && PASSING.includes(error.failureClass) && !isTlsFailure(error)) return error
    throw error
  }
}
