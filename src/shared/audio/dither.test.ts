import { describe, expect, it } from 'vitest'
import { ditherToInt16, seededRandom } from './index.ts'

const dither = (pcm: Float32Array, seed = 1) => {
  const target = new Int16Array(pcm.length)
  ditherToInt16(pcm, seededRandom(seed), target)
  return target
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('dither to 16 bits', () => {
  it('keeps on average what lies between two steps', () => {
    for (const steps of [0.1, 0.25, 0.5, -0.3, 100.7]) {
      const result = dither(new Float32Array(200_000).fill(steps / 32768))
      expect(mean([...result])).toBeCloseTo(steps, 1)
      expect(Math.abs(mean([...result]) - steps)).toBeLessThan(0.01)
    }
  })

  it('makes an error whose power does not depend on the signal: a quarter of a step squared', () => {
    for (const steps of [0.05, 0.5, 7.25]) {
      const exact = Math.fround(steps / 32768) * 32768
      const squares = [...dither(new Float32Array(200_000).fill(exact / 32768))].map((value) => (value - exact) ** 2)
      expect(mean(squares)).toBeCloseTo(0.25, 2)
    }
  })

  it('leaves silence silent', () => {
    expect(dither(new Float32Array(1000)).every((value) => value === 0)).toBe(true)
  })

  it('saturates beyond full scale instead of wrapping', () => {
    expect([...dither(new Float32Array([2, -2, 1.5, -1.5]))]).toEqual([32767, -32768, 32767, -32768])
  })

  it('repeats itself for the same seed only', () => {
    const pcm = new Float32Array(100).fill(0.3)
    expect(dither(pcm, 5)).toEqual(dither(pcm, 5))
    expect(dither(pcm, 5)).not.toEqual(dither(pcm, 6))
  })
})
