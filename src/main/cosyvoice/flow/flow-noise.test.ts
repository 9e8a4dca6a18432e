import { describe, expect, it } from 'vitest'
import { FLOW_NOISE_BINS, flowNoise, MAX_FLOW_FRAMES, sliceFlowNoise } from './flow-noise.ts'

describe('the noise of the flow', () => {
  it.each([
    [0, -1.12583983],
    [171_428, 0.34328812],
    [342_856, -0.56200063],
    [514_285, 0.51024365],
    [685_713, -1.21087825],
    [857_142, -0.3383989],
    [1_028_570, -0.41550776],
    [1_199_999, -0.08329441],
  ])('is what torch draws, at place %i', (place, expected) => {
    // Printed with eight digits; between 1 and 2 float32 itself steps by 1.2e-7.
    expect(Math.abs((flowNoise()[place] ?? Number.NaN) - expected)).toBeLessThan(1e-8)
  })

  it('has the sum and the peak of what torch draws', () => {
    const noise = flowNoise()
    expect(noise).toHaveLength(FLOW_NOISE_BINS * MAX_FLOW_FRAMES)
    // An angle in double precision instead of float32 moves the sum by 0.02.
    expect(Math.abs(noise.reduce((sum, value) => sum + value, 0) - -1291.201394)).toBeLessThan(1e-3)
    expect(noise.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0)).toBeCloseTo(4.7611647, 6)
  })

  it('is cut row by row, so that a frame keeps its noise whatever follows it', () => {
    const short = sliceFlowNoise(7)
    const long = sliceFlowNoise(1000)
    expect(short).toHaveLength(FLOW_NOISE_BINS * 7)
    for (let bin = 0; bin < FLOW_NOISE_BINS; bin++)
      for (let frame = 0; frame < 7; frame++) {
        expect(short[bin * 7 + frame]).toBe(flowNoise()[bin * MAX_FLOW_FRAMES + frame])
        expect(long[bin * 1000 + frame]).toBe(short[bin * 7 + frame])
      }
  })

  it('is that of each frame, whichever comes first', () => {
    const [all, last] = [sliceFlowNoise(9), sliceFlowNoise(9, 4)]
    expect(last).toHaveLength(FLOW_NOISE_BINS * 5)
    for (let bin = 0; bin < FLOW_NOISE_BINS; bin++)
      expect(last.subarray(bin * 5, (bin + 1) * 5)).toEqual(all.subarray(bin * 9 + 4, (bin + 1) * 9))
  })

  it('stays as it is when a slice is written to', () => {
    const slice = sliceFlowNoise(MAX_FLOW_FRAMES)
    const before = flowNoise()[5]
    slice.fill(0)
    expect(flowNoise()[5]).toBe(before)
  })

  it('has no more than 300 seconds', () => {
    expect(() => sliceFlowNoise(MAX_FLOW_FRAMES + 1)).toThrow('15000')
  })
})
