import type { Clock } from '../clock/index.ts'
import type { RemoteFailure } from './failure.ts'

/** Failures in a row that open it, and how long it stays open. */
const FAILURES = 5
const OPEN_MS = 30_000

/** Whether an endpoint is worth asking: after several failures in a row that are its own, for a while not. */
export interface Circuit {
  /** Milliseconds until it is closed; 0 where it is. */
  readonly openForMs: number
  succeeded(): void
  failed(failure: RemoteFailure): void
}

export const createCircuit = (clock: Clock): Circuit => {
  let inARow = 0
  let openUntilEpochMs = Number.NEGATIVE_INFINITY
  return {
    get openForMs() {
      return Math.max(0, openUntilEpochMs - clock.nowEpochMs())
    },
    succeeded() {
      inARow = 0
    },
    failed({ failureClass }) {
      const isDown = failureClass === 'unavailable' || failureClass === 'network'
      inARow = isDown ? inARow + 1 : 0
      if (inARow < FAILURES) return
      inARow = 0
      openUntilEpochMs = clock.nowEpochMs() + OPEN_MS
    },
  }
}
