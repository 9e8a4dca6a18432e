import { readFileSync } from 'node:fs'
import { Reader } from 'protobufjs/minimal.js'

/**
 * Fields of a protocol buffer message by their numbers, each with its values in the order of the file. Knows nothing of what
 * writes the models. @source protocolbuffers/protobuf docs "Encoding"
 */
type Fields = ReadonlyMap<number, readonly (bigint | number | Uint8Array)[]>

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

const fieldsOf = (bytes: Uint8Array): Fields => {
  const reader = Reader.create(bytes)
  const fields = new Map<number, (bigint | number | Uint8Array)[]>()
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const values = fields.get(tag >>> 3) ?? []
    fields.set(tag >>> 3, values)
    const wire = tag & 7
    if (wire === WIRE.varint) values.push(BigInt(reader.int64().toString()))
    else if (wire === WIRE.fixed32) values.push(reader.float())
    else if (wire === WIRE.bytes) values.push(reader.bytes())
    else throw new Error(`wire type ${wire} is not expected in a model`)
  }
  return fields
}

const messages = (fields: Fields, at: number): Fields[] =>
  (fields.get(at) ?? []).map((value) => fieldsOf(value instanceof Uint8Array ? value : new Uint8Array()))
const texts = (fields: Fields, at: number): string[] =>
  (fields.get(at) ?? []).map((value) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : ''))
const text = (fields: Fields, at: number): string => texts(fields, at)[0] ?? ''
const single = (fields: Fields, at: number): number => {
  const [value] = fields.get(at) ?? []
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0
}
/** Repeated integers, one by one or packed. */
const integers = (fields: Fields, at: number): number[] =>
  (fields.get(at) ?? []).flatMap((value) => {
    if (!(value instanceof Uint8Array)) return [Number(value)]
    const reader = Reader.create(value)
    const list: number[] = []
    while (reader.pos < reader.len) list.push(Number(reader.int64().toString()))
    return list
  })
const entries = (fields: Fields, at: number): Record<string, string> =>
  Object.fromEntries(messages(fields, at).map((entry) => [text(entry, 1), text(entry, 2)]))

export type ReadAttribute = {
  readonly type: number
  readonly value: number | string | readonly number[]
}
export type ReadNode = {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, ReadAttribute>>
}
export type ReadTensor = {
  readonly name: string
  readonly type: number
  readonly dims: readonly number[]
  readonly raw: Uint8Array | undefined
  readonly isExternal: boolean
  /** `location`, `offset`, `length` of one that lies in another file. */
  readonly external: Readonly<Record<string, string>>
}
export type ReadValue = { readonly name: string; readonly type: number; readonly dims: readonly (number | string)[] }
export type ReadModel = {
  readonly irVersion: number
  readonly opsets: Readonly<Record<string, number>>
  readonly producer: readonly [name: string, version: string]
  readonly metadata: Readonly<Record<string, string>>
  readonly graph: string
  readonly nodes: readonly ReadNode[]
  readonly tensors: readonly ReadTensor[]
  readonly inputs: readonly ReadValue[]
  readonly outputs: readonly ReadValue[]
}

/** Numbers of the kinds of attributes. @source onnx/onnx onnx/onnx.proto AttributeProto.AttributeType */
const ATTRIBUTE = { float: 1, integer: 2, string: 3, integers: 7 } as const

const attribute = (fields: Fields): [string, ReadAttribute] => {
  const type = single(fields, 20)
  const value =
    type === ATTRIBUTE.float
      ? single(fields, 2)
      : type === ATTRIBUTE.integer
        ? single(fields, 3)
        : type === ATTRIBUTE.string
          ? text(fields, 4)
          : integers(fields, 8)
  return [text(fields, 1), { type, value }]
}

const node = (fields: Fields): ReadNode => ({
  operator: text(fields, 4),
  domain: text(fields, 7),
  inputs: texts(fields, 1),
  outputs: texts(fields, 2),
  attributes: Object.fromEntries(messages(fields, 5).map(attribute)),
})

const tensor = (fields: Fields): ReadTensor => {
  const [raw] = fields.get(9) ?? []
  return {
    name: text(fields, 8),
    type: single(fields, 2),
    dims: integers(fields, 1),
    raw: raw instanceof Uint8Array ? raw : undefined,
    isExternal: single(fields, 14) === 1,
    external: entries(fields, 13),
  }
}

const value = (fields: Fields): ReadValue => {
  const [tensorType = new Map()] = messages(fields, 2).flatMap((type) => messages(type, 1))
  const dims = messages(tensorType, 2).flatMap((shape) => messages(shape, 1))
  return {
    name: text(fields, 1),
    type: single(tensorType, 1),
    dims: dims.map((dim) => (dim.has(2) ? text(dim, 2) : single(dim, 1))),
  }
}

/** What the bytes of an `.onnx` file say. @source onnx/onnx onnx/onnx.proto, for the numbers of the fields */
export const readOnnxBytes = (bytes: Uint8Array): ReadModel => {
  const model = fieldsOf(bytes)
  const [graph = new Map()] = messages(model, 7)
  return {
    irVersion: single(model, 1),
    opsets: Object.fromEntries(messages(model, 8).map((set) => [text(set, 1), single(set, 2)])),
    producer: [text(model, 2), text(model, 3)],
    metadata: entries(model, 14),
    graph: text(graph, 2),
    nodes: messages(graph, 1).map(node),
    tensors: messages(graph, 5).map(tensor),
    inputs: messages(graph, 11).map(value),
    outputs: messages(graph, 12).map(value),
  }
}

export const readOnnx = (filePath: string): ReadModel => readOnnxBytes(readFileSync(filePath))

/** Values that a node reads before anything has made them. */
export const usesBeforeDefinition = ({ nodes, tensors, inputs }: ReadModel): string[] => {
  const known = new Set(['', ...inputs.map(({ name }) => name), ...tensors.map(({ name }) => name)])
  return nodes.flatMap((one) => {
    const unknown = one.inputs.filter((name) => !known.has(name))
    for (const name of one.outputs) known.add(name)
    return unknown
  })
}
