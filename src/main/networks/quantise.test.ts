import { describe, expect, test } from 'vitest'
import { someNumbers } from '../../../test/support/run-graph.ts'
import { type BlockQuantised, blockShape, quantiseBlocks, quantiseRows, toFloat16 } from './quantise.ts'

type Shape = readonly [rows: number, columns: number]
type Bits = 4 | 8

/** The level of each weight, from −2^(bits − 1) on, as the format of `MatMulNBits` says: low nibble first. */
const levelsOf = ({ packed }: BlockQuantised, [rows, columns]: Shape, blockSize: number, bits: Bits): Int32Array => {
  const { blocks, blockBytes } = blockShape(columns, blockSize, bits)
  return Int32Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns]
    const inBlock = column % blockSize
    const at = (row * blocks + Math.floor(column / blockSize)) * blockBytes
    const level =
      bits === 8
        ? (packed[at + inBlock] ?? Number.NaN)
        : ((packed[at + (inBlock >> 1)] ?? Number.NaN) >> (inBlock % 2 === 0 ? 0 : 4)) & 15
    return level - 2 ** (bits - 1)
  })
}
const scaleAt = ({ scales }: BlockQuantised, [, columns]: Shape, blockSize: number, place: number): number => {
  const [row, column] = [Math.floor(place / columns), place % columns]
  return scales[row * Math.ceil(columns / blockSize) + Math.floor(column / blockSize)] ?? Number.NaN
}

/** Sums of a few even numbers, so that small values are more frequent than large ones, as in a network. */
const weightsOf = (count: number): Float32Array<ArrayBuffer> => {
  const parts = [1, 2, 3, 4].map((seed) => someNumbers(count, seed))
  return Float32Array.from({ length: count }, (_, index) =>
    parts.reduce((sum, part) => sum + (part[index] ?? 0) / 40, 0),
  )
}

const SHAPES: [Shape, number][] = [
  [[5, 128], 32],
  [[7, 100], 16],
  [[3, 257], 128],
  [[1, 1], 16],
  [[4, 17], 16],
]

describe.each([8, 4] as const)('blocks of %i bits', (bits) => {
  const zero = 2 ** (bits - 1)

  test.each(SHAPES)('of %o by %i hold each weight at its nearest level', (shape, blockSize) => {
    const weights = weightsOf(shape[0] * shape[1])
    const quantised = quantiseBlocks(weights, shape, blockSize, bits)
    const levels = levelsOf(quantised, shape, blockSize, bits)
    for (const [place, weight] of weights.entries()) {
      const scale = scaleAt(quantised, shape, blockSize, place)
      const error = Math.abs(weight - scale * (levels[place] ?? Number.NaN))
      let least = Number.POSITIVE_INFINITY
      for (let level = -zero; level < zero; level++) least = Math.min(least, Math.abs(weight - scale * level))
      expect(error).toBeLessThanOrEqual(least * (1 + 1e-6))
    }
  })

  test('fit numbers between the levels to half a level, wherever the levels reach', () => {
    const shape: Shape = [64, 256]
    const weights = weightsOf(64 * 256)
    const quantised = quantiseBlocks(weights, shape, 32, bits)
    const levels = levelsOf(quantised, shape, 32, bits)
    let [difference, size] = [0, 0]
    for (const [place, weight] of weights.entries()) {
      const scale = scaleAt(quantised, shape, 32, place)
      const error = Math.abs(weight - scale * (levels[place] ?? Number.NaN))
      const isInReach = weight / scale >= -zero && weight / scale <= zero - 1
      if (isInReach) expect(error).toBeLessThanOrEqual((Math.abs(scale) / 2) * (1 + 1e-6))
      difference += error ** 2
      size += weight ** 2
    }
    // Errors of weights: a half and nine hundredths. @source cosyvoice-local perf.md 3
    expect(Math.sqrt(difference / size)).toBeLessThan(bits === 8 ? 0.006 : 0.09)
    expect(Math.sqrt(difference / size)).toBeGreaterThan(bits === 8 ? 0.001 : 0.03)
  })

  test('hold multiples of one step exactly, from the lowest level to the highest', () => {
    const step = 2 ** -9
    const all = Float32Array.from({ length: 2 * zero }, (_, index) => (index - zero) * step)
    const shape: Shape = [1, 2 * zero]
    const quantised = quantiseBlocks(all, shape, 2 * zero, bits)
    expect([...quantised.scales]).toEqual([step])
    expect([...levelsOf(quantised, shape, 2 * zero, bits)]).toEqual([...all].map((value) => value / step))
  })

  test('give the largest weight the lowest level, and the scale its opposite sign', () => {
    for (const sign of [1, -1]) {
      const weights = Float32Array.from({ length: 16 }, (_, index) => (sign * (index === 5 ? zero : 1)) / 64)
      const quantised = quantiseBlocks(weights, [1, 16], 16, bits)
      expect([...quantised.scales]).toEqual([-sign / 64])
      const expected = Array.from({ length: 16 }, (_, index) => (index === 5 ? -zero : -1))
      expect([...levelsOf(quantised, [1, 16], 16, bits)]).toEqual(expected)
    }
  })

  test('fill what lies behind a row with the level of zero, and keep it out of the scale', () => {
    const columns = 16 + 3
    const weights = Float32Array.from({ length: 2 * columns }, (_, place) => (place % columns < 16 ? zero : -zero / 2))
    const quantised = quantiseBlocks(weights, [2, columns], 16, bits)
    expect([...quantised.scales]).toEqual([-1, 0.5, -1, 0.5])
    const { blockBytes, blocks } = blockShape(columns, 16, bits)
    expect({ blocks, blockBytes }).toEqual({ blocks: 2, blockBytes: 2 * bits })
    const last = quantised.packed.subarray(3 * blockBytes)
    expect([...last]).toEqual(
      bits === 8 ? [0, 0, 0, ...Array<number>(13).fill(128)] : [0x00, 0x80, ...Array<number>(6).fill(0x88)],
    )
  })

  test('of zeros are zero, and so are weights too small for a scale', () => {
    for (const small of [0, -0, 1e-45]) {
      const { packed, scales } = quantiseBlocks(new Float32Array(32).fill(small), [2, 16], 16, bits)
      expect([...scales].map((scale) => scale + 0)).toEqual([0, 0])
      expect(packed.every((byte) => byte === (bits === 8 ? 0x80 : 0x88))).toBe(true)
    }
  })
})

