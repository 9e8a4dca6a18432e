import { waitUntil } from '../../clock/index.ts'
import { isTlsFailure, ownReason, RemoteFailure, retryDelayMs, wordsOf } from '../../remote/index.ts'
import type { EnrolledVoice } from './enrolled-voice.ts'
import { findMadeVoice, type MadeVoice } from './find-made-voice.ts'
import { regionOf, type ServiceAnswer, type VoiceServiceDeps } from './voice-service.ts'

/** Failures of requests that nobody received. */
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/

/** Whether the voice may have been made although the request failed. */
const mayBeMade = (failure: RemoteFailure): boolean => {
  const { failureClass, facts } = failure
  if (!['unavailable', 'network', 'timeout', 'protocol'].includes(failureClass)) return false
  const status = facts.httpStatus
  if (status === undefined) return !NEVER_SENT.test(facts.code ?? '') && !isTlsFailure(failure)
  return status < 400 || status >= 500 || status === 408
}

/** The service itself says that it failed: once more it may not. */
const isOwnFailure = ({ failureClass, facts }: RemoteFailure): boolean =>
  failureClass === 'unavailable' && facts.httpStatus !== undefined && facts.code !== undefined
const ATTEMPTS_OF_OWN_FAILURE = 2

/** A voice that was just made shows in the list a little later. */
const LOOK_AFTER_MS = [0, 2000, 3000]

const lookForIt = async (
  deps: VoiceServiceDeps,
  made: MadeVoice,
  failure: RemoteFailure,
  signal: AbortSignal,
): Promise<EnrolledVoice | undefined> => {
  for (const delayMs of LOOK_AFTER_MS) {
    await waitUntil(deps.clock, deps.clock.nowEpochMs() + delayMs, signal)
    const found = await findMadeVoice(deps, made, signal).catch((error: unknown) => {
      if (!(error instanceof RemoteFailure)) throw error
      const why = ownReason('maybe-made', { detail: wordsOf(failure.facts) ?? 'none' })
      throw new RemoteFailure(failure.failureClass, { ...failure.facts, ...why, cause: error })
    })
    if (found) return found
  }
  return undefined
}

/** In a region that does not make voices of a model, it says so in several ways. */
const asRegionSays = (failure: RemoteFailure, deps: VoiceServiceDeps, model: string): RemoteFailure => {
  const { failureClass, facts } = failure
  const words = wordsOf(facts)
  const isOfModel =
    failureClass === 'model-mismatch' ||
    /^Model\.AccessDenied/i.test(facts.code ?? '') ||
    (failureClass === 'bad-request' && /\bmodel\b|target_model/i.test(words ?? ''))
  if (regionOf(deps.endpoint) !== 'intl' || !isOfModel) return failure
  return new RemoteFailure('model-mismatch', {
    ...facts,
    ...ownReason('beijing-only', { model, detail: words ?? 'none' }),
  })
}

/** The service's answer, or the voice that was found where its answer was lost. */
export type MadeOnce =
  | { readonly answer: ServiceAnswer; readonly adopted?: undefined }
  | { readonly adopted: EnrolledVoice; readonly answer?: undefined }

/**
 * Asks for the making of a voice, which makes another one whenever it is asked for: again only where it was certainly not
 * made. Where that is not certain, the voice is looked for by its name; where it is not found, nothing is asked again.
 * @param request one attempt; throws `protocol` where the answer names no voice
 * @throws RemoteFailure; AppCancel, and then the voice may have been made
 */
export const makeOnce = async (
  deps: VoiceServiceDeps,
  made: MadeVoice,
  request: () => Promise<ServiceAnswer>,
  signal: AbortSignal,
): Promise<MadeOnce> => {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return { answer: await request() }
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      const failure = asRegionSays(error, deps, made.targetModel)
      const isUncertain = mayBeMade(failure)
      const adopted = isUncertain ? await lookForIt(deps, made, failure, signal) : undefined
      if (adopted) return { adopted }
      const mayAsk = !isUncertain || (isOwnFailure(failure) && attempts < ATTEMPTS_OF_OWN_FAILURE)
      const delayMs = mayAsk ? retryDelayMs(failure, attempts, deps.random()) : undefined
      if (delayMs === undefined) throw failure
      await waitUntil(deps.clock, deps.clock.nowEpochMs() + delayMs, signal)
    }
  }
}
