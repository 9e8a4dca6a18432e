import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { BUNDLE_GRAPHS } from '../../model-bundle/index.ts'
import { type Estimator, type LlmTensors, llmGraph, pitchGraph, vocoderGraph } from '../../networks/index.ts'
import { graphSizeBytes, type OnnxGraph, type WriteJob, writeGraph } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationSize } from '../conversion-plan.ts'

/** Euler steps of the mel that is compared. */
export const VERIFIED_STEPS = 10

/** Name of every part of the language model. */
export const LLM_PART = 'llm-part'

/** The language model in float32, a layer at a time and then its head: as a whole it would not fit the memory it may use. */
export const exactLlmParts = (llm: LlmTensors): { layers: OnnxGraph[]; head: OnnxGraph } => {
  const part = (which: { layer: number } | 'head'): OnnxGraph =>
    llmGraph(llm, { name: LLM_PART, form: 'cpu', weights: 'float32', part: which })
  return { layers: llm.layers.map((_, layer) => part({ layer })), head: part('head') }
}

/** The flow in float32, named as in a bundle. */
export const exactFlow = ({ flow }: CheckpointFolder): { graphs: OnnxGraph[]; modulation: Estimator['modulation'] } => {
  const { graph, modulation } = flow.estimator(BUNDLE_GRAPHS.estimator, 'float32')
  return { graphs: [flow.front(BUNDLE_GRAPHS.flowFront), graph], modulation }
}

/** The vocoder as it was published, whose samples are repeated before each convolution; named as in a bundle. */
export const exactVocoderGraphs = ({ vocoder }: CheckpointFolder): OnnxGraph[] => [
  pitchGraph(BUNDLE_GRAPHS.pitch, vocoder),
  vocoderGraph(BUNDLE_GRAPHS.vocoder, vocoder, { isPublished: true }),
]

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0)

/** What comparing a checkpoint with its bundle writes: each thing below alone, and removed before the next. */
export const verificationSize = (checkpoint: CheckpointFolder): VerificationSize => {
  const size = (graph: OnnxGraph): number => graphSizeBytes(graph, {})
  const { layers, head } = exactLlmParts(checkpoint.llm)
  const { rows, width } = checkpoint.flow.modulation
  const modulationBytes = Float32Array.BYTES_PER_ELEMENT * VERIFIED_STEPS * rows * width
  const apart = [
    ...[...layers, head].map(size),
    sum(exactFlow(checkpoint).graphs.map(size)) + modulationBytes,
    sum(exactVocoderGraphs(checkpoint).map(size)),
  ]
  return { diskBytes: Math.max(...apart), writtenBytes: sum(apart) }
}

/** Writes graphs into a folder within `parent`, which is gone at the end of the scope. */
export const writeExactGraphs = async (
  graphs: readonly OnnxGraph[],
  parent: string,
  job: WriteJob,
): Promise<AsyncDisposable & { readonly directory: string }> => {
  const directory = await mkdtemp(path.join(parent, 'graphs-'))
  // Left behind where this fails, they go with their parent.
  for (const graph of graphs) await writeGraph(graph, directory, {}, job)
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}
