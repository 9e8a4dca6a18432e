import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** An array of a `.npy` file, row-major. */
type NpyArray<Data = Float32Array | number[]> = { readonly shape: readonly number[]; readonly data: Data }

const MAGIC = '\x93NUMPY'
/** Bytes of the field that holds the header's length, by major version of the format. */
const LENGTH_BYTES = new Map([
  [1, 2],
  [2, 4],
  [3, 4],
])
const ITEM_BYTES = new Map([
  ['<f4', 4],
  ['<f8', 8],
  ['<i8', 8],
])

/** The value of a key in the Python dictionary of a header. */
const field = (header: string, key: string, value: string): string | undefined =>
  new RegExp(`(['"])${key}\\1\\s*:\\s*${value}`).exec(header)?.[2]

/**
 * Reads an array of float32 (into a Float32Array), or of float64 or int64 (into numbers).
 * @throws Error naming the file: no .npy file, another type, Fortran order, whole numbers beyond 2^53, missing or spare bytes
 * @source numpy/numpy numpy/lib/format.py
 */
export const readNpy = (filePath: string): NpyArray => {
  const bytes = readFileSync(filePath)
  const fail = (reason: string): Error => new Error(`${path.basename(filePath)}: ${reason}`)
  if (bytes.length < 12 || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw fail('this is no .npy file')
  const version = bytes.readUInt8(MAGIC.length)
  const lengthBytes = LENGTH_BYTES.get(version)
  if (lengthBytes === undefined) throw fail(`version ${version} of the format is not known`)
  const headerAt = MAGIC.length + 2 + lengthBytes
  const dataAt = headerAt + bytes.readUIntLE(MAGIC.length + 2, lengthBytes)
  if (dataAt > bytes.length) throw fail('the header ends early')
  const header = bytes.toString('utf8', headerAt, dataAt)

  const type = field(header, 'descr', `['"]([^'"]*)['"]`)
  const order = field(header, 'fortran_order', '(True|False)')
  const sizes = field(header, 'shape', '\\(([\\d\\s,]*)\\)')
  if (type === undefined || order === undefined || sizes === undefined) throw fail(`the header says ${header.trim()}`)
  const itemBytes = ITEM_BYTES.get(type)
  if (itemBytes === undefined) throw fail(`numbers of type ${type} are not read`)
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number)
  // One dimension or none look the same in both orders.
  if (order === 'True' && shape.length > 1) throw fail('it is in Fortran order')
  const count = shape.reduce((product, size) => product * size, 1)
  if (bytes.length - dataAt !== count * itemBytes)
    throw fail(`${count * itemBytes} bytes of ${type} [${shape}] were expected, ${bytes.length - dataAt} found`)

  const view = new DataView(bytes.buffer, bytes.byteOffset + dataAt)
  if (type === '<f4')
    return { shape, data: Float32Array.from({ length: count }, (_, index) => view.getFloat32(4 * index, true)) }
  const number = (index: number): number => {
    if (type === '<f8') return view.getFloat64(8 * index, true)
    const value = Number(view.getBigInt64(8 * index, true))
    if (Number.isSafeInteger(value)) return value
    throw fail(`the number at ${index} is too large`)
  }
  return { shape, data: Array.from({ length: count }, (_, index) => number(index)) }
}

/** `readNpy` of a file that holds float32. @throws Error also where it holds something else */
export const readFloats = (filePath: string): NpyArray<Float32Array> => {
  const { shape, data } = readNpy(filePath)
  if (data instanceof Float32Array) return { shape, data }
  throw new Error(`${path.basename(filePath)}: float32 was expected`)
}

/** `readNpy` of a file that holds int64 or float64. @throws Error also where it holds something else */
export const readNumbers = (filePath: string): NpyArray<number[]> => {
  const { shape, data } = readNpy(filePath)
  if (!(data instanceof Float32Array)) return { shape, data }
  throw new Error(`${path.basename(filePath)}: int64 or float64 was expected`)
}

/** Data begins at a multiple of this, so that it can be mapped. */
const ALIGNMENT_BYTES = 64

/**
 * Writes an array as numpy reads it: float32, or int64 where whole numbers are given.
 * @param shape of the data, row-major
 * @source numpy/numpy numpy/lib/format.py
 */
export const writeNpy = (filePath: string, data: Float32Array | readonly number[], shape: readonly number[]): void => {
  const isFloat = data instanceof Float32Array
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${isFloat ? '<f4' : '<i8'}', 'fortran_order': False, 'shape': (${sizes}), }`
  const start = MAGIC.length + 4
  const padding = ALIGNMENT_BYTES - ((start + text.length + 1) % ALIGNMENT_BYTES)
  const header = `${text}${' '.repeat(padding % ALIGNMENT_BYTES)}\n`
  const length = Buffer.alloc(2)
  length.writeUInt16LE(header.length)
  const numbers = isFloat ? data : BigInt64Array.from(data, BigInt)
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  writeFileSync(
    filePath,
    Buffer.concat([Buffer.from(MAGIC, 'latin1'), Buffer.of(1, 0), length, Buffer.from(header, 'latin1'), bytes]),
  )
}
