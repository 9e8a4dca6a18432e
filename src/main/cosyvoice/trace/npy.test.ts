import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { readFloats, readNpy, readNumbers, writeNpy } from './npy.ts'

const FIXTURE = path.resolve(import.meta.dirname, '../../../../test/fixtures/cosyvoice2-tiny')
const folder = temporaryFolder()
afterAll(() => folder[Symbol.dispose]())

/** A file as numpy lays it out. @source numpy/numpy numpy/lib/format.py */
const written = (header: string, data: Uint8Array, version = 1): string => {
  const filePath = path.join(folder.directory, 'array.npy')
  const text = Buffer.from(`${header}\n`, 'latin1')
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  length.writeUIntLE(text.length, 0, length.length)
  writeFileSync(
    filePath,
    Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([version, 0]), length, text, data]),
  )
  return filePath
}
const header = (descr: string, shape: string, order = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`
const bytesOf = (data: Float32Array | Float64Array | BigInt64Array): Uint8Array => new Uint8Array(data.buffer)

test('a file of numpy has the shape that numpy says it has', () => {
  const { shapes } = JSON.parse(readFileSync(path.join(FIXTURE, 'meta.json'), 'utf8'))
  for (const name of ['flow_mel', 'token', 'hift_f0'])
    expect(readNpy(path.join(FIXTURE, 'golden', `${name}.npy`)).shape).toEqual(shapes[name])
})

test('float32, float64 and int64 are read, row-major', () => {
  const floats = readFloats(written(header('<f4', '(2, 3)'), bytesOf(Float32Array.of(1, 2.5, -3, 4, 5, 0.1))))
  expect(floats).toEqual({ shape: [2, 3], data: Float32Array.of(1, 2.5, -3, 4, 5, 0.1) })
  expect(readNumbers(written(header('<f8', '(2,)'), bytesOf(Float64Array.of(0.1, 1e300))))).toEqual({
    shape: [2],
    data: [0.1, 1e300],
  })
  expect(readNumbers(written(header('<i8', '()'), bytesOf(BigInt64Array.of(-7n))))).toEqual({ shape: [], data: [-7] })
})

test('a header may be of a later version, and its keys in any order and quotes', () => {
  const text = `{"shape": (0, 4), "fortran_order": False, "descr": "<f4"}`
  expect(readNpy(written(text, new Uint8Array(0), 2)).shape).toEqual([0, 4])
})

test.each([
  [header('>f4', '(1,)'), new Uint8Array(4), '>f4'],
  [header('<f4', '(1, 2)', 'True'), new Uint8Array(8), 'Fortran'],
  [header('<f4', '(2,)'), new Uint8Array(7), '8 bytes of <f4 [2] were expected, 7 found'],
  [header('<i8', '(1,)'), bytesOf(BigInt64Array.of(2n ** 60n)), 'too large'],
  [`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`, new Uint8Array(4), 'header says'],
])('what cannot be read right is refused: %s', (text, data, reason) => {
  expect(() => readNpy(written(text, data))).toThrow(reason)
})

test('a file of another kind, of an unknown version or cut in its header is refused', () => {
  const filePath = path.join(folder.directory, 'other.npy')
  writeFileSync(filePath, 'something else entirely')
  expect(() => readNpy(filePath)).toThrow('other.npy: this is no .npy file')
  expect(() => readNpy(written(header('<f4', '(1,)'), new Uint8Array(4), 9))).toThrow('version 9')
  writeFileSync(filePath, readFileSync(written(header('<f4', '(1,)'), new Uint8Array(0))).subarray(0, 20))
  expect(() => readNpy(filePath)).toThrow('the header ends early')
})

test('one who asks for floats or for numbers gets nothing else', () => {
  expect(() => readFloats(written(header('<i8', '(0,)'), new Uint8Array(0)))).toThrow('float32 was expected')
  expect(() => readNumbers(written(header('<f4', '(0,)'), new Uint8Array(0)))).toThrow('int64 or float64 was expected')
})

test('what is written is read back, and numpy finds its data at a multiple of 64 bytes', () => {
  const filePath = path.join(folder.directory, 'written.npy')
  const floats = Float32Array.of(1, -2.5, Number.NaN, 0.1, 5, 6)
  writeNpy(filePath, floats.subarray(0, 6), [2, 3])
  expect(readFloats(filePath)).toEqual({ shape: [2, 3], data: floats })
  expect((readFileSync(filePath).length - 24) % 64).toBe(0)
  writeNpy(filePath, [3, -7, 2 ** 40], [3])
  expect(readNumbers(filePath)).toEqual({ shape: [3], data: [3, -7, 2 ** 40] })
})
