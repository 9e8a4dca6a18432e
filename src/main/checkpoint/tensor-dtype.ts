import type { TensorDtype } from './checkpoint.ts'

export const BYTES_PER_ELEMENT: Readonly<Record<TensorDtype, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. */
const fromHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

let halves: Float32Array | undefined
/** Every half there is: looking up is several times faster than computing. */
const halfTable = (): Float32Array => {
  halves ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => fromHalf(bits))
  return halves
}

const copyNumbers = (
  source: ArrayLike<number>,
  target: Float32Array<ArrayBuffer>,
  at: number,
  fromNumber: (value: number) => number = (value) => value,
): void => {
  for (let i = 0; i < source.length; i++) target[at + i] = fromNumber(source[i] ?? 0)
}

/**
 * Little-endian numbers as a file holds them → f32.
 * @param bytes from the start of its buffer, whole elements
 * @param at first element of the target to be written
 */
export const decodeNumbers = (
  dtype: TensorDtype,
  bytes: Uint8Array<ArrayBuffer>,
  target: Float32Array<ArrayBuffer>,
  at: number,
): void => {
  const { buffer } = bytes
  const count = bytes.length / BYTES_PER_ELEMENT[dtype]
  switch (dtype) {
    case 'f32':
      target.set(new Float32Array(buffer, 0, count), at)
      return
    case 'f64':
      target.set(new Float64Array(buffer, 0, count), at)
      return
    case 'i32':
      target.set(new Int32Array(buffer, 0, count), at)
      return
    case 'i16':
      target.set(new Int16Array(buffer, 0, count), at)
      return
    case 'i8':
      target.set(new Int8Array(buffer, 0, count), at)
      return
    case 'u8':
      target.set(bytes, at)
      return
    case 'bool':
      copyNumbers(bytes, target, at, (byte) => (byte === 0 ? 0 : 1))
      return
    case 'f16': {
      const table = halfTable()
      copyNumbers(new Uint16Array(buffer, 0, count), target, at, (bits) => table[bits] ?? 0)
      return
    }
    case 'bf16': {
      // The upper half of an f32, moved up as bits: that keeps subnormals, infinities and NaN as they are.
      const source = new Uint16Array(buffer, 0, count)
      const bits = new Uint32Array(target.buffer, target.byteOffset + at * 4, count)
      for (let i = 0; i < count; i++) bits[i] = (source[i] ?? 0) << 16
      return
    }
    case 'i64': {
      const source = new BigInt64Array(buffer, 0, count)
      for (let i = 0; i < count; i++) target[at + i] = Number(source[i] ?? 0n)
      return
    }
  }
}
