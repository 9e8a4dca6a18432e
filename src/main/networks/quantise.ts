export type BlockQuantised = {
  /** [rows, blocks, blockSize · bits / 8], unsigned with the middle as zero, low nibble first. */
  readonly packed: Uint8Array<ArrayBuffer>
  /** [rows · blocks] */
  readonly scales: Float32Array<ArrayBuffer>
}

/** Blocks of one row that a scale serves, and bytes of one packed block. */
export const blockShape = (
  columns: number,
  blockSize: number,
  bits: 4 | 8,
): { blocks: number; blockBytes: number } => ({
  blocks: Math.ceil(columns / blockSize),
  blockBytes: (blockSize * bits) / 8,
})

/**
 * Shares of the largest weight that a block's scale may be made for. With 16 levels it pays to cut off the largest weight
 * when the others are then met more closely; with 256 it does not.
 */
const RANGES = { 4: [1, 0.95, 0.9, 0.85, 0.8, 0.75], 8: [1] } as const

/**
 * Rows of weights in blocks with one scale each, symmetric about zero, as `MatMulNBits` reads them without zero points.
 * The scale has the sign that lets the largest weight use the one value more that the negative side has, and of the ranges
 * tried the one with the smallest squared error.
 * @param weights [rows, columns]; the last block of a row is filled up with zeros
 * @source microsoft/onnxruntime docs/ContribOperators.md MatMulNBits
 */
export const quantiseBlocks = (
  weights: Float32Array,
  [rows, columns]: readonly [number, number],
  blockSize: number,
  bits: 4 | 8,
): BlockQuantised => {
  const { blocks, blockBytes } = blockShape(columns, blockSize, bits)
  const zero = 2 ** (bits - 1)
  const packed = new Uint8Array(rows * blocks * blockBytes).fill(bits === 8 ? zero : zero | (zero << 4))
  const scales = new Float32Array(rows * blocks)
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < blocks; block++) {
      const from = row * columns + block * blockSize
      const values = weights.subarray(from, from + Math.min(blockSize, columns - block * blockSize))
      const scale = bestScale(values, zero, RANGES[bits])
      scales[row * blocks + block] = scale
      if (scale === 0) continue
      const to = (row * blocks + block) * blockBytes
      for (let index = 0; index < values.length; index++) {
        const level = levelOf(values[index] ?? 0, scale, zero) + zero
        if (bits === 8) packed[to + index] = level
        else {
          const at = to + (index >> 1)
          const old = packed[at] ?? 0
          packed[at] = index % 2 === 0 ? (old & 0xf0) | level : (old & 0x0f) | (level << 4)
        }
      }
    }
  return { packed, scales }
}

/** The nearest of the levels −zero … zero − 1. */
const levelOf = (value: number, scale: number, zero: number): number => {
  const level = Math.round(value / scale)
  return level < -zero ? -zero : level >= zero ? zero - 1 : level
}

const bestScale = (values: Float32Array, zero: number, ranges: readonly number[]): number => {
  let largest = 0
  for (const value of values) if (Math.abs(value) > Math.abs(largest)) largest = value
  let best = Math.fround(largest / -zero)
  if (best === 0 || ranges.length === 1) return best
  let leastError = Number.POSITIVE_INFINITY
  for (const range of ranges) {
    const scale = Math.fround((range * largest) / -zero)
    let error = 0
    for (const value of values) error += (value - scale * levelOf(value, scale, zero)) ** 2
    if (error >= leastError) continue
    leastError = error
    best = scale
  }
  return best
}

export type ColumnQuantised = {
  /** [columns, rows]: turned, as a matrix product reads its right side. */
  readonly turned: Int8Array<ArrayBuffer>
  /** [rows], one for each output. */
  readonly scales: Float32Array<ArrayBuffer>
}

const INT8_MAX = 127

/** Rows of weights with one scale each, symmetric about zero. @param weights [rows, columns], one row for each output */
export const quantiseRows = (weights: Float32Array, [rows, columns]: readonly [number, number]): ColumnQuantised => {
  const turned = new Int8Array(rows * columns)
  const scales = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    let largest = 0
    for (let column = 0; column < columns; column++)
      largest = Math.max(largest, Math.abs(weights[row * columns + column] ?? 0))
    const scale = Math.fround(largest / INT8_MAX)
    scales[row] = scale
    if (scale === 0) continue
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = Math.round((weights[row * columns + column] ?? 0) / scale)
  }
  return { turned, scales }
}

/** IEEE half precision. */
export const toFloat16 = (data: Float32Array): Float16Array<ArrayBuffer> => new Float16Array(data)
