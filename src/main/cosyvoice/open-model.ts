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
import { createFlow, type Flow } from './flow/flow.ts'
import { int8Saturates } from './int8-self-test.ts'
import { openEmbeddingTable } from './llm/embedding-table.ts'
import { createLlmDecoder, type LlmDecoder } from './llm/llm-decoder.ts'
import type { PromptNetworks } from './prompt/prompt-features.ts'
import { promptNetworks } from './prompt/prompt-networks.ts'
import { type Network, type NetworkOptions, openNetwork } from './sessions.ts'
import { createVocoder, type SpeechVocoder } from './vocoder/create-vocoder.ts'
import { vocoderNetworks } from './vocoder/vocoder-networks.ts'

/** The files of a model and what they are. */
export type ModelFolder = { readonly directory: string; readonly description: ModelDescription }

/** The language model with its tables. */
export interface Llm extends AsyncDisposable {
  /** Starts a text. */
  decoder(): LlmDecoder
  /** Embeddings [ids, hidden]. */
  text(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  speech(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  /** Embeddings of the marks that begin a text and the speech: [hidden] each. */
  sos(): Promise<Float32Array<ArrayBuffer>>
  task(): Promise<Float32Array<ArrayBuffer>>
}

const openGraph = (folder: ModelFolder, graph: BundleGraph, options: NetworkOptions): Promise<Network> =>
  openNetwork(path.join(folder.directory, `${BUNDLE_GRAPHS[graph]}.onnx`), options)

/** @throws AppError model.not-found | model.graph-rejected */
export const openLlm = async (folder: ModelFolder, options: NetworkOptions = {}): Promise<Llm> => {
  await using stack = new AsyncDisposableStack()
  const { llm, architecture } = folder.description
  const openTable = async (file: string, rows: number, type: 'float16' | 'float32') =>
    stack.use(await openEmbeddingTable(path.join(folder.directory, file), { rows, width: llm.hiddenSize, type }))
  const network = stack.use(await openGraph(folder, 'llm', options))
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
 * @throws AppError model.not-found | model.graph-rejected
 */
export const openFlow = async (folder: ModelFolder, preset: NetworkOptions = {}): Promise<Flow & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const isRounded = folder.description.flow.weights === 'int8'
  const options = isRounded && (await int8Saturates()) ? { ...preset, hasExactInt8: true } : preset
  const front = stack.use(await openGraph(folder, 'flowFront', options))
  const estimator = stack.use(await openGraph(folder, 'estimator', options))
  const tables = new Map<number, Float32Array>()
  const modulation = (steps: number): Float32Array => {
    const known = tables.get(steps)
    if (known) return known
    const bytes = readFileSync(path.join(folder.directory, modulationFile(steps)))
    const table = new Float32Array(new Uint8Array(bytes).buffer)
    tables.set(steps, table)
    return table
  }
  const opened = stack.move()
  return {
    ...createFlow({ front, estimator, modulation }, folder.description.flow),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** @throws AppError model.not-found | model.graph-rejected */
export const openVocoder = async (
  folder: ModelFolder,
  options: NetworkOptions = {},
): Promise<SpeechVocoder & AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const pitch = stack.use(await openGraph(folder, 'pitch', options))
  const decoder = stack.use(await openGraph(folder, 'vocoder', options))
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
