import { AppCancel } from '../../shared/kernel/index.ts'

export type Clock = {
  nowEpochMs(): number
  /** Runs something later. @returns a function that prevents it */
  setTimer(run: () => void, delayMs: number): () => void
}

export const systemClock: Clock = {
  nowEpochMs: Date.now,
  setTimer: (run, delayMs) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** @throws AppCancel as soon as the signal says so */
export const waitUntil = async (clock: Clock, untilEpochMs: number, signal: AbortSignal): Promise<void> => {
  const delayMs = untilEpochMs - clock.nowEpochMs()
  if (delayMs <= 0) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      stopTimer()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stopTimer = clock.setTimer(done, delayMs)
    if (signal.aborted) done()
    else signal.addEventListener('abort', done)
  })
  if (signal.aborted) throw new AppCancel()
}

/** What is waited for goes on without whoever waits no more. @throws AppCancel as soon as the signal says so; what it rejects with */
export const orCancelled = async <Output>(waiting: Promise<Output>, signal: AbortSignal): Promise<Output> => {
  let cancel = (): void => undefined
  const cancelled = new Promise<never>((_, reject) => {
    cancel = () => reject(new AppCancel())
    if (signal.aborted) cancel()
    else signal.addEventListener('abort', cancel)
  })
  try {
    return await Promise.race([waiting, cancelled])
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}
