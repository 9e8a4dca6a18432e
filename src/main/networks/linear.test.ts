import { afterAll, describe, expect, test } from 'vitest'
import { openGraphs, peakError, someNumbers, tensorOf } from '../../../test/support/run-graph.ts'
import { float32Of, type Network, networkTensor } from '../cosyvoice/index.ts'
import { buildGraph } from '../onnx/index.ts'
import { type Linear, type LinearKind, linear } from './linear.ts'
import { blockShape } from './quantise.ts'

const graphs = openGraphs()
afterAll(() => graphs[Symbol.asyncDispose]())

type Layer = { inputs: number; outputs: number; weight: Float32Array; bias: Float32Array | undefined }
const layerOf = (inputs: number, outputs: number, { hasBias = true } = {}): Layer => ({
  inputs,
  outputs,
  weight: someNumbers(inputs * outputs, 7).map((value) => value / Math.sqrt(inputs)),
  bias: hasBias ? someNumbers(outputs, 8) : undefined,
})

let opened = 0
/** x [1, T, inputs] to y [1, T, outputs]; for half precision the graph turns both. */
const openLinear = ({ inputs, outputs, weight, bias }: Layer, kind: LinearKind): Promise<Network> => {
  const layer: Linear = {
    weight: tensorOf([outputs, inputs], weight),
    bias: bias && tensorOf([outputs], bias),
  }
  const graph = buildGraph(`linear-${opened++}`, (g) => {
    const x = g.input('x', 'float32', [1, 'rows', inputs])
    const isHalf = kind === 'float16'
    const y = linear(g, 'layer', isHalf ? g.op('Cast', [x], { to: 10 }) : x, layer, kind)
    g.output('y', isHalf ? g.op('Cast', [y], { to: 1 }) : y, 'float32', [1, 'rows', outputs])
  })
  return graphs.open(graph)
}

const run = async (network: Network, x: Float32Array, inputs: number): Promise<Float32Array> => {
  const { y } = await network.run({ x: networkTensor(x, [1, x.length / inputs, inputs]) })
  return Float32Array.from(float32Of(y))
}

/** In double precision. */
const exact = ({ inputs, outputs, weight, bias }: Layer, x: Float32Array): Float64Array =>
  Float64Array.from({ length: (x.length / inputs) * outputs }, (_, at) => {
    const [row, output] = [Math.floor(at / outputs), at % outputs]
    let sum = bias?.[output] ?? 0
    for (let input = 0; input < inputs; input++)
      sum += (x[row * inputs + input] ?? 0) * (weight[output * inputs + input] ?? 0)
    return sum
  })

const rootMeanSquare = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += (values[index] ?? 0) ** 2
  return Math.sqrt(sum / values.length)
}
const relativeError = (found: Float32Array, expected: Float64Array): number =>
  rootMeanSquare(expected.map((value, index) => value - (found[index] ?? Number.NaN))) / rootMeanSquare(expected)

const largestIn = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/**
 * The most that rounding weights and inputs may cost each output: a level of each weight (half of one, and all of it for a
 * weight beyond the last level), and half a level of each input. A block is as long as a scale serves.
 */
const worstErrors = (
  { inputs, outputs, weight }: Layer,
  x: Float32Array,
  { blockSize, weightLevels }: { blockSize: number; weightLevels: number },
): Float64Array =>
  Float64Array.from({ length: (x.length / inputs) * outputs }, (_, at) => {
    const [row, output] = [Math.floor(at / outputs), at % outputs]
    let error = 1e-6
    for (let from = 0; from < inputs; from += blockSize) {
      const to = Math.min(inputs, from + blockSize)
      const values = x.subarray(row * inputs + from, row * inputs + to)
      const weights = weight.subarray(output * inputs + from, output * inputs + to)
      const weightStep = largestIn(weights) / weightLevels
      const inputStep = largestIn(values) / 127
      for (const [index, value] of values.entries()) {
        const weightError =
          weightStep * 0.51 + (Math.abs(weights[index] ?? 0) > 126.5 * weightStep ? weightStep / 2 : 0)
        const inputError = inputStep * 0.51
        error += Math.abs(value) * weightError + Math.abs(weights[index] ?? 0) * inputError + weightError * inputError
      }
    }
    return error
  })

