/** A line is started so often before it counts as failed. */
export const MAX_ATTEMPTS = 3

const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 60_000

/**
 * How long to wait before the next attempt: doubling, and spread over half of itself, so that lines that failed together
 * do not come back together.
 * @param attempts how often the line was started, at least 1
 * @param random uniform in [0, 1)
 */
export const retryDelayMs = (attempts: number, random: number): number => {
  const fullMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1))
  return Math.round(fullMs * (0.5 + random / 2))
}
