import { AppError } from '../../shared/kernel/index.ts'
import type { Fetch } from './ask-for-range.ts'

/** A way to the network that can be closed while something is on it. */
export interface ShutOff {
  /** @returns the same, through here: AppError `model.offline` while it is closed, also in the middle of an answer */
  guard(fetch: Fetch): Fetch
  /** Closes it, or opens it again. */
  set(isOffline: boolean): void
}

const offline = (): AppError => new AppError('model.offline', { remedies: ['open-engines'] })

export const createShutOff = (): ShutOff => {
  let closing = new AbortController()
  return {
    guard: (fetch) => async (url, init) => {
      const { signal } = closing
      if (signal.aborted) throw offline()
      return fetch(url, { ...init, signal: init.signal ? AbortSignal.any([signal, init.signal]) : signal })
    },
    set(isOffline) {
      // Whoever reads an answer is told the reason of the abort.
      if (isOffline) closing.abort(offline())
      else if (closing.signal.aborted) closing = new AbortController()
    },
  }
}
