import { type Clock, waitUntil } from '../clock/index.ts'
import { type FailureClass, failureOfError, isTlsFailure, RemoteFailure } from './failure.ts'

type Rule = { readonly attempts: number; readonly firstMs: number; readonly longestMs: number }

/** Attempts in all. Not named: one. */
const RULES: Partial<Readonly<Record<FailureClass, Rule>>> = {
  'rate-limit': { attempts: 5, firstMs: 1000, longestMs: 20_000 },
  unavailable: { attempts: 4, firstMs: 1000, longestMs: 15_000 },
  network: { attempts: 4, firstMs: 500, longestMs: 8000 },
  timeout: { attempts: 2, firstMs: 0, longestMs: 2000 },
  protocol: { attempts: 2, firstMs: 0, longestMs: 0 },
}
const LONGEST_RETRY_AFTER_MS = 60_000
const JITTER = 0.2
/** Said again after sound had come, a line is paid twice. */
const ATTEMPTS_AFTER_AUDIO = 2

export type RetryDeps = { readonly clock: Clock /** Uniform in [0, 1). */; random(): number }

/** How long to wait before the next attempt; undefined where there is none. @param attempts that were made */
export const retryDelayMs = (failure: RemoteFailure, attempts: number, random: number): number | undefined => {
  const rule = RULES[failure.failureClass]
  if (!rule || isTlsFailure(failure)) return undefined
  const most = failure.facts.hasPartialAudio ? Math.min(ATTEMPTS_AFTER_AUDIO, rule.attempts) : rule.attempts
  if (attempts >= most) return undefined
  const { retryAfterMs } = failure.facts
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)
  const delayMs = Math.min(rule.firstMs * 2 ** (attempts - 1), rule.longestMs)
  return delayMs * (1 + JITTER * random)
}

/**
 * Makes a request until it succeeds or trying again makes no sense. Each attempt begins from nothing.
 * @param onRetry is told of each failure that another attempt follows
 * @throws RemoteFailure of the last attempt; AppCancel between two attempts; what is no failure of a request, at once
 */
export const withRetries = async <Output>(
  attempt: (attempts: number) => Promise<Output>,
  { clock, random }: RetryDeps,
  { signal, onRetry }: { signal: AbortSignal; onRetry?: (failure: RemoteFailure, delayMs: number) => void },
): Promise<Output> => {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt(attempts)
    } catch (error) {
      if (!(error instanceof RemoteFailure)) throw error
      const failure = failureOfError(error)
      const delayMs = retryDelayMs(failure, attempts, random())
      if (delayMs === undefined) throw failure
      onRetry?.(failure, delayMs)
      await waitUntil(clock, clock.nowEpochMs() + delayMs, signal)
    }
  }
}

/** Milliseconds of a `Retry-After` header: seconds, or a date. */
export const retryAfterMs = (header: string | null, nowEpochMs: number): number | undefined => {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const dateMs = Date.parse(header)
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowEpochMs)
}
