import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMerges, mergePairs } from './byte-pairs.ts'

type Pair = { left: number; right: number; merged: number }

/** One pair at a time, the whole piece anew: slow, and plainly what is meant. */
const mergedSlowly = (tokens: readonly number[], pairs: readonly Pair[]): number[] => {
  const result = [...tokens]
  for (;;) {
    let best: { rank: number; place: number } | undefined
    for (let place = 0; place + 1 < result.length; place++) {
      const rank = pairs.findLastIndex(({ left, right }) => left === result[place] && right === result[place + 1])
      if (rank >= 0 && (best === undefined || rank < best.rank)) best = { rank, place }
    }
    if (best === undefined) return result
    result.splice(best.place, 2, pairs[best.rank]?.merged ?? -1)
  }
}

describe('byte pairs', () => {
  it('merge as they do one at a time, whatever the pairs', () => {
    const token = fc.integer({ min: 0, max: 5 })
    const pair = fc.record({ left: token, right: token, merged: token })
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 12, size: 'max' }),
        fc.array(token, { maxLength: 40, size: 'max' }),
        (pairs, tokens) => {
          const merges = createMerges(pairs.length)
          for (const { left, right, merged } of pairs) merges.add(left, right, merged)
          expect(mergePairs(tokens, merges)).toEqual(mergedSlowly(tokens, pairs))
        },
      ),
      { numRuns: 2000 },
    )
  })
})
