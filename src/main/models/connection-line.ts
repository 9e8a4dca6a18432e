import { AppCancel } from '../../shared/kernel/index.ts'
import { type Clock, waitUntil } from '../clock/index.ts'

/** More than a few connections make nothing faster, and mirrors take offence. */
const MAX_CONNECTIONS = 4

/** Hands out connections, few at a time and in order. */
export type ConnectionLine = {
  /**
   * @param order the smallest that waits comes next; among equals, who came first
   * @throws AppCancel as soon as the signal says so
   */
  take(host: string, order: number, signal: AbortSignal): Promise<Disposable>
  /** Nobody is let through to a host before that moment: it has asked for rest. */
  holdBack(host: string, untilEpochMs: number): void
}

type Waiting = { order: number; letIn(): void }

export const createConnectionLine = (clock: Clock, connections = MAX_CONNECTIONS): ConnectionLine => {
  const restUntilEpochMs = new Map<string, number>()
  const waiting: Waiting[] = []
  let free = connections

  const leave = (): void => {
    free += 1
    const next = waiting.toSorted((a, b) => a.order - b.order).at(0)
    if (!next) return
    waiting.splice(waiting.indexOf(next), 1)
    free -= 1
    next.letIn()
  }

  const stand = (order: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const turnAway = (): void => {
        waiting.splice(waiting.indexOf(entry), 1)
        reject(new AppCancel())
      }
      const letIn = (): void => {
        signal.removeEventListener('abort', turnAway)
        resolve()
      }
      const entry: Waiting = { order, letIn }
      waiting.push(entry)
      signal.addEventListener('abort', turnAway, { once: true })
    })

  return {
    async take(host, order, signal) {
      while (true) {
        await waitUntil(clock, restUntilEpochMs.get(host) ?? 0, signal)
        if (signal.aborted) throw new AppCancel()
        if (free > 0) free -= 1
        else await stand(order, signal)
        // Somebody else may have been sent away while this one stood in line.
        if ((restUntilEpochMs.get(host) ?? 0) <= clock.nowEpochMs()) return { [Symbol.dispose]: leave }
        leave()
      }
    },
    holdBack(host, untilEpochMs) {
      restUntilEpochMs.set(host, Math.max(untilEpochMs, restUntilEpochMs.get(host) ?? 0))
    },
  }
}