const blockSizeOf = async (inputs: number, kind: 'int8-blocks' | 'int4-blocks'): Promise<number> => {
  const layer = { weight: tensorOf([1, inputs], new Float32Array(inputs)) }
  const graph = buildGraph('block-size', (g) =>
    g.output('y', linear(g, 'layer', g.input('x', 'float32', [1, inputs]), layer, kind), 'float32', [1, 1]),
  )
  const attributes = graph.nodes[0]?.attribute ?? []
  const size = attributes.find(({ name }) => name === 'block_size')?.i ?? 0
  // Otherwise the products are made in float32, at a fraction of the speed.
  expect(attributes).toContainEqual({ name: 'accuracy_level', type: 2, i: 4 })
  const { blocks, blockBytes } = blockShape(inputs, size, kind === 'int8-blocks' ? 8 : 4)
  expect(graph.weights[0]?.tensors.map(({ dims }) => dims)).toEqual([[1, blocks, blockBytes], [blocks]])
  return size
}

const SIZES: [inputs: number, outputs: number][] = [
  [64, 48],
  [100, 7],
  [96, 33],
  [17, 1],
  [896, 130],
]

describe.each(SIZES)('a layer of %i inputs and %i outputs', (inputs, outputs) => {
  const layer = layerOf(inputs, outputs)
  const x = someNumbers(9 * inputs, 3)
  const expected = exact(layer, x)

  test('is the plain product in float32', async () => {
    expect(peakError(await run(await openLinear(layer, 'float32'), x, inputs), expected)).toBeLessThan(1e-6)
    const bare = { ...layer, bias: undefined }
    expect(peakError(await run(await openLinear(bare, 'float32'), x, inputs), exact(bare, x))).toBeLessThan(1e-6)
  })

  test('is near it in half precision', async () => {
    const found = await run(await openLinear(layer, 'float16'), x, inputs)
    expect(relativeError(found, expected)).toBeLessThan(1e-3)
    expect(relativeError(found, expected)).toBeGreaterThan(1e-6)
  })

  test('is within what rounding allows in blocks of 8 bits', async () => {
    const network = await openLinear(layer, 'int8-blocks')
    const found = await run(network, x, inputs)
    const allowed = worstErrors(layer, x, { blockSize: await blockSizeOf(inputs, 'int8-blocks'), weightLevels: 128 })
    for (const [at, value] of expected.entries())
      expect(Math.abs((found[at] ?? Number.NaN) - value)).toBeLessThanOrEqual(allowed[at] ?? 0)
    // Measured: 0.9 %. @source cosyvoice-local perf.md 3.3
    expect(relativeError(found, expected)).toBeLessThan(0.015)
    expect(relativeError(found, expected)).toBeGreaterThan(1e-4)
  })

  test('is within what rounding allows in rows of 8 bits', async () => {
    const found = await run(await openLinear(layer, 'int8-rows'), x, inputs)
    const allowed = worstErrors(layer, x, { blockSize: inputs, weightLevels: 127 })
    for (const [at, value] of expected.entries())
      expect(Math.abs((found[at] ?? Number.NaN) - value)).toBeLessThanOrEqual(allowed[at] ?? 0)
    // Measured: 1.2 %. @source cosyvoice-local perf.md 3.3
    expect(relativeError(found, expected)).toBeLessThan(0.015)
    expect(relativeError(found, expected)).toBeGreaterThan(1e-4)
  })

  test('is coarse in blocks of 4 bits, and no coarser than they are known to be', async () => {
    const found = await run(await openLinear(layer, 'int4-blocks'), x, inputs)
    // Measured: 8.7 %. @source cosyvoice-local perf.md 3.3
    expect(relativeError(found, expected)).toBeLessThan(0.12)
    expect(relativeError(found, expected)).toBeGreaterThan(0.01)
  })
})

