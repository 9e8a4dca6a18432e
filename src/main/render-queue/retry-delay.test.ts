import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryDelayMs } from './retry-delay.ts'

test('delays double from a second to a minute, and keep at least half of themselves', () => {
  expect([1, 2, 3, 7, 20].map((attempts) => retryDelayMs(attempts, 0.999999))).toEqual([
    1000, 2000, 4000, 60_000, 60_000,
  ])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempts, random) => {
      const fullMs = Math.min(60_000, 1000 * 2 ** (attempts - 1))
      const delayMs = retryDelayMs(attempts, random)
      expect(delayMs).toBeGreaterThanOrEqual(fullMs / 2)
      expect(delayMs).toBeLessThanOrEqual(fullMs)
    }),
  )
})
