import type { Clock } from '../clock/index.ts'
import { RemoteFailure } from './failure.ts'

/** Failures in a row that open it, and how long it stays open. */
const FAILURES = 5
const OPEN_MS = 30_000

/** Stops asking an endpoint that does not answer, for a while. */
export interface Circuit {
  readonly isOpen: boolean
  /** @throws RemoteFailure `unavailable`, with the time to wait, while it is open; what the request throws */
  through<Output>(request: () => Promise<Output>): Promise<Output>
}

export const createCircuit = (clock: Clock): Circuit => {
  let inARow = 0
  let openUntilEpochMs = Number.NEGATIVE_INFINITY
  const isOpen = (): boolean => clock.nowEpochMs() < openUntilEpochMs
  return {
    get isOpen() {
      return isOpen()
    },
    async through(request) {
      if (isOpen())
        throw new RemoteFailure('unavailable', {
          reason: 'it did not answer several times in a row',
          retryAfterMs: openUntilEpochMs - clock.nowEpochMs(),
        })
      try {
        const output = await request()
        inARow = 0
        return output
      } catch (error) {
        const isDown =
          error instanceof RemoteFailure && (error.failureClass === 'unavailable' || error.failureClass === 'network')
        inARow = isDown ? inARow + 1 : 0
        if (inARow >= FAILURES) {
          inARow = 0
          openUntilEpochMs = clock.nowEpochMs() + OPEN_MS
        }
        throw error
      }
    },
  }
}
