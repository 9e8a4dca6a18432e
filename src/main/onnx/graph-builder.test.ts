import { describe, expect, test } from 'vitest'
import { readOnnxBytes, usesBeforeDefinition } from '../../../test/support/read-onnx.ts'
import { buildGraph, encodeGraph, type GraphBuilder, NONE, real, type Value } from './index.ts'

const build = (use: (g: GraphBuilder) => void) => buildGraph('graph', use)
const read = (use: (g: GraphBuilder) => void) => readOnnxBytes(encodeGraph(build(use)))

describe('a graph under construction', () => {
  test('refuses a value that nothing has made', () => {
    expect(() => build((g) => void g.op('Relu', ['ghost' as Value]))).toThrow(
      'graph: Relu uses ghost before it is made',
    )
    const other = { value: NONE }
    build((g) => {
      other.value = g.op('Relu', [g.input('x', 'float32', [1])])
    })
    expect(() => build((g) => void g.op('Relu', [other.value]))).toThrow('before it is made')
    expect(() => build((g) => g.output('y', 'ghost' as Value, 'float32', [1]))).toThrow('before it is made')
  })

  test.each<[string, (g: GraphBuilder) => void]>([
    ['two inputs', (g) => void g.input('x', 'float32', [1])],
    ['an input and a weight', (g) => void g.weights([{ name: 'x', type: 'int8', dims: [1] }], async () => [])],
    ['an input and an output', (g) => g.output('x', 'x' as Value, 'float32', [1])],
  ])('refuses one name for %s', (_, again) => {
    const twice = () =>
      build((g) => {
        g.input('x', 'float32', [1])
        again(g)
      })
    expect(twice).toThrow('two values are called x')
  })

  test('refuses a weight without numbers', () => {
    const empty = () => build((g) => void g.weights([{ name: 'w', type: 'float32', dims: [3, 0] }], async () => []))
    expect(empty).toThrow('a weight is empty')
  })

  test('says its nodes in an order in which every value is made before it is used', () => {
    const model = read((g) => {
      const x = g.input('x', 'float32', ['n'])
      const [a = NONE, b = NONE] = g.ops('Split', [x, g.int64([1, 1])], 2)
      g.output('y', g.op('Add', [g.op('Mul', [b, a]), g.float32(1)]), 'float32', [1])
    })
    expect(model.nodes.map(({ operator }) => operator)).toEqual(['Split', 'Mul', 'Add', 'Identity'])
    expect(usesBeforeDefinition(model)).toEqual([])
    expect(usesBeforeDefinition({ ...model, nodes: model.nodes.toReversed() })).not.toEqual([])
    const names = model.nodes.flatMap(({ outputs }) => outputs)
    expect(new Set(names).size).toBe(names.length)
  })

  test('has inputs and outputs with their types, sizes and named sizes', () => {
    const model = read((g) => g.output('y', g.input('x', 'int64', [1, 'tokens']), 'float16', ['tokens', 80]))
    expect(model.inputs).toEqual([{ name: 'x', type: 7, dims: [1, 'tokens'] }])
    expect(model.outputs).toEqual([{ name: 'y', type: 10, dims: ['tokens', 80] }])
  })

  test('keeps the place of an input that is left out, and tells the operators of ONNX Runtime from those of ONNX', () => {
    const model = read((g) => {
      const x = g.input('x', 'float32', [1, 2, 4])
      g.op('MultiHeadAttention', [x, x, x, NONE, NONE, x], { num_heads: 2 })
      g.op('Clip', [x, NONE, g.float32(1)])
    })
    expect(model.nodes.map(({ domain }) => domain)).toEqual(['com.microsoft', ''])
    expect(model.nodes.map(({ inputs }) => inputs)).toEqual([
      ['x', 'x', 'x', '', '', 'x'],
      ['x', '', 'constant_0'],
    ])
    expect(model.opsets).toEqual({ '': 17, 'com.microsoft': 1 })
  })
})

test('attributes are written as integers, reals, texts and lists of integers', () => {
  const model = read((g) =>
    g.op('Anything', [g.input('x', 'float32', [1])], {
      whole: -3,
      large: 2 ** 31 - 1,
      real: real(0.1),
      one: real(1),
      text: 'größer',
      list: [0, -1, 300],
    }),
  )
  expect(model.nodes[0]?.attributes).toEqual({
    whole: { type: 2, value: -3 },
    large: { type: 2, value: 2 ** 31 - 1 },
    real: { type: 1, value: Math.fround(0.1) },
    one: { type: 1, value: 1 },
    text: { type: 3, value: 'größer' },
    list: { type: 7, value: [0, -1, 300] },
  })
})

describe('constants', () => {
  const valuesOf = (make: (g: GraphBuilder) => Value[]) => {
    const found: Value[] = []
    const model = read((g) => found.push(...make(g)))
    return { values: found, tensors: model.tensors }
  }

  test('that are equal are one', () => {
    const { values, tensors } = valuesOf((g) => [
      g.int64([1, -2]),
      g.int64([1, -2]),
      g.float32(0.5),
      g.float32(0.5),
      g.uint8(128),
      g.uint8(128),
      g.int8(Int8Array.of(1, 2), [2, 1]),
      g.int8(Int8Array.of(1, 2), [2, 1]),
    ])
    expect(new Set(values).size).toBe(4)
    expect(tensors).toHaveLength(4)
  })

  test('that differ in type, shape or a single bit are not', () => {
    const { values } = valuesOf((g) => [
      g.int64(1),
      g.int64([1]),
      g.int64([1, 1]),
      g.float32(1),
      g.float32([1]),
      g.float32(0),
      g.float32(-0),
      g.uint8(1),
      g.int8(Int8Array.of(1), []),
      g.int8(Int8Array.of(1, 2), [2]),
      g.int8(Int8Array.of(1, 2), [1, 2]),
    ])
    expect(new Set(values).size).toBe(values.length)
  })

  test('are in the model with type, shape and bytes', () => {
    const { tensors } = valuesOf((g) => [
      g.int64([-1, 2]),
      g.float32(0.5),
      g.uint8(128),
      g.int8(Int8Array.of(9, -128, 127, 0).subarray(1), [1, 3]),
    ])
    expect(
      tensors.map(({ type, dims, raw, isExternal }) => ({ type, dims, raw: [...(raw ?? [])], isExternal })),
    ).toEqual([
      { type: 7, dims: [2], raw: [255, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 0, 0, 0], isExternal: false },
      { type: 1, dims: [], raw: [0, 0, 0, 63], isExternal: false },
      { type: 2, dims: [], raw: [128], isExternal: false },
      { type: 3, dims: [1, 3], raw: [128, 127, 0], isExternal: false },
    ])
  })
})
