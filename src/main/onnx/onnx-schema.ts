import protobuf from 'protobufjs'

/**
 * The messages of the ONNX format that a graph needs, as data: field name to [type, number], `*` marks a repeated field.
 * @source onnx/onnx onnx/onnx.proto
 */
const MESSAGES = {
  ModelProto: {
    irVersion: ['int64', 1],
    opsetImport: ['*OperatorSetIdProto', 8],
    producerName: ['string', 2],
    producerVersion: ['string', 3],
    graph: ['GraphProto', 7],
    metadataProps: ['*StringStringEntryProto', 14],
  },
  OperatorSetIdProto: { domain: ['string', 1], version: ['int64', 2] },
  StringStringEntryProto: { key: ['string', 1], value: ['string', 2] },
  GraphProto: {
    node: ['*NodeProto', 1],
    name: ['string', 2],
    initializer: ['*TensorProto', 5],
    input: ['*ValueInfoProto', 11],
    output: ['*ValueInfoProto', 12],
  },
  NodeProto: {
    input: ['*string', 1],
    output: ['*string', 2],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['*AttributeProto', 5],
    domain: ['string', 7],
  },
  AttributeProto: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    ints: ['*int64', 8],
    type: ['int32', 20],
  },
  TensorProto: {
    dims: ['*int64', 1],
    dataType: ['int32', 2],
    name: ['string', 8],
    rawData: ['bytes', 9],
    externalData: ['*StringStringEntryProto', 13],
    dataLocation: ['int32', 14],
  },
  ValueInfoProto: { name: ['string', 1], type: ['TypeProto', 2] },
  TypeProto: { tensorType: ['TensorTypeProto', 1] },
  TensorTypeProto: { elemType: ['int32', 1], shape: ['TensorShapeProto', 2] },
  TensorShapeProto: { dim: ['*DimensionProto', 1] },
  DimensionProto: { dimValue: ['int64', 1], dimParam: ['string', 2] },
} as const

const messageOf = (fields: Readonly<Record<string, readonly [string, number]>>): protobuf.IType => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id]]) => [
      name,
      type.startsWith('*') ? { rule: 'repeated', type: type.slice(1), id } : { type, id },
    ]),
  ),
})

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(MESSAGES).map(([name, fields]) => [name, messageOf(fields)])),
})
const modelType = root.lookupType('ModelProto')

export type StringEntry = { key: string; value: string }
export type AttributeMessage = {
  name: string
  type: number
  f?: number
  i?: number
  s?: Uint8Array
  ints?: readonly number[]
}
export type NodeMessage = {
  name: string
  opType: string
  domain: string
  input: readonly string[]
  output: readonly string[]
  attribute: readonly AttributeMessage[]
}
export type TensorMessage = {
  name: string
  dataType: number
  dims: readonly number[]
  rawData?: Uint8Array
  externalData?: readonly StringEntry[]
  dataLocation?: number
}
export type ValueInfoMessage = {
  name: string
  type: { tensorType: { elemType: number; shape: { dim: readonly ({ dimValue: number } | { dimParam: string })[] } } }
}
export type ModelMessage = {
  irVersion: number
  producerName: string
  producerVersion: string
  opsetImport: readonly { domain: string; version: number }[]
  metadataProps: readonly StringEntry[]
  graph: {
    name: string
    node: readonly NodeMessage[]
    initializer: readonly TensorMessage[]
    input: readonly ValueInfoMessage[]
    output: readonly ValueInfoMessage[]
  }
}

/** The bytes of an `.onnx` file. */
export const encodeModel = (model: ModelMessage): Uint8Array => modelType.encode(modelType.fromObject(model)).finish()
