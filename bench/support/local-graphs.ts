import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { openCheckpoint } from '../../src/main/checkpoint/index.ts'
import {
  type DitTensors,
  type FlowNetwork,
  type HiftTensors,
  type LlmTensors,
  llmGraph,
  qwenConfigSchema,
  readDitTensors,
  readFlowNetwork,
  readHiftTensors,
  readLlmTensors,
  readTensors,
  vocoderGraph,
} from '../../src/main/networks/index.ts'
import { graphFiles, type OnnxGraph, writeGraph } from '../../src/main/onnx/index.ts'
import { plainEstimatorGraph, plainHeadGraph, plainLlmGraph } from './plain-graphs.ts'

/** The networks of a CosyVoice 3 checkpoint, open. */
export interface LocalNetworks extends AsyncDisposable {
  readonly llm: LlmTensors
  readonly flow: FlowNetwork
  readonly estimator: DitTensors
  readonly vocoder: HiftTensors
}

/** @throws AppError checkpoint.* */
export const openLocalNetworks = async (directory: string): Promise<LocalNetworks> => {
  await using stack = new AsyncDisposableStack()
  const open = async (file: string) => readTensors(stack.use(await openCheckpoint(path.join(directory, file))))
  const config = await readFile(path.join(directory, 'CosyVoice-BlankEN', 'config.json'), 'utf8')
  const llm = readLlmTensors(await open('llm.pt'), qwenConfigSchema.parse(JSON.parse(config)))
  const flowTensors = await open('flow.pt')
  const flow = readFlowNetwork(flowTensors)
  const estimator = readDitTensors(flowTensors.within('decoder.estimator'), flow.melBins)
  const vocoder = readHiftTensors(await open('hift.pt'))
  const opened = stack.move()
  return { llm, flow, estimator, vocoder, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Graphs beside those of a bundle for processors: the app's own with other weights, and the plain ones. */
const EXTRA_GRAPHS = {
  llmInt4: ({ llm }) => llmGraph(llm, { name: 'llm-int4', form: 'cpu', weights: 'int4-blocks' }),
  llmFloat: ({ llm }) => llmGraph(llm, { name: 'llm-float', form: 'cpu', weights: 'float32' }),
  estimatorFloat: ({ flow }) => flow.estimator('estimator-float', 'float32').graph,
  vocoder: ({ vocoder }) => vocoderGraph('vocoder-own', vocoder),
  plainLlm: ({ llm }) => plainLlmGraph('plain-llm', llm),
  plainHead: ({ llm }) => plainHeadGraph('plain-head', llm),
  plainEstimator: ({ estimator }) => plainEstimatorGraph('plain-estimator', estimator),
  plainVocoder: ({ vocoder }) => vocoderGraph('plain-vocoder', vocoder, { isPublished: true }),
} as const satisfies Readonly<Record<string, (networks: LocalNetworks) => OnnxGraph>>
export type ExtraGraph = keyof typeof EXTRA_GRAPHS

/** Writes one of the extra graphs into a folder. @returns where its model lies */
export const writeExtraGraph = async (
  networks: LocalNetworks,
  which: ExtraGraph,
  directory: string,
): Promise<string> => {
  const graph = EXTRA_GRAPHS[which](networks)
  await writeGraph(graph, directory, {}, { signal: new AbortController().signal, onBytes: () => undefined })
  return path.join(directory, graphFiles(graph.name).model)
}
