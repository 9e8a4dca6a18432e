import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { someNumbers, tensorOf } from '../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { writeSafetensors } from '../../../test/support/write-checkpoint.ts'
import { openCheckpoint } from '../checkpoint/index.ts'
import {
  derived,
  normalisedShape,
  normalisedWeight,
  readTensors,
  reshaped,
  stacked,
  type TensorReader,
  transposed,
  withColumns,
  withRows,
} from './tensor.ts'

type Stored = Readonly<Record<string, { shape: readonly number[]; data: ArrayLike<number> }>>

const withReader = async (stored: Stored, use: (reader: TensorReader) => void | Promise<void>): Promise<void> => {
  using folder = temporaryFolder()
  const filePath = path.join(folder.directory, 'hift.safetensors')
  writeSafetensors(
    filePath,
    Object.entries(stored).map(([name, { shape, data }]) => ({ name, shape, fill: data })),
  )
  await using checkpoint = await openCheckpoint(filePath)
  await use(readTensors(checkpoint))
}

/** Rows of numbers that say where they stand: 100 · row + column. */
const grid = (rows: number, columns: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: rows * columns }, (_, at) => 100 * Math.floor(at / columns) + (at % columns))

describe('a tensor made from others', () => {
  test('has their rows one below the other', async () => {
    const all = stacked([tensorOf([2, 3], grid(2, 3)), tensorOf([1, 3], grid(1, 3)), tensorOf([2, 3], grid(2, 3))])
    expect(all.shape).toEqual([5, 3])
    expect([...(await all.load())]).toEqual([...grid(2, 3), ...grid(1, 3), ...grid(2, 3)])
    const vectors = stacked([tensorOf([2], Float32Array.of(1, 2)), tensorOf([1], Float32Array.of(3))])
    expect([vectors.shape, [...(await vectors.load())]]).toEqual([[3], [1, 2, 3]])
    expect(() => stacked([])).toThrow('something is stacked')
  })

  test('has the rows asked for, in that order', async () => {
    const some = withRows(tensorOf([3, 2, 2], grid(3, 4)), [2, 0, 2])
    expect(some.shape).toEqual([3, 2, 2])
    expect([...(await some.load())]).toEqual([200, 201, 202, 203, 0, 1, 2, 3, 200, 201, 202, 203])
    const vector = withRows(tensorOf([3], Float32Array.of(7, 8, 9)), [1, 2])
    expect([vector.shape, [...(await vector.load())]]).toEqual([[2], [8, 9]])
  })

  test('has the columns asked for, in that order', async () => {
    const some = withColumns(tensorOf([2, 5], grid(2, 5)), [4, 0, 1])
    expect(some.shape).toEqual([2, 3])
    expect([...(await some.load())]).toEqual([4, 0, 1, 104, 100, 101])
  })

  test('has the same numbers under another shape, and only if they are as many', async () => {
    const vector = reshaped(tensorOf([2, 3, 1], grid(2, 3)), [6])
    expect([vector.shape, [...(await vector.load())]]).toEqual([[6], [...grid(2, 3)]])
    expect(() => reshaped(tensorOf([2, 3], grid(2, 3)), [5])).toThrow('as many numbers')
  })

  test('is computed when it is asked for, and not before', async () => {
    let loads = 0
    const source = {
      shape: [2],
      load: async () => {
        loads++
        return Float32Array.of(1, 2)
      },
    }
    const twice = derived(source, [2], (data) => data.map((value) => 2 * value))
    const all = withRows(stacked([twice, reshaped(source, [2])]), [3, 0])
    expect(loads).toBe(0)
    expect([...(await all.load())]).toEqual([2, 2])
    expect(loads).toBe(2)
  })
})

test.each([
  [1, 1],
  [1, 7],
  [33, 1],
  [32, 32],
  [31, 65],
  [70, 33],
])('a matrix of %i by %i is turned', (rows, columns) => {
  const data = someNumbers(rows * columns, rows)
  const turned = transposed(data, rows, columns)
  expect(turned.length).toBe(rows * columns)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      expect(turned[column * rows + row]).toBe(data[row * columns + column])
})

