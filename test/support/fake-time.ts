/** A clock that moves when it is told to, and timers that follow it. */
export type FakeTime = {
  nowEpochMs: number
  setTimer(run: () => void, delayMs: number): () => void
  /** Lets time pass; timers run at their moment, in order. */
  pass(ms: number): void
  /** Delays of the timers that are set, shortest first. */
  pendingMs(): number[]
}

export const fakeTime = (startEpochMs = 1_700_000_000_000): FakeTime => {
  const timers = new Set<{ atEpochMs: number; run: () => void }>()
  const inOrder = () => [...timers].sort((a, b) => a.atEpochMs - b.atEpochMs)
  const time: FakeTime = {
    nowEpochMs: startEpochMs,
    setTimer: (run, delayMs) => {
      const timer = { atEpochMs: time.nowEpochMs + delayMs, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass: (ms) => {
      const untilEpochMs = time.nowEpochMs + ms
      for (let [next] = inOrder(); next && next.atEpochMs <= untilEpochMs; [next] = inOrder()) {
        timers.delete(next)
        time.nowEpochMs = next.atEpochMs
        next.run()
      }
      time.nowEpochMs = untilEpochMs
    },
    pendingMs: () => inOrder().map(({ atEpochMs }) => atEpochMs - time.nowEpochMs),
  }
  return time
}
