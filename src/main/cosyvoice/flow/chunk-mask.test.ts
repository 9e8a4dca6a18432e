import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkMask } from './chunk-mask.ts'

describe('the mask of chunks', () => {
  it('forbids what lies behind the end of a chunk, and nothing else', () => {
    const o = 0
    const x = -10_000
    expect([...chunkMask(5, 2)]).toEqual([o, o, x, x, x, o, o, x, x, x, o, o, o, o, x, o, o, o, o, x, o, o, o, o, o])
  })

  it('forbids nothing without chunks, or in a line of one chunk', () => {
    expect(chunkMask(7, undefined)).toEqual(new Float32Array(49))
    expect(chunkMask(50, 50)).toEqual(new Float32Array(2500))
    expect(chunkMask(0, 50)).toHaveLength(0)
  })

  it('of the last frames alone is the last rows of it', () => {
    for (const chunkFrames of [2, undefined])
      for (const from of [0, 3, 4, 7])
        expect(chunkMask(7, chunkFrames, from)).toEqual(chunkMask(7, chunkFrames).subarray(7 * from))
  })

  it('never changes for frames already there when the line grows by whole chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (chunkFrames, chunks) => {
        const frames = chunks * chunkFrames
        const grown = frames + chunkFrames
        const [before, after] = [chunkMask(frames, chunkFrames), chunkMask(grown, chunkFrames)]
        for (let frame = 0; frame < frames; frame++) {
          expect(after.subarray(frame * grown, frame * grown + frames)).toEqual(
            before.subarray(frame * frames, (frame + 1) * frames),
          )
          // What is new is out of sight.
          expect(Math.max(...after.subarray(frame * grown + frames, (frame + 1) * grown))).toBe(-10_000)
        }
      }),
    )
  })

  it('leaves a forbidden frame no weight at all, however high its score', () => {
    const bias = chunkMask(2, 1)
    const weights = Float32Array.of(-1000 + (bias[0] ?? 0), 1000 + (bias[1] ?? 0)).map((score) =>
      Math.exp(score + 1000),
    )
    expect([...weights]).toEqual([1, 0])
  })
})
