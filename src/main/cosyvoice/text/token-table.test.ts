import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenTable } from './token-table.ts'

/** Few different bytes and short tokens, so that many share a hash slot and begin alike. */
const token = fc.uint8Array({ min: 0, max: 2, minLength: 1, maxLength: 5 })
const nameOf = (bytes: Uint8Array): string => bytes.join(' ')
const whole = (bytes: Uint8Array) => ({ from: 0, to: bytes.length })

describe('a table of tokens', () => {
  it('finds what was added and nothing else, as a map would', () => {
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 60, size: 'max' }),
        fc.array(token, { maxLength: 30 }),
        (added, asked) => {
          const sizeBytes = added.reduce((sum, bytes) => sum + bytes.length, 0)
          const table = createTokenTable(added.length, sizeBytes)
          const map = new Map<string, number>()
          for (const [index, bytes] of added.entries()) {
            const id = 7 * index
            // From the middle of other bytes.
            const isNew = table.add(Uint8Array.of(9, ...bytes, 9), { from: 1, to: 1 + bytes.length }, id)
            expect(isNew).toBe(!map.has(nameOf(bytes)))
            if (isNew) map.set(nameOf(bytes), id)
            expect(table.size).toBe(map.size)
          }
          for (const bytes of [...added, ...asked]) {
            const id = map.get(nameOf(bytes)) ?? -1
            expect(table.find(bytes, whole(bytes))).toBe(id)
            for (let cut = 0; cut <= bytes.length; cut++) {
              const parts = Uint8Array.of(...bytes.subarray(cut), 5, ...bytes.subarray(0, cut))
              const first = { from: bytes.length - cut + 1, to: parts.length }
              expect(table.find(parts, first, { from: 0, to: bytes.length - cut })).toBe(id)
            }
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is filled to its capacity, and searched in a moment', () => {
    const count = 20_000
    const tokens = Array.from({ length: count }, (_, index) => Uint8Array.of(index & 255, index >> 8, 1))
    const table = createTokenTable(count, 3 * count)
    const startMs = performance.now()
    for (const [id, bytes] of tokens.entries()) expect(table.add(bytes, whole(bytes), id)).toBe(true)
    expect(tokens.every((bytes, id) => table.find(bytes, whole(bytes)) === id)).toBe(true)
    // Without a hash each search passes all tokens: 400 million comparisons.
    expect(performance.now() - startMs).toBeLessThan(2500)
  })

  it('holds no token where it is empty', () => {
    const bytes = Uint8Array.of(1)
    expect(createTokenTable(0, 0).find(bytes, whole(bytes))).toBe(-1)
  })
})
