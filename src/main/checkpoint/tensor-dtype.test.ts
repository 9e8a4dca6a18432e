import { expect, test } from 'vitest'
import type { TensorDtype } from './checkpoint.ts'
import { decodeNumbers } from './tensor-dtype.ts'

const decoded = (dtype: TensorDtype, numbers: ArrayBufferView<ArrayBuffer>): number[] => {
  const bytes = new Uint8Array(numbers.buffer)
  const target = new Float32Array(numbers.byteLength / (dtype === 'bool' ? 1 : bytesPer(numbers)))
  decodeNumbers(dtype, bytes, target, 0)
  return [...target]
}
const bytesPer = (numbers: ArrayBufferView): number =>
  'BYTES_PER_ELEMENT' in numbers && typeof numbers.BYTES_PER_ELEMENT === 'number' ? numbers.BYTES_PER_ELEMENT : 1

// Bit patterns and their values as IEEE 754 lists them for binary16.
test('a half is read exactly: zeros, subnormals, the largest, infinities, not-a-number', () => {
  const bits = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00]
  expect(decoded('f16', Uint16Array.from(bits))).toEqual([
    0,
    -0,
    2 ** -24,
    (1023 / 1024) * 2 ** -14,
    2 ** -14,
    0.333251953125,
    1,
    -2,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ])
})

test('a bfloat16 is read exactly: zeros, subnormals, infinities, not-a-number', () => {
  const bits = [0x0000, 0x8000, 0x0001, 0x0080, 0x3f80, 0xc049, 0x7f80, 0xff80, 0x7fc0]
  expect(decoded('bf16', Uint16Array.from(bits))).toEqual([
    0,
    -0,
    2 ** -133,
    2 ** -126,
    1,
    -3.140625,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ])
})

test('any byte but zero is true', () => {
  expect(decoded('bool', Uint8Array.of(0, 1, 2, 255))).toEqual([0, 1, 1, 1])
})

test('integers keep their sign and doubles are rounded to the nearest f32', () => {
  expect(decoded('i64', BigInt64Array.of(-1n, 2n ** 40n, -(2n ** 63n)))).toEqual([-1, 2 ** 40, -(2 ** 63)])
  expect(decoded('i32', Int32Array.of(-2147483648, 7))).toEqual([-2147483648, 7])
  expect(decoded('i16', Int16Array.of(-32768, 32767))).toEqual([-32768, 32767])
  expect(decoded('i8', Int8Array.of(-128, 127))).toEqual([-128, 127])
  expect(decoded('u8', Uint8Array.of(0, 255))).toEqual([0, 255])
  expect(decoded('f64', Float64Array.of(0.1, 1e300))).toEqual([Math.fround(0.1), Number.POSITIVE_INFINITY])
})
