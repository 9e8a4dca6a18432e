import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  BUNDLE_GRAPHS,
  BUNDLE_TABLES,
  type BundleGraph,
  COPIED_FILES,
  type ModelDescription,
  modulationFile,
} from '../model-bundle/index.ts'
import { createFlow, type Flow, type FlowOptions } from './flow/flow.ts'
import { int8Saturates } from './int8-self-test.ts'
import { openEmbeddingTable } from './llm/embedding-table.ts'
import { createLlmDecoder, type ForkingDecoder } from './llm/llm-decoder.ts'
import type { PromptNetworks } from './prompt/prompt-features.ts'
import { promptNetworks } from './prompt/prompt-networks.ts'
import { gpuUnavailable, type Network, type NetworkOptions, openNetwork } from './sessions.ts'
import { createVocoder, type SpeechVocoder } from './vocoder/create-vocoder.ts'
import { vocoderNetworks } from './vocoder/vocoder-networks.ts'

/** The files of a model and what they are. */
export type ModelFolder = { readonly directory: string; readonly description: ModelDescription }

/** The language model with its tables. */
export interface Llm extends AsyncDisposable {
  /** Starts a text. What it remembers on a device is freed when it is disposed of. */
  decoder(): ForkingDecoder
  /** Embeddings [ids, hidden]. */
  text(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  speech(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  /** Embeddings of the marks that begin a text and the speech: [hidden] each. */
  sos(): Promise<Float32Array<ArrayBuffer>>
  task(): Promise<Float32Array<ArrayBuffer>>
}

export type OpenNetwork = (modelPath: string, options: NetworkOptions) => Promise<Network>

/** How the graphs of a model are opened: all alike, or each in its own way. */
export type GraphOptions = NetworkOptions | ((graph: BundleGraph) => NetworkOptions)

const optionsOf = (options: GraphOptions, graph: BundleGraph): NetworkOptions =>
  typeof options === 'function' ? options(graph) : options

const openGraph = async (
  { directory }: ModelFolder,
  graph: BundleGraph,
  options: NetworkOptions,
  open: OpenNetwork,
): Promise<Network> => {
  const file = `${BUNDLE_GRAPHS[graph]}.onnx`
  const network = await open(path.join(directory, file), options)
  const { provider = 'cpu' } = options
  // Asked of the session itself, whatever it was opened with.
  if (provider !== 'cpu' && network.provider !== provider) {
    await network[Symbol.asyncDispose]()
    throw gpuUnavailable(provider, 'ONNX Runtime used the processor instead', file)
  }
  return network
}

/**
 * @param open preset: `openNetwork`; another one stands in for hardware that is not there
 * @throws AppError as `openNetwork`
 */
export const openLlm = async (
  folder: ModelFolder,
  options: GraphOptions = {},
  open: OpenNetwork = openNetwork,
): Promise<Llm> => {
  await using stack = new AsyncDisposableStack()
  const { llm, architecture } = folder.description
  const openTable = async (file: string, rows: number, type: 'float16' | 'float32') =>
    stack.use(await openEmbeddingTable(path.join(folder.directory, file), { rows, width: llm.hiddenSize, type }))
  const network = stack.use(await openGraph(folder, 'llm', optionsOf(options, 'llm'), open))
  const text = await openTable(BUNDLE_TABLES.text, llm.textVocabularySize, llm.textTable)
  const speech = await openTable(BUNDLE_TABLES.speech, llm.speechVocabularySize, 'float32')
  const control = architecture === 'cosyvoice2' ? await openTable(BUNDLE_TABLES.control, 2, 'float32') : speech
  const opened = stack.move()
  return {
    decoder: () => createLlmDecoder(network, llm),
    text: text.rows,
    speech: speech.rows,
    sos: () => control.rows([llm.sosRow]),
    task: () => control.rows([llm.taskRow]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/**
 * Eight-bit products are made exact where the processor's short ones are not, whatever machine the bundle was made on.
 * @param remembers preset: nothing
 * @throws AppError as `openLlm`
 */
export const openFlow = async (
  folder: ModelFolder,
  options: GraphOptions = {},
  open: OpenNetwork = openNetwork,
  remembers: FlowOptions = {},
): Promise<Flow & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const isRounded = folder.description.flow.weights === 'int8'
  const exact = isRounded && (await int8Saturates()) ? { hasExactInt8: true } : {}
  const openPart = async (graph: BundleGraph): Promise<Network> =>
    stack.use(await openGraph(folder, graph, { ...optionsOf(options, graph), ...exact }, open))
  const front = await openPart('flowFront')
  const estimator = await openPart('estimator')
  const tables = new Map<number, Float32Array>()
  const modulation = (steps: number): Float32Array => {
    const known = tables.get(steps)
    if (known) return known
    const bytes = readFileSync(path.join(folder.directory, modulationFile(steps)))
    const table = new Float32Array(new Uint8Array(bytes).buffer)
    tables.set(steps, table)
    return table
  }
  const flow = stack.use(createFlow({ front, estimator, modulation }, folder.description.flow, remembers))
  const opened = stack.move()
  return {
    ...flow,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** @throws AppError as `openLlm` */
export const openVocoder = async (
  folder: ModelFolder,
  options: GraphOptions = {},
  open: OpenNetwork = openNetwork,
): Promise<SpeechVocoder & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const openPart = async (graph: BundleGraph): Promise<Network> =>
    stack.use(await openGraph(folder, graph, optionsOf(options, graph), open))
  const pitch = await openPart('pitch')
  const decoder = await openPart('vocoder')
  const description = folder.description.vocoder
  const vocoder = createVocoder(vocoderNetworks(pitch, decoder, description), description)
  const opened = stack.move()
  return {
    ...vocoder,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/**
 * The networks of the prompt, always on the processor: a voice must not depend on the machine. Opened for a voice and closed
 * again, since the larger one takes a gigabyte.
 * @throws AppError model.not-found where the checkpoint had none; model.graph-rejected
 */
export const openPromptNetworks = async (
  directory: string,
  model: { architecture: ModelDescription['architecture']; speechCodes: number },
): Promise<PromptNetworks & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const open = async (file: string) => stack.use(await openNetwork(path.join(directory, file)))
  const speechTokenizer = await open(COPIED_FILES.speechTokenizer[model.architecture])
  const speaker = await open(COPIED_FILES.speakerNetwork)
  const opened = stack.move()
  return { ...promptNetworks(speechTokenizer, speaker, model), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