describe.each(['float32', 'float16', 'int8-blocks', 'int4-blocks', 'int8-rows'] as const)('in %s', (kind) => {
  test('a row of zeros gives the bias', async () => {
    const layer = layerOf(100, 7)
    const found = await run(await openLinear(layer, kind), new Float32Array(300), 100)
    const bias = layer.bias ?? new Float32Array()
    const expected = kind === 'float16' ? [...new Float16Array(bias)] : [...bias]
    expect([...found]).toEqual([...expected, ...expected, ...expected])
  })

  test('weights of zeros give the bias', async () => {
    const layer = { ...layerOf(64, 5), weight: new Float32Array(64 * 5) }
    const found = await run(await openLinear(layer, kind), someNumbers(64, 2), 64)
    expect(found.map((value, index) => Math.abs(value - (layer.bias?.[index] ?? 0))).every((off) => off < 1e-3)).toBe(
      true,
    )
  })

  test('one huge row does not disturb the others', async () => {
    const layer = layerOf(128, 32)
    const network = await openLinear(layer, kind)
    const x = someNumbers(8 * 128, 5)
    const quiet = await run(network, x, 128)
    const loud = Float32Array.from(x)
    for (let input = 0; input < 128; input++) loud[3 * 128 + input] = 200 * (x[3 * 128 + input] ?? 0)
    const found = await run(network, loud, 128)
    for (const row of [0, 1, 2, 4, 5, 6, 7])
      expect(found.slice(row * 32, (row + 1) * 32)).toEqual(quiet.slice(row * 32, (row + 1) * 32))
    const [before, after] = [quiet.slice(96, 128), found.slice(96, 128)]
    expect(relativeError(after, exact(layer, loud.slice(384, 512)))).toBeLessThan(kind === 'int4-blocks' ? 0.12 : 0.015)
    expect(after).not.toEqual(before)
  })
})

test('in rows of 8 bits a row is the same bit by bit, whatever else is in the batch', async () => {
  const layer = layerOf(200, 48)
  const network = await openLinear(layer, 'int8-rows')
  const x = someNumbers(37 * 200, 11).map((value, at) => value * 10 ** (Math.floor(at / 200) % 5))
  const together = await run(network, x, 200)
  for (const row of [0, 1, 4, 17, 36]) {
    const alone = await run(network, x.slice(row * 200, (row + 1) * 200), 200)
    expect(alone).toEqual(together.slice(row * 48, (row + 1) * 48))
  }
})

test('in rows of 8 bits the size of a row is no matter, from the smallest to the largest', async () => {
  const layer = layerOf(64, 16, { hasBias: false })
  const network = await openLinear(layer, 'int8-rows')
  const x = someNumbers(64, 4)
  const plain = exact(layer, x)
  for (const size of [1e-20, 1e-6, 1, 1e6, 1e20]) {
    const found = await run(
      network,
      x.map((value) => value * size),
      64,
    )
    expect(
      relativeError(
        found,
        plain.map((value) => value * size),
      ),
    ).toBeLessThan(0.015)
  }
})

test.each([
  ['int8-blocks', 128],
  ['int4-blocks', 32],
] as const)('%s are powers of two, from 16 on, and %i at most', async (kind, largest) => {
  for (const inputs of [1, 15, 16, 17, 63, 64, 65, 127, 128, 256, 512, 513, 896, 1024, 4864]) {
    const size = await blockSizeOf(inputs, kind)
    expect(Number.isInteger(Math.log2(size))).toBe(true)
    expect(size).toBeGreaterThanOrEqual(16)
    expect(size).toBeLessThanOrEqual(largest)
    if (inputs >= 64) expect(Math.ceil(inputs / size)).toBeGreaterThanOrEqual(4)
  }
  expect(await blockSizeOf(4864, kind)).toBe(largest)
})
