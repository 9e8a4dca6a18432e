import { type Clock, waitUntil } from '../clock/index.ts'

/** Lets so many through a second; the rest wait in their order. */
export interface RateGate {
  /** Waits for its turn. @throws AppCancel */
  pass(signal: AbortSignal): Promise<void>
}

/** A token bucket. @param burst that may pass at once after a rest */
export const createRateGate = ({ perSecond, burst }: { perSecond: number; burst: number }, clock: Clock): RateGate => {
  /** When the bucket would be empty of waiting: tokens are borrowed from the future. */
  let fullAtEpochMs = Number.NEGATIVE_INFINITY
  const stepMs = 1000 / perSecond
  return {
    async pass(signal) {
      const nowEpochMs = clock.nowEpochMs()
      fullAtEpochMs = Math.max(fullAtEpochMs, nowEpochMs) + stepMs
      const mayPassAtEpochMs = fullAtEpochMs - burst * stepMs
      if (mayPassAtEpochMs > nowEpochMs) await waitUntil(clock, mayPassAtEpochMs, signal)
    },
  }
}

/** Of requests: a second's worth may pass at once. */
export const createRequestGate = (requestsPerSecond: number, clock: Clock): RateGate =>
  createRateGate({ perSecond: requestsPerSecond, burst: Math.max(1, Math.floor(requestsPerSecond)) }, clock)
