import type { Clock } from '../clock/index.ts'
import type { InstallProgress } from './install-model.ts'

/** Often enough for a bar that moves smoothly. */
const INTERVAL_MS = 100

type CoalescedProgress = Disposable & {
  report(progress: InstallProgress): void
}

/**
 * A download tells of every piece; this lets the first and the last of each stage and part pass, and of the rest a few a
 * second. Nothing is held back for longer than that, also where nothing follows. Disposing sends what is left.
 */
export const coalesceProgress = (send: (progress: InstallProgress) => void, clock: Clock): CoalescedProgress => {
  let last: InstallProgress | undefined
  let sentAtEpochMs = Number.NEGATIVE_INFINITY
  let stopTimer: (() => void) | undefined
  let isHeldBack = false
  const flush = (): void => {
    stopTimer?.()
    stopTimer = undefined
    if (!isHeldBack || !last) return
    isHeldBack = false
    sentAtEpochMs = clock.nowEpochMs()
    send(last)
  }
  return {
    report: (progress) => {
      const isNew = last?.stage !== progress.stage || last.part !== progress.part
      if (isNew) flush()
      last = progress
      isHeldBack = true
      const delayMs = isNew ? 0 : sentAtEpochMs + INTERVAL_MS - clock.nowEpochMs()
      if (delayMs <= 0) flush()
      else stopTimer ??= clock.setTimer(flush, delayMs)
    },
    [Symbol.dispose]: flush,
  }
}
