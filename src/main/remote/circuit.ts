import type { Clock } from '../clock/index.ts'
import type { RemoteFailure } from './failure.ts'

/** Failures in a row that open it, and how long it stays open. */
const FAILURES = 5
const OPEN_MS = 30_000

/** Whether an endpoint is worth asking: after several failures in a row that are its own, for a while not. */
export interface Circuit {
  /** Milliseconds until it may be asked again; 0 where it may. */
  readonly openForMs: number
  /** Milliseconds since it opened, where nobody has succeeded since; undefined where it is there, as far as is known. */
  readonly downForMs: number | undefined
  succeeded(): void
  failed(failure: RemoteFailure): void
}

export const createCircuit = (clock: Clock): Circuit => {
  let inARow = 0
  let openUntilEpochMs = Number.NEGATIVE_INFINITY
  let downSinceEpochMs: number | undefined
  return {
    get openForMs() {
      return Math.max(0, openUntilEpochMs - clock.nowEpochMs())
    },
    get downForMs() {
      return downSinceEpochMs === undefined ? undefined : clock.nowEpochMs() - downSinceEpochMs
    },
    succeeded() {
      inARow = 0
      downSinceEpochMs = undefined
    },
    failed({ failureClass }) {
      // Silence says nothing new: what was down still is, and what was there may be slow.
      if (failureClass === 'timeout' && downSinceEpochMs === undefined) return
      const isDown = failureClass === 'unavailable' || failureClass === 'network' || failureClass === 'timeout'
      inARow = isDown ? inARow + 1 : 0
      // What answers at all is there.
      if (!isDown) downSinceEpochMs = undefined
      if (inARow < FAILURES && downSinceEpochMs === undefined) return
      inARow = 0
      downSinceEpochMs ??= clock.nowEpochMs()
      openUntilEpochMs = clock.nowEpochMs() + OPEN_MS
    },
  }
}
