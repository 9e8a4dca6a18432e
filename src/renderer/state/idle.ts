import type { WhenIdle } from './script-scan.ts'

const LONGEST_WAIT_MS = 500
const LEAST_BUDGET_MS = 4

export const whenIdle: WhenIdle = (work) => {
  const handle = requestIdleCallback((deadline) => work(Math.max(LEAST_BUDGET_MS, deadline.timeRemaining())), {
    timeout: LONGEST_WAIT_MS,
  })
  return () => cancelIdleCallback(handle)
}

/** Runs work right after the next paint, so that what a person typed shows first. */
export const afterPaint = (work: () => void): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(work)
  })
  return () => {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
  }
}
