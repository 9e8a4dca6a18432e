import { type Attributes, type GraphBuilder, NONE, real, type Value } from '../onnx/index.ts'
import { blockShape, quantiseBlocks, quantiseRows, toFloat16 } from './quantise.ts'
import { type Tensor, transposed } from './tensor.ts'

/**
 * How the weights of a linear layer are kept and multiplied.
 * - `float32`, `float16`: as they are; the input has the same type
 * - `int8-blocks`, `int4-blocks`: blocks of weights with a scale each; the input is rounded to 8 bits in the same blocks
 * - `int8-rows`: 8-bit weights with a scale per output, and an input rounded to 8 bits with a scale per row (time step)
 */
export type LinearKind = 'float32' | 'float16' | 'int8-blocks' | 'int4-blocks' | 'int8-rows'

export type Linear = {
  /** [outputs, inputs] */
  readonly weight: Tensor
  /** [outputs] */
  readonly bias?: Tensor | undefined
}

/** Weights that share a scale, at most: a good trade of size, speed and error (docs/benchmarks.md). */
const LARGEST_BLOCK = { 8: 128, 4: 32 } as const
/** A short row has smaller blocks, so that it always has several. */
const BLOCKS_PER_ROW = 4
/** @source microsoft/onnxruntime docs/ContribOperators.md MatMulNBits block_size */
const SMALLEST_BLOCK = 16
const blockSizeFor = (inputs: number, bits: 4 | 8): number => {
  let size: number = LARGEST_BLOCK[bits]
  while (size > SMALLEST_BLOCK && size * BLOCKS_PER_ROW > inputs) size /= 2
  return size
}
/** The input in 8 bits as well. @source microsoft/onnxruntime docs/ContribOperators.md MatMulNBits accuracy_level */
const ACCURACY_INT8 = 4
/** Levels on either side of zero, and the one that stands for zero. */
const INT8_MAX = 127
const UINT8_MIDDLE = 128
/** Keeps a row of zeros from being divided by zero. */
const TINY = 1e-30

const biased = (g: GraphBuilder, name: string, value: Value, bias: Tensor | undefined, type: 'float32' | 'float16') => {
  if (!bias) return value
  const [data] = g.weights([{ name: `${name}.bias`, type, dims: bias.shape }], async () => {
    const values = await bias.load()
    return [type === 'float32' ? values : toFloat16(values)]
  })
  return data === undefined ? value : g.op('Add', [value, data])
}

const floatLinear = (
  g: GraphBuilder,
  name: string,
  input: Value,
  { weight, bias }: Linear,
  type: 'float32' | 'float16',
) => {
  const [outputs = 0, inputs = 0] = weight.shape
  const turned = g.weights([{ name: `${name}.weight`, type, dims: [inputs, outputs] }], async () => {
    const values = transposed(await weight.load(), outputs, inputs)
    return [type === 'float32' ? values : toFloat16(values)]
  })
  return biased(g, name, g.op('MatMul', [input, ...turned]), bias, type)
}

const blockLinear = (g: GraphBuilder, name: string, input: Value, { weight, bias }: Linear, bits: 4 | 8): Value => {
  const [outputs = 0, inputs = 0] = weight.shape
  const blockSize = blockSizeFor(inputs, bits)
  const { blocks, blockBytes } = blockShape(inputs, blockSize, bits)
  const quantised = g.weights(
    [
      { name: `${name}.weight`, type: 'uint8', dims: [outputs, blocks, blockBytes] },
      { name: `${name}.scale`, type: 'float32', dims: [outputs * blocks] },
    ],
    async () => {
      const { packed, scales } = quantiseBlocks(await weight.load(), [outputs, inputs], blockSize, bits)
      return [packed, scales]
    },
  )
  const attributes: Attributes = {
    K: inputs,
    N: outputs,
    bits,
    block_size: blockSize,
    accuracy_level: ACCURACY_INT8,
  }
  return biased(g, name, g.op('MatMulNBits', [input, ...quantised], attributes), bias, 'float32')
}

const rowLinear = (g: GraphBuilder, name: string, input: Value, { weight, bias }: Linear): Value => {
  const [outputs = 0, inputs = 0] = weight.shape
  const [turned = NONE, scale = NONE] = g.weights(
    [
      { name: `${name}.weight`, type: 'int8', dims: [inputs, outputs] },
      { name: `${name}.scale`, type: 'float32', dims: [outputs] },
    ],
    async () => {
      const quantised = quantiseRows(await weight.load(), [outputs, inputs])
      return [quantised.turned, quantised.scales]
    },
  )
  const peak = g.op('Max', [g.op('ReduceMax', [g.op('Abs', [input])], { axes: [-1], keepdims: 1 }), g.float32(TINY)])
  // Each row now reaches from −1 to 1, so one fixed scale fits all of them, whatever else is in the batch.
  const [step, middle] = [g.float32(1 / INT8_MAX), g.uint8(UINT8_MIDDLE)]
  const levels = g.op('QuantizeLinear', [g.op('Div', [input, peak]), step, middle])
  const product = g.op('MatMulIntegerToFloat', [levels, turned, step, scale, middle])
  return biased(g, name, g.op('Mul', [product, peak]), bias, 'float32')
}

/** x · Wᵀ + b over the last dimension. @param name of the layer, unique in its graph */
export const linear = (g: GraphBuilder, name: string, input: Value, layer: Linear, kind: LinearKind): Value => {
  if (kind === 'float32' || kind === 'float16') return floatLinear(g, name, input, layer, kind)
  if (kind === 'int8-rows') return rowLinear(g, name, input, layer)
  return blockLinear(g, name, input, layer, kind === 'int8-blocks' ? 8 : 4)
}

/** A tensor as a float32 weight of the graph. */
export const weight = (g: GraphBuilder, name: string, tensor: Tensor): Value => {
  const [value = NONE] = g.weights([{ name, type: 'float32', dims: tensor.shape }], async () => [await tensor.load()])
  return value
}

/** Layer normalisation over the last dimension, in float32. */
export const layerNorm = (g: GraphBuilder, input: Value, scale: Value, bias: Value, epsilon: number): Value =>
  g.op('LayerNormalization', [input, scale, bias], { axis: -1, epsilon: real(epsilon) })
