import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, assert } from '../../shared/kernel/index.ts'
import { writeFully } from '../disk/index.ts'
import { CONTRIB_DOMAIN, type OnnxGraph, type TensorSpec, type WeightGroup } from './graph-builder.ts'
import { encodeModel, type TensorMessage } from './onnx-schema.ts'
import { bytesOf, TENSOR_TYPES, tensorSizeBytes } from './tensor-type.ts'

/** Version 8 with operator set 17: the newest that Debian's onnx knows; nothing newer is needed. @source onnx/onnx docs/Versioning.md */
const IR_VERSION = 8
const OPSET_VERSION = 17
const CONTRIB_OPSET_VERSION = 1
/** Pages of memory: a tensor that begins on one can be mapped. @source onnx/onnx docs/ExternalData.md */
const ALIGNMENT_BYTES = 4096
const EXTERNAL = 1

const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT_BYTES) * ALIGNMENT_BYTES

/** Files that `writeGraph` makes for a graph of this name. */
export const graphFiles = (name: string): { model: string; weights: string } => ({
  model: `${name}.onnx`,
  weights: `${name}.weights`,
})

export type GraphMetadata = Readonly<Record<string, string>>
export type WriteJob = {
  signal: AbortSignal
  /** Bytes written since the last call, the gaps before tensors included; all together are `graphSizeBytes`. */
  onBytes(bytes: number): void
}

type PlacedTensor = TensorSpec & { readonly offset: number; readonly length: number }

/** Where each weight lies in the file of weights, group by group; the first byte of each is that of a page. */
const placedWeights = ({ weights }: OnnxGraph): PlacedTensor[][] => {
  let end = 0
  return weights.map(({ tensors }) =>
    tensors.map((tensor) => {
      const placed = { ...tensor, offset: aligned(end), length: tensorSizeBytes(tensor.type, tensor.dims) }
      end = placed.offset + placed.length
      return placed
    }),
  )
}

const encodePlaced = (graph: OnnxGraph, weights: readonly PlacedTensor[][], metadata: GraphMetadata): Uint8Array => {
  const external = weights.flat().map(
    ({ name, type, dims, offset, length }): TensorMessage => ({
      name,
      dataType: TENSOR_TYPES[type].id,
      dims,
      dataLocation: EXTERNAL,
      externalData: Object.entries({ location: graphFiles(graph.name).weights, offset, length }).map(
        ([key, value]) => ({
          key,
          value: String(value),
        }),
      ),
    }),
  )
  return encode(graph, [...graph.constants, ...external], metadata)
}

/** Bytes that `writeGraph` writes into the two files of a graph. */
export const graphSizeBytes = (graph: OnnxGraph, metadata: GraphMetadata): number => {
  const weights = placedWeights(graph)
  const last = weights.at(-1)?.at(-1)
  return (last ? last.offset + last.length : 0) + encodePlaced(graph, weights, metadata).byteLength
}

/**
 * Writes `<name>.onnx` and `<name>.weights` into a folder; holds one group of weights at a time.
 * @param metadata facts for people and tools, kept in the model's `metadata_props`
 * @throws AppCancel between two groups of weights; errors of the file system and of the weights' `load` as they come
 */
export const writeGraph = async (
  graph: OnnxGraph,
  directory: string,
  metadata: GraphMetadata,
  { signal, onBytes }: WriteJob,
): Promise<void> => {
  const files = graphFiles(graph.name)
  const placed = placedWeights(graph)
  await using weightsFile = await open(path.join(directory, files.weights), 'w')
  let end = 0
  // A frame of its own for each group: what this loop had held would still be there while the next group is loaded.
  const writeGroup = async ({ load }: WeightGroup, tensors: readonly PlacedTensor[]): Promise<void> => {
    const views = await load()
    assert(views.length === tensors.length, `${graph.name}: a group of weights is incomplete`)
    for (const [index, { name, offset, length }] of tensors.entries()) {
      const data = views[index]
      assert(data?.byteLength === length, `${graph.name}: ${name} has ${data?.byteLength} bytes, not ${length}`)
      await writeFully(weightsFile, bytesOf(data), offset)
      onBytes(offset + length - end)
      end = offset + length
    }
  }
  for (const [index, group] of graph.weights.entries()) {
    if (signal.aborted) throw new AppCancel()
    await writeGroup(group, placed[index] ?? [])
  }
  const model = encodePlaced(graph, placed, metadata)
  await writeFile(path.join(directory, files.model), model)
  onBytes(model.byteLength)
}

const encode = (graph: OnnxGraph, initializer: readonly TensorMessage[], metadata: GraphMetadata): Uint8Array =>
  encodeModel({
    irVersion: IR_VERSION,
    producerName: 'Cosy Studio',
    producerVersion: metadata.converterVersion ?? '',
    opsetImport: [
      { domain: '', version: OPSET_VERSION },
      { domain: CONTRIB_DOMAIN, version: CONTRIB_OPSET_VERSION },
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: graph.nodes,
      initializer,
      input: graph.inputs,
      output: graph.outputs,
    },
  })

/** The bytes of a graph that has no weights beside it. */
export const encodeGraph = (graph: OnnxGraph): Uint8Array => {
  assert(graph.weights.length === 0, 'weights need a file')
  return encode(graph, graph.constants, {})
}
