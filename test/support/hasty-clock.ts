import type { Clock } from '../../src/main/clock/index.ts'
import { STALL_MS } from '../../src/main/models/fetch-from.ts'

/** A clock that lets nobody wait, and watches of connections that end when they are told to. */
export type HastyClock = Clock & {
  /** How long was waited for, each time. */
  readonly waitsMs: number[]
  /** Lets the time of every connection on its way run out. @returns how many there were */
  runOut(): number
}

export const hastyClock = (startEpochMs = 1_700_000_000_000): HastyClock => {
  const watches = new Set<() => void>()
  const waitsMs: number[] = []
  let nowEpochMs = startEpochMs
  return {
    waitsMs,
    nowEpochMs: () => nowEpochMs,
    setTimer: (run, delayMs) => {
      if (delayMs === STALL_MS) {
        watches.add(run)
        return () => watches.delete(run)
      }
      waitsMs.push(delayMs)
      const soon = setImmediate(() => {
        nowEpochMs += delayMs
        run()
      })
      return () => clearImmediate(soon)
    },
    runOut: () => {
      const due = [...watches]
      watches.clear()
      for (const run of due) run()
      return due.length
    },
  }
}