test('blocks of 4 bits take the scale with the smallest error of those between three quarters and all of the largest weight', () => {
  const shape: Shape = [100, 32]
  const weights = weightsOf(3200)
  const { scales } = quantiseBlocks(weights, shape, 32, 4)
  let cut = 0
  for (let row = 0; row < 100; row++) {
    const values = weights.subarray(row * 32, (row + 1) * 32)
    const largest = values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
    const errorOf = (scale: number): number =>
      values.reduce((sum, value) => {
        const errors = Array.from({ length: 16 }, (_, level) => Math.abs(value - scale * (level - 8)))
        return sum + Math.min(...errors) ** 2
      }, 0)
    const share = ((scales[row] ?? 0) * -8) / largest
    expect(share).toBeGreaterThanOrEqual(0.75 - 1e-6)
    expect(share).toBeLessThanOrEqual(1 + 1e-6)
    const found = errorOf(scales[row] ?? 0)
    for (const range of [0.75, 0.8, 0.85, 0.9, 0.95, 1])
      expect(found).toBeLessThanOrEqual(errorOf((range * largest) / -8) * (1 + 1e-5))
    if (share < 0.99) cut++
  }
  expect(cut).toBeGreaterThan(10)
})

describe('rows of 8 bits', () => {
  test('are turned, with one scale for each output, and off by half a level at most', () => {
    const [rows, columns] = [5, 33]
    const weights = weightsOf(rows * columns)
    const { turned, scales } = quantiseRows(weights, [rows, columns])
    for (let row = 0; row < rows; row++) {
      const values = weights.subarray(row * columns, (row + 1) * columns)
      const largest = Math.max(...values.map(Math.abs))
      expect(scales[row]).toBe(Math.fround(largest / 127))
      for (const [column, value] of values.entries()) {
        const back = (scales[row] ?? 0) * (turned[column * rows + row] ?? Number.NaN)
        expect(Math.abs(back - value)).toBeLessThanOrEqual((largest / 127 / 2) * (1 + 1e-6))
      }
    }
  })

  test('hold multiples of one step exactly, both signs alike', () => {
    const weights = Float32Array.from({ length: 255 }, (_, index) => (index - 127) / 32)
    const { turned, scales } = quantiseRows(weights, [1, 255])
    expect([...scales]).toEqual([1 / 32])
    expect([...turned]).toEqual([...weights].map((value) => value * 32))
  })

  test('of zeros are zero and leave the others alone', () => {
    const { turned, scales } = quantiseRows(Float32Array.of(0, 0, 254, -127), [2, 2])
    expect([...scales]).toEqual([0, 2])
    expect([...turned]).toEqual([0, 127, 0, -63])
  })
})

test('half precision rounds to the nearest of its numbers, and beyond the largest is infinite', () => {
  const halves = toFloat16(Float32Array.of(1, 1 + 2 ** -12, 1 + 2 ** -10, 65504, 65520, -1e-9))
  expect([...halves]).toEqual([1, 1, 1 + 2 ** -10, 65504, Number.POSITIVE_INFINITY, -0])
})
