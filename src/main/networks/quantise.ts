/** Rounds half away from nothing: to even, as hardware does, would differ only on exact halves. */
const clamp = (value: number, low: number, high: number): number => (value < low ? low : value > high ? high : value)

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
 * Rows of weights in blocks with one scale each, symmetric about zero, as `MatMulNBits` reads them without zero points.
 * The scale has the sign that lets the largest weight use the one value more that the negative side has.
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
      const count = Math.min(blockSize, columns - block * blockSize)
      let largest = 0
      for (let index = 0; index < count; index++) {
        const value = weights[from + index] ?? 0
        if (Math.abs(value) > Math.abs(largest)) largest = value
      }
      const scale = Math.fround(largest / -zero)
      scales[row * blocks + block] = scale
      if (scale === 0) continue
      const to = (row * blocks + block) * blockBytes
      for (let index = 0; index < count; index++) {
        const level = clamp(Math.round((weights[from + index] ?? 0) / scale) + zero, 0, 2 * zero - 1)
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
