import type { Clock } from '../../src/main/clock/index.ts'

/** A clock whose timers ring at once, as if their time had passed; it says for how long was waited. */
export type LeapingClock = Clock & { readonly waitedMs: number[] }

export const leapingClock = (startEpochMs = 1_700_000_000_000): LeapingClock => {
  let nowEpochMs = startEpochMs
  const waitedMs: number[] = []
  return {
    waitedMs,
    nowEpochMs: () => nowEpochMs,
    setTimer: (run, delayMs) => {
      const soon = setImmediate(() => {
        nowEpochMs += delayMs
        waitedMs.push(delayMs)
        run()
      })
      return () => clearImmediate(soon)
    },
  }
}
