import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** An input or output of a graph. A size that is known only when the graph runs is undefined. */
export type GraphPort = {
  readonly name: string
  /** Number of the element type in the format. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
  readonly elementType: number
  readonly dims: readonly (number | undefined)[]
}

/** A tensor that is kept in a graph. */
export type GraphTensor = {
  readonly name: string
  readonly elementType: number
  readonly dims: readonly number[]
  /** Where its numbers lie in the file, row-major and little-endian; undefined where they lie in another one. */
  readonly data?: { readonly offset: number; readonly sizeBytes: number }
}

/** What a graph file says of itself. */
export type GraphOutline = {
  readonly inputs: readonly GraphPort[]
  readonly outputs: readonly GraphPort[]
  /** Every kind of operator in it, once. */
  readonly operators: readonly string[]
  readonly tensors: readonly GraphTensor[]
}

/** A file that is no ONNX graph, or only a part of one. */
export class NoGraphError extends Error {}

const OTHER_FORMAT = 'it is not in the format of ONNX'
const ENDS_EARLY = 'it ends too early'

const WINDOW_BYTES = 64 * 1024

/** Bytes of a file, read a window at a time: graphs of half a gigabyte are weights that nobody looks at here. */
class GraphFile implements Disposable {
  readonly sizeBytes: number
  readonly #descriptor: number
  readonly #window = Buffer.alloc(WINDOW_BYTES)
  #from = 0
  #to = 0

  constructor(filePath: string) {
    this.#descriptor = openSync(filePath, 'r')
    this.sizeBytes = fstatSync(this.#descriptor).size
  }

  byteAt(position: number): number {
    if (position < this.#from || position >= this.#to) {
      this.#from = position
      this.#to = position + readSync(this.#descriptor, this.#window, 0, WINDOW_BYTES, position)
    }
    const byte = position < this.#to ? this.#window[position - this.#from] : undefined
    if (byte === undefined) throw new NoGraphError(ENDS_EARLY)
    return byte
  }

  text({ from, to }: Span): string {
    return Buffer.from(Array.from({ length: to - from }, (_, index) => this.byteAt(from + index))).toString('utf8')
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/** Bytes [from, to) of the file. */
type Span = { readonly from: number; readonly to: number }
/** A field of a message: a number, or bytes that may be a message again. */
type Field = { readonly id: number; readonly value: number; readonly span: Span | undefined }

/** Wire types of protocol buffers. @source protocolbuffers/protobuf docs: Encoding */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const
const LONGEST_VARINT = 10

const varintAt = (file: GraphFile, at: number): { value: number; end: number } => {
  let value = 0
  for (let index = 0; index < LONGEST_VARINT; index++) {
    const byte = file.byteAt(at + index)
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, end: at + index + 1 }
  }
  throw new NoGraphError(OTHER_FORMAT)
}

function* fieldsOf(file: GraphFile, { from, to }: Span): Generator<Field> {
  let at = from
  while (at < to) {
    const key = varintAt(file, at)
    const [id, wire] = [Math.floor(key.value / 8), key.value % 8]
    if (id === 0) throw new NoGraphError(OTHER_FORMAT)
    at = key.end
    if (wire === WIRE.varint) {
      const { value, end } = varintAt(file, at)
      yield { id, value, span: undefined }
      at = end
    } else if (wire === WIRE.bytes) {
      const { value: length, end } = varintAt(file, at)
      if (end + length > to) throw new NoGraphError(ENDS_EARLY)
      yield { id, value: 0, span: { from: end, to: end + length } }
      at = end + length
    } else if (wire === WIRE.fixed64 || wire === WIRE.fixed32) at += wire === WIRE.fixed64 ? 8 : 4
    else throw new NoGraphError(OTHER_FORMAT)
  }
}

/** Numbers of the fields that are looked at. @source onnx/onnx onnx/onnx.proto */
const MODEL = { graph: 7 } as const
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const
const NODE = { operator: 4 } as const
const VALUE = { name: 1, type: 2 } as const
const TYPE = { tensor: 1 } as const
const TENSOR_TYPE = { elementType: 1, shape: 2 } as const
const SHAPE = { dimension: 1 } as const
const DIMENSION = { size: 1 } as const
const TENSOR = { dims: 1, elementType: 2, floats: 4, name: 8, raw: 9 } as const

const dimensionOf = (file: GraphFile, span: Span): number | undefined => {
  for (const { id, value, span: inner } of fieldsOf(file, span)) if (id === DIMENSION.size && !inner) return value
  return undefined
}

const portOf = (file: GraphFile, span: Span): GraphPort => {
  let [name, elementType] = ['', 0]
  const dims: (number | undefined)[] = []
  const readShape = (shape: Span): void => {
    for (const { id, span: inner } of fieldsOf(file, shape))
      if (id === SHAPE.dimension && inner) dims.push(dimensionOf(file, inner))
  }
  const readTensorType = (type: Span): void => {
    for (const { id, value, span: inner } of fieldsOf(file, type)) {
      if (id === TENSOR_TYPE.elementType) elementType = value
      if (id === TENSOR_TYPE.shape && inner) readShape(inner)
    }
  }
  for (const { id, span: inner } of fieldsOf(file, span)) {
    if (id === VALUE.name && inner) name = file.text(inner)
    if (id === VALUE.type && inner)
      for (const type of fieldsOf(file, inner)) if (type.id === TYPE.tensor && type.span) readTensorType(type.span)
  }
  return { name, elementType, dims }
}

const tensorOf = (file: GraphFile, span: Span): GraphTensor => {
  let [name, elementType] = ['', 0]
  let data: Span | undefined
  const dims: number[] = []
  for (const { id, value, span: inner } of fieldsOf(file, span)) {
    if (id === TENSOR.name && inner) name = file.text(inner)
    if (id === TENSOR.elementType) elementType = value
    // One by one, or all of them packed.
    if (id === TENSOR.dims && !inner) dims.push(value)
    if (id === TENSOR.dims && inner)
      for (let at = inner.from; at < inner.to; ) {
        const size = varintAt(file, at)
        dims.push(size.value)
        at = size.end
      }
    if ((id === TENSOR.raw || id === TENSOR.floats) && inner) data = inner
  }
  return { name, elementType, dims, ...(data && { data: { offset: data.from, sizeBytes: data.to - data.from } }) }
}

const operatorOf = (file: GraphFile, span: Span): string => {
  for (const { id, span: inner } of fieldsOf(file, span)) if (id === NODE.operator && inner) return file.text(inner)
  return ''
}

/**
 * Reads what a graph takes and gives without loading it: weights are stepped over.
 * @throws NoGraphError where the file is no graph or ends early; what the system says where it cannot be read
 */
export const readGraphOutline = (filePath: string): GraphOutline => {
  using file = new GraphFile(filePath)
  const inputs: GraphPort[] = []
  const outputs: GraphPort[] = []
  const operators = new Set<string>()
  const tensors: GraphTensor[] = []
  for (const model of fieldsOf(file, { from: 0, to: file.sizeBytes })) {
    if (model.id !== MODEL.graph || !model.span) continue
    for (const { id, span } of fieldsOf(file, model.span)) {
      if (!span) continue
      if (id === GRAPH.input) inputs.push(portOf(file, span))
      if (id === GRAPH.output) outputs.push(portOf(file, span))
      if (id === GRAPH.initializer) tensors.push(tensorOf(file, span))
      if (id === GRAPH.node) operators.add(operatorOf(file, span))
    }
  }
  if (outputs.length === 0) throw new NoGraphError('it is no ONNX graph')
  const kept = new Set(tensors.map(({ name }) => name))
  // Old exports list what is kept in the graph among its inputs.
  return { inputs: inputs.filter(({ name }) => !kept.has(name)), outputs, operators: [...operators], tensors }
}
