import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, assert } from '../../shared/kernel/index.ts'
import { CONTRIB_DOMAIN, type OnnxGraph } from './graph-builder.ts'
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

/** Bytes that the two files of a graph take, slightly above the truth. */
export const graphSizeBytes = (graph: OnnxGraph): number => {
  const tensors = graph.weights.flatMap((group) => group.tensors)
  return tensors.length * ALIGNMENT_BYTES + graph.weightsSizeBytes + 1024 * (graph.nodes.length + tensors.length + 16)
}

export type GraphMetadata = Readonly<Record<string, string>>
export type WriteJob = { signal: AbortSignal; onBytes(bytes: number): void }

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
  const initializer: TensorMessage[] = [...graph.constants]
  await using weightsFile = await open(path.join(directory, files.weights), 'w')
  let offset = 0
  for (const { tensors, load } of graph.weights) {
    if (signal.aborted) throw new AppCancel()
    const views = await load()
    assert(views.length === tensors.length, `${graph.name}: a group of weights is incomplete`)
    for (const [index, { name, type, dims }] of tensors.entries()) {
      const data = views[index]
      const length = tensorSizeBytes(type, dims)
      assert(data?.byteLength === length, `${graph.name}: ${name} has ${data?.byteLength} bytes, not ${length}`)
      offset = aligned(offset)
      await writeFully(weightsFile, bytesOf(data), offset)
      onBytes(length)
      initializer.push({
        name,
        dataType: TENSOR_TYPES[type].id,
        dims,
        dataLocation: EXTERNAL,
        externalData: Object.entries({ location: files.weights, offset, length }).map(([key, value]) => ({
          key,
          value: String(value),
        })),
      })
      offset += length
    }
  }
  const model = encode(graph, initializer, metadata)
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

type Target = { write(data: Uint8Array, from: number, length: number, at: number): Promise<{ bytesWritten: number }> }

/** One call may write less than it was given, and never more than 2 GiB. */
const writeFully = async (file: Target, data: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < data.byteLength; ) {
    const { bytesWritten } = await file.write(data, done, data.byteLength - done, at + done)
    done += bytesWritten
  }
}
