import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createPeakCollector,
  PEAK_FULL_SCALE,
  type Peaks,
  peakPairCount,
  peakRange,
  peaksFromBytes,
  peaksToBytes,
  reducePeaks,
  SAMPLES_PER_PEAK,
} from './peaks.ts'

const peaksOf = (samples: Float32Array, blockLength = samples.length): Peaks => {
  const collector = createPeakCollector()
  for (let start = 0; start < samples.length; start += blockLength)
    collector.push(samples.subarray(start, start + blockLength))
  return collector.finish()
}

const audio = fc
  .tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 0, max: 1_000_000 }))
  .map(([length, seed]) =>
    Float32Array.from({ length }, (_, index) => Math.sin(index * (seed % 977)) * ((seed % 7) / 6)),
  )

test('a sine of amplitude a half has peaks of half of full scale', () => {
  const sine = Float32Array.from({ length: 4 * SAMPLES_PER_PEAK }, (_, index) => 0.5 * Math.sin(index / 5))
  const peaks = peaksOf(sine)
  expect(peaks).toHaveLength(8)
  for (let pair = 0; pair < 4; pair++) {
    const { min, max } = peakRange(peaks, pair, pair + 1)
    expect(max / PEAK_FULL_SCALE).toBeCloseTo(0.5, 2)
    expect(min / PEAK_FULL_SCALE).toBeCloseTo(-0.5, 2)
  }
})

test('every sample lies within the pair that stands for it', () => {
  fc.assert(
    fc.property(audio, (samples) => {
      const peaks = peaksOf(samples)
      expect(peaks).toHaveLength(2 * peakPairCount(samples.length))
      samples.forEach((sample, index) => {
        const pair = Math.floor(index / SAMPLES_PER_PEAK)
        const { min, max } = peakRange(peaks, pair, pair + 1)
        if (sample * PEAK_FULL_SCALE < min || sample * PEAK_FULL_SCALE > max)
          throw new Error(`sample ${index} sticks out`)
      })
    }),
    { numRuns: 50 },
  )
})

test('how the samples are cut into blocks makes no difference', () => {
  fc.assert(
    fc.property(audio, fc.integer({ min: 1, max: 700 }), (samples, blockLength) => {
      expect(peaksOf(samples, blockLength)).toEqual(peaksOf(samples))
    }),
    { numRuns: 50 },
  )
})

test('reducing twice is reducing once by the product', () => {
  fc.assert(
    fc.property(audio, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (samples, first, second) => {
      const peaks = peaksOf(samples)
      expect(reducePeaks(reducePeaks(peaks, first), second)).toEqual(reducePeaks(peaks, first * second))
    }),
    { numRuns: 50 },
  )
})

test('sound beyond full scale is clipped, not wrapped', () => {
  expect([...peaksOf(Float32Array.of(3, -3))]).toEqual([-PEAK_FULL_SCALE, PEAK_FULL_SCALE])
})

test('bytes and back is the same peaks', () => {
  const peaks = peaksOf(Float32Array.of(0.25, -0.75))
  const bytes = peaksToBytes(peaks)
  expect([...bytes.subarray(2)]).toEqual([0x00, 0x20])
  expect(peaksFromBytes(bytes.buffer)).toEqual(peaks)
})

test('nothing has no peaks', () => {
  expect(peaksOf(new Float32Array(0))).toHaveLength(0)
  expect(peakRange(new Int16Array(0), 0, 4)).toEqual({ min: 0, max: 0 })
})
