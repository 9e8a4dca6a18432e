import type { Clock } from '../../clock/index.ts'
import { type OwnReason, ownReason, RemoteFailure, type SocketMessage, type WireSocket } from '../../remote/index.ts'
import { closeFailure } from './failures.ts'

/** @source Alibaba Cloud Model Studio, CosyVoice best practices (timeouts) */
export const PATIENCE = { connectMs: 10_000, startMs: 10_000, firstSoundMs: 20_000, idleMs: 30_000, totalMs: 600_000 }

/** What of a task is not over yet. */
type Waiting = { readonly late: OwnReason; readonly atEpochMs: number }

const seconds = (ms: number): { readonly seconds: number } => ({ seconds: ms / 1000 })

/** Tells what is waited for, and until when. Time in which nobody asks for the next event does not count. */
export const createDeadlines = (clock: Clock) => {
  let totalAtEpochMs = clock.nowEpochMs() + PATIENCE.totalMs
  let first: Waiting | undefined = {
    late: ownReason('no-answer', seconds(PATIENCE.startMs)),
    atEpochMs: clock.nowEpochMs() + PATIENCE.startMs,
  }
  let sentAtEpochMs = Number.NEGATIVE_INFINITY
  let hasSound = false
  return {
    started(): void {
      first = undefined
    },
    sent(): void {
      sentAtEpochMs = clock.nowEpochMs()
    },
    allSent(): void {
      if (hasSound) return
      first = {
        late: ownReason('no-first-sound', seconds(PATIENCE.firstSoundMs)),
        atEpochMs: clock.nowEpochMs() + PATIENCE.firstSoundMs,
      }
    },
    heardSound(): void {
      hasSound = true
      first = undefined
    },
    held(ms: number): void {
      totalAtEpochMs += ms
    },
    next(sinceEpochMs: number): Waiting {
      const idle = {
        late: ownReason('silent', seconds(PATIENCE.idleMs)),
        atEpochMs: Math.max(sinceEpochMs, sentAtEpochMs) + PATIENCE.idleMs,
      }
      const total = { late: ownReason('took-longer', seconds(PATIENCE.totalMs)), atEpochMs: totalAtEpochMs }
      return [idle, total, ...(first ? [first] : [])].reduce((soonest, one) =>
        one.atEpochMs < soonest.atEpochMs ? one : soonest,
      )
    },
  }
}
export type Deadlines = ReturnType<typeof createDeadlines>

/**
 * The next frame.
 * @throws RemoteFailure `timeout`; of the close where there is none; AppCancel
 */
export const receive = async (
  socket: WireSocket,
  deadlines: Deadlines,
  clock: Clock,
  signal: AbortSignal,
): Promise<SocketMessage> => {
  const sinceEpochMs = clock.nowEpochMs()
  for (;;) {
    const { atEpochMs } = deadlines.next(sinceEpochMs)
    try {
      // Never longer than the shortest time that sending may set while this waits.
      const idleMs = Math.min(Math.max(1, atEpochMs - clock.nowEpochMs()), PATIENCE.firstSoundMs)
      for await (const message of socket.messages({ idleMs }, signal)) return message
    } catch (error) {
      if (!(error instanceof RemoteFailure) || error.failureClass !== 'timeout') throw error
      const due = deadlines.next(sinceEpochMs)
      if (clock.nowEpochMs() < due.atEpochMs) continue
      throw new RemoteFailure('timeout', due.late)
    }
    throw closeFailure(socket.close)
  }
}
