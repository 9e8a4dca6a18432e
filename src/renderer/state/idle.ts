import type { WhenIdle } from './script-scan.ts'

const LONGEST_WAIT_MS = 500
const LEAST_BUDGET_MS = 4

export const whenIdle: WhenIdle = (work) => {
  const handle = requestIdleCallback((deadline) => work(Math.max(LEAST_BUDGET_MS, deadline.timeRemaining())), {
    timeout: LONGEST_WAIT_MS,
  })
  return () => cancelIdleCallback(handle)
}

/** A window that is not shown paints no frames; work goes on all the same. */
const LONGEST_FRAME_MS = 250

/** Runs work right after the next paint, so that what a person typed shows first. */
export const afterPaint = (work: () => void): (() => void) => {
  let timer = setTimeout(() => {
    cancelAnimationFrame(frame)
    work()
  }, LONGEST_FRAME_MS)
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer)
    timer = setTimeout(work)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}