describe('a layer stored as direction and length', () => {
  const shape = [3, 2, 5]
  const direction = someNumbers(30, 1)
  const length = Float32Array.of(0.5, -2, 3)
  /** Computed in double precision. */
  const folded = Array.from(direction, (value, at) => {
    const row = Math.floor(at / 10)
    const norm = Math.hypot(...direction.subarray(10 * row, 10 * (row + 1)))
    return ((length[row] ?? 0) * value) / norm
  })
  const spellings: [string, string, string][] = [
    ['torch.nn.utils.weight_norm', 'layer.weight_g', 'layer.weight_v'],
    ['parametrizations', 'layer.parametrizations.weight.original0', 'layer.parametrizations.weight.original1'],
  ]

  test.each(spellings)('is folded, spelled as by %s', async (_, g, v) => {
    await withReader({ [g]: { shape: [3, 1, 1], data: length }, [v]: { shape, data: direction } }, async (reader) => {
      expect(normalisedShape(reader, 'layer')).toEqual(shape)
      const weight = normalisedWeight(reader, 'layer', shape)
      expect(weight.shape).toEqual(shape)
      const found = await weight.load()
      for (const [at, value] of folded.entries()) expect(found[at]).toBeCloseTo(value, 6)
      for (const row of [0, 1, 2]) {
        const norm = Math.hypot(...found.subarray(10 * row, 10 * (row + 1)))
        expect(norm).toBeCloseTo(Math.abs(length[row] ?? 0), 6)
      }
      // What was computed once is not computed from again.
      expect(await weight.load()).toEqual(found)
    })
  })

  test('is taken as it is where it is folded already', async () => {
    await withReader({ 'layer.weight': { shape, data: direction } }, async (reader) => {
      expect(normalisedShape(reader, 'layer')).toEqual(shape)
      expect(await normalisedWeight(reader, 'layer', shape).load()).toEqual(direction)
    })
  })

  test.each(spellings)('is refused by the name that is missing or wrong, spelled as by %s', async (_, g, v) => {
    const wrong = { [g]: { shape: [3], data: length }, [v]: { shape, data: direction } }
    await withReader(wrong, (reader) => {
      expect(() => normalisedWeight(reader, 'layer', shape)).toThrow(
        expect.objectContaining({
          code: 'checkpoint.wrong-shape',
          params: { file: 'hift.safetensors', tensor: g, expected: '[3, 1, 1]', found: '[3]' },
        }),
      )
    })
    await withReader({ [v]: { shape, data: direction } }, (reader) => {
      expect(() => normalisedWeight(reader, 'layer', shape)).toThrow(
        expect.objectContaining({
          code: 'checkpoint.missing-tensor',
          params: { file: 'hift.safetensors', tensor: g },
        }),
      )
      expect(() => normalisedWeight(reader, 'layer', [3, 10])).toThrow(
        expect.objectContaining({ code: 'checkpoint.missing-tensor' }),
      )
    })
  })

  test('that is in no spelling is missing', async () => {
    await withReader({ 'other.weight': { shape, data: direction } }, (reader) => {
      const missing = expect.objectContaining({ code: 'checkpoint.missing-tensor' })
      expect(() => normalisedShape(reader, 'layer')).toThrow(missing)
      expect(() => normalisedWeight(reader, 'layer', shape)).toThrow(missing)
    })
  })
})

describe('tensors of a checkpoint', () => {
  const some = { shape: [2, 3], data: grid(2, 3) }
  const stored: Stored = {
    'body.layers.0.weight': some,
    'body.layers.0.bias': some,
    'body.layers.1.weight': some,
    'body.layers.3.weight': some,
    'body.layers.10.weight': some,
    'body.layersextra.2.weight': some,
  }

  test('are found below a name, with the shape that is expected', async () => {
    await withReader(stored, async (root) => {
      const reader = root.within('body').within('layers')
      expect(reader.fileName).toBe('hift.safetensors')
      expect([reader.has('0.weight'), reader.has('2.weight'), root.has('0.weight')]).toEqual([true, false, false])
      expect(reader.shapeOf('1.weight')).toEqual([2, 3])
      const tensor = reader.tensor('1.weight', [2, 3])
      expect([tensor.shape, [...(await tensor.load())]]).toEqual([[2, 3], [...grid(2, 3)]])
    })
  })

  test('are counted up to the first that is not there', async () => {
    await withReader(stored, (root) => {
      expect(root.countOf('body.layers')).toBe(2)
      expect(root.within('body').countOf('layers')).toBe(2)
      expect(root.countOf('layers')).toBe(0)
      expect(root.countOf('body.layersextra')).toBe(0)
    })
  })

  test.each([[[3, 2]], [[6]], [[2, 3, 1]], [[2]], [[]]])('are refused where %o is expected', async (expected) => {
    await withReader(stored, (root) => {
      expect(() => root.within('body').tensor('layers.0.weight', expected)).toThrow(
        expect.objectContaining({
          code: 'checkpoint.wrong-shape',
          params: {
            file: 'hift.safetensors',
            tensor: 'body.layers.0.weight',
            expected: `[${expected.join(', ')}]`,
            found: '[2, 3]',
          },
        }),
      )
    })
  })

  test('are missed by their whole name', async () => {
    await withReader(stored, (root) => {
      const missing = expect.objectContaining({
        code: 'checkpoint.missing-tensor',
        params: { file: 'hift.safetensors', tensor: 'body.layers.2.weight' },
      })
      expect(() => root.within('body').tensor('layers.2.weight', [2, 3])).toThrow(missing)
      expect(() => root.within('body').shapeOf('layers.2.weight')).toThrow(missing)
    })
  })
})
