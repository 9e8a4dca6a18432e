import { describe, expect, it } from 'vitest'
import { createSourceNoise } from './source-noise.ts'

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length
const variance = (values: Float32Array) => mean(values.map((value) => value ** 2)) - mean(values) ** 2

describe('the noise of the source', () => {
  it('is the same in every line of CosyVoice 3: torch.rand of seed 0', () => {
    const noise = createSourceNoise(true, 1234)(1000)
    expect(noise[0]).toBeCloseTo(0.49625659, 8)
    expect(noise[142]).toBeCloseTo(0.97470677, 8)
    expect(noise[999]).toBeCloseTo(0.40386343, 8)
  })

  it('is uniform and not centred in CosyVoice 3', () => {
    const noise = createSourceNoise(true, 0)(90_000)
    expect(noise.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(mean(noise)).toBeCloseTo(0.5, 2)
    expect(variance(noise)).toBeCloseTo(1 / 12, 2)
  })

  it('is normal in CosyVoice 2, and another one for another seed', () => {
    const noise = createSourceNoise(false, 9)(90_000)
    expect(mean(noise)).toBeCloseTo(0, 1)
    expect(Math.abs(variance(noise) - 1)).toBeLessThan(0.025)
    expect(Math.min(...noise)).toBeLessThan(-3)
    expect(createSourceNoise(false, 9)(90_000)).toEqual(noise)
    expect(createSourceNoise(false, 10)(90_000)).not.toEqual(noise)
  })

  it('goes on from call to call', () => {
    const next = createSourceNoise(true, 0)
    const parts = [...next(100), ...next(250)]
    expect(parts).toEqual([...createSourceNoise(true, 0)(350)])
  })
})
