import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stretchMel } from './stretch-mel.ts'

describe('a stretched mel', () => {
  it('lies between the frames it came from, half-pixel centres, still at its ends', () => {
    const mel = Float32Array.of(0, 10, 20, 30, 1, 1, 5, 1)
    // Four frames at half speed: places -0.25, 0.25, 0.75 ... 3.25.
    expect([...stretchMel(mel, 4, 0.5)]).toEqual([
      ...[0, 2.5, 7.5, 12.5, 17.5, 22.5, 27.5, 30],
      ...[1, 1, 1, 2, 4, 4, 2, 1],
    ])
    // At twice the speed: places 0.5 and 2.5.
    expect([...stretchMel(mel, 4, 2)]).toEqual([5, 25, 1, 3])
  })

  it('has floor(frames / speed) frames, and is itself at speed 1', () => {
    const mel = Float32Array.from({ length: 80 * 7 }, (_, i) => Math.sin(i))
    expect(stretchMel(mel, 7, 1)).toEqual(mel)
    expect(stretchMel(mel, 7, 2)).toHaveLength(80 * 3)
    expect(stretchMel(mel, 7, 0.8)).toHaveLength(80 * 8)
  })

  it('keeps a straight line straight, and every value within its row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 60 }), fc.double({ min: 0.5, max: 2, noNaN: true }), (frames, speed) => {
        const mel = Float32Array.from({ length: 2 * frames }, (_, i) => (i < frames ? i : -1))
        const stretched = stretchMel(mel, frames, speed)
        const target = stretched.length / 2
        for (let i = 0; i < target; i++) {
          const place = Math.min(frames - 1, Math.max(0, ((i + 0.5) * frames) / target - 0.5))
          expect(stretched[i]).toBeCloseTo(place, 4)
          expect(stretched[target + i]).toBe(-1)
        }
      }),
    )
  })

  it('keeps at least one frame', () => {
    expect(() => stretchMel(new Float32Array(80), 1, 2)).toThrow('one frame')
    expect(() => stretchMel(new Float32Array(81), 2, 1)).toThrow('[bins, frames]')
    expect(() => stretchMel(new Float32Array(80), 1, -1)).toThrow('one frame')
  })
})
