import { assert } from '../../shared/kernel/index.ts'
import type { AttributeMessage, NodeMessage, TensorMessage, ValueInfoMessage } from './onnx-schema.ts'
import { bytesOf, elementCount, TENSOR_TYPES, type TensorType } from './tensor-type.ts'

/** A tensor inside a graph, known by its name there. */
export type Value = string & { readonly brand: 'onnx value' }

/** A size known when the graph is built, or the name of one that is known when it runs. */
export type Dimension = number | string

/** A real-valued attribute; a plain number is an integer one. */
export type RealAttribute = { readonly real: number }
export const real = (value: number): RealAttribute => ({ real: value })
export type Attributes = Readonly<Record<string, number | readonly number[] | string | RealAttribute>>

export type TensorSpec = { readonly name: string; readonly type: TensorType; readonly dims: readonly number[] }
/** Tensors that are made together when the graph is written, and not held before or after. */
export type WeightGroup = {
  readonly tensors: readonly TensorSpec[]
  readonly load: () => Promise<readonly ArrayBufferView[]>
}

export type OnnxGraph = {
  readonly name: string
  readonly inputs: readonly ValueInfoMessage[]
  readonly outputs: readonly ValueInfoMessage[]
  readonly nodes: readonly NodeMessage[]
  readonly constants: readonly TensorMessage[]
  readonly weights: readonly WeightGroup[]
}

/** Operators of ONNX Runtime's own set; every other one is of ONNX itself. @source microsoft/onnxruntime docs/ContribOperators.md */
const CONTRIB_OPERATORS = new Set([
  'DynamicQuantizeMatMul',
  'FastGelu',
  'Gelu',
  'GroupQueryAttention',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'MultiHeadAttention',
  'QuickGelu',
  'RotaryEmbedding',
  'SkipSimplifiedLayerNormalization',
])
export const CONTRIB_DOMAIN = 'com.microsoft'

/** Attribute type numbers. @source onnx/onnx onnx/onnx.proto AttributeProto.AttributeType */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const

const attributeMessage = (name: string, value: Attributes[string]): AttributeMessage => {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value }
  if (typeof value === 'string') return { name, type: ATTRIBUTE.string, s: new TextEncoder().encode(value) }
  if ('real' in value) return { name, type: ATTRIBUTE.float, f: value.real }
  return { name, type: ATTRIBUTE.ints, ints: value }
}

const valueInfo = (name: string, type: TensorType, dims: readonly Dimension[]): ValueInfoMessage => ({
  name,
  type: {
    tensorType: {
      elemType: TENSOR_TYPES[type].id,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
})

/** Leaves an optional input or output of an operator out. */
export const NONE = '' as Value

export interface GraphBuilder {
  input(name: string, type: TensorType, dims: readonly Dimension[]): Value
  /** Names a value as an output of the graph. */
  output(name: string, value: Value, type: TensorType, dims: readonly Dimension[]): void
  /** One operator with one output. */
  op(operator: string, inputs: readonly Value[], attributes?: Attributes): Value
  /** One operator with several outputs; those counted but not wanted may be left unused. */
  ops(operator: string, inputs: readonly Value[], outputs: number, attributes?: Attributes): Value[]
  /** A small constant inside the graph file; equal ones are one. */
  int64(values: number | readonly number[]): Value
  float32(values: number | readonly number[]): Value
  int8(values: Int8Array, dims: readonly number[]): Value
  uint8(value: number): Value
  /** Weights in the file beside the graph. `load` gives the data in the order of the tensors. */
  weights(tensors: readonly TensorSpec[], load: WeightGroup['load']): Value[]
}

/** Builds a graph; its nodes are in topological order because a value exists only after the node that makes it. */
export const buildGraph = (name: string, build: (graph: GraphBuilder) => void): OnnxGraph => {
  const inputs: ValueInfoMessage[] = []
  const outputs: ValueInfoMessage[] = []
  const nodes: NodeMessage[] = []
  const weights: WeightGroup[] = []
  const constants = new Map<string, TensorMessage>()
  const known = new Set<string>([NONE])

  const define = (valueName: string): Value => {
    assert(!known.has(valueName), `${name}: two values are called ${valueName}`)
    known.add(valueName)
    return valueName as Value
  }
  const addNode = (
    operator: string,
    from: readonly Value[],
    to: readonly string[],
    attributes: Attributes,
  ): Value[] => {
    for (const value of from) assert(known.has(value), `${name}: ${operator} uses ${value} before it is made`)
    nodes.push({
      name: `${operator}_${nodes.length}`,
      opType: operator,
      domain: CONTRIB_OPERATORS.has(operator) ? CONTRIB_DOMAIN : '',
      input: from,
      output: to,
      attribute: Object.entries(attributes).map(([key, value]) => attributeMessage(key, value)),
    })
    return to.map(define)
  }
  const ops: GraphBuilder['ops'] = (operator, from, count, attributes = {}) => {
    const names = Array.from({ length: count }, (_, index) => `${operator}_${nodes.length}:${index}`)
    return addNode(operator, from, names, attributes)
  }
  const op: GraphBuilder['op'] = (operator, from, attributes) => {
    const [value] = ops(operator, from, 1, attributes)
    assert(value !== undefined, 'an operator has an output')
    return value
  }
  const constant = (type: TensorType, data: ArrayBufferView, dims: readonly number[]): Value => {
    const key = `${type}[${dims}]${Buffer.from(bytesOf(data)).toString('base64')}`
    const found = constants.get(key)
    if (found) return found.name as Value
    const made = { name: `constant_${constants.size}`, dataType: TENSOR_TYPES[type].id, dims, rawData: bytesOf(data) }
    constants.set(key, made)
    return define(made.name)
  }

  build({
    input(valueName, type, dims) {
      inputs.push(valueInfo(valueName, type, dims))
      return define(valueName)
    },
    output(valueName, value, type, dims) {
      addNode('Identity', [value], [valueName], {})
      outputs.push(valueInfo(valueName, type, dims))
    },
    op,
    ops,
    int64(values) {
      const list = typeof values === 'number' ? [values] : values
      return constant('int64', BigInt64Array.from(list, BigInt), typeof values === 'number' ? [] : [list.length])
    },
    float32(values) {
      const list = typeof values === 'number' ? [values] : values
      return constant('float32', Float32Array.from(list), typeof values === 'number' ? [] : [list.length])
    },
    int8: (values, dims) => constant('int8', values, dims),
    uint8: (value) => constant('uint8', Uint8Array.of(value), []),
    weights(tensors, load) {
      weights.push({ tensors, load })
      return tensors.map((tensor) => define(tensor.name))
    },
  })
  for (const { dims } of weights.flatMap(({ tensors }) => tensors))
    assert(elementCount(dims) > 0, `${name}: a weight is empty`)
  return { name, inputs, outputs, nodes, constants: [...constants.values()], weights }
}
