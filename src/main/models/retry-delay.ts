const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000

/**
 * How long to wait before a mirror is asked again: doubling, and spread over half of itself, so that connections that broke
 * together do not come back together.
 * @param failures how often it failed in a row, at least 1
 * @param random uniform in [0, 1)
 */
export const retryDelayMs = (failures: number, random: number): number => {
  const fullMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1))
  return Math.round(fullMs * (0.5 + random / 2))
}

/** A mirror that asks for more is as good as away. */
export const MAX_RETRY_AFTER_MS = 10 * 60_000

/**
 * @param header `Retry-After`: seconds, or a date
 * @returns undefined where it says neither
 * @source RFC 9110 10.2.3
 */
export const retryAfterMs = (header: string | null, nowEpochMs: number): number | undefined => {
  if (header === null) return undefined
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000
  const atEpochMs = Date.parse(header)
  return Number.isNaN(atEpochMs) ? undefined : Math.max(0, atEpochMs - nowEpochMs)
}
