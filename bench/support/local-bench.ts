import { readFile } from 'node:fs/promises'
import { createFlow, type Flow, type LlmDecoder, type Network, openNetwork } from '../../src/main/cosyvoice/index.ts'
import {
  BUNDLE_GRAPHS,
  BUNDLE_TABLES,
  type Bundle,
  type BundleGraph,
  modulationFile,
} from '../../src/main/model-bundle/index.ts'
import { graphFiles } from '../../src/main/onnx/index.ts'
import { type ExtraGraph, type LocalNetworks, writeExtraGraph } from './local-graphs.ts'
import type { MachineGauge } from './machine-speed.ts'

/** How much is done of everything. */
export type LocalBenchSize = {
  readonly promptPositions: number
  readonly spokenTokens: number
  readonly promptTokens: number
  /** Positions behind which decoding is measured again, and for how many tokens. */
  readonly longPositions: number
  readonly longTokens: number
  readonly estimatorFrames: readonly number[]
  readonly repeats: number
  readonly lineRepeats: number
  readonly matrixSide: number
}

export const FULL_SIZE: LocalBenchSize = {
  promptPositions: 200,
  spokenTokens: 100,
  promptTokens: 50,
  longPositions: 1000,
  longTokens: 30,
  estimatorFrames: [300, 500],
  repeats: 7,
  lineRepeats: 3,
  matrixSide: 2048,
}
/** Enough to see that everything runs. */
export const QUICK_SIZE: LocalBenchSize = {
  promptPositions: 20,
  spokenTokens: 10,
  promptTokens: 5,
  longPositions: 60,
  longTokens: 5,
  estimatorFrames: [30, 50],
  repeats: 2,
  lineRepeats: 1,
  matrixSide: 256,
}

/** Euler steps of a line; every step asks the estimator twice. */
export const FLOW_STEPS = 10

export type LocalBench = {
  readonly size: LocalBenchSize
  readonly bundle: Bundle
  readonly networks: LocalNetworks
  readonly gauge: MachineGauge
  /** Where the extra graphs are written; those already there are not written again. */
  readonly directory: string
  readonly extraGraphs: Map<ExtraGraph, string>
}

export const openBundleGraph = (bundle: Bundle, graph: BundleGraph): Promise<Network> =>
  openNetwork(bundle.pathOf(graphFiles(BUNDLE_GRAPHS[graph]).model))

/** Writes an extra graph unless it is there, and opens it. */
export const openExtraGraph = async (
  { extraGraphs, networks, directory }: LocalBench,
  which: ExtraGraph,
): Promise<Network> => {
  const written = extraGraphs.get(which) ?? (await writeExtraGraph(networks, which, directory))
  extraGraphs.set(which, written)
  return openNetwork(written)
}

const readTable = async (bundle: Bundle, file: string): Promise<Float32Array> => {
  const { buffer, byteOffset, byteLength } = await readFile(bundle.pathOf(file))
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength))
}

/** The flow of a bundle with an estimator of one's choice. */
export const flowOf = async (bundle: Bundle, front: Network, estimator: Network): Promise<Flow> => {
  const table = await readTable(bundle, modulationFile(FLOW_STEPS))
  return createFlow({ front, estimator, modulation: () => table }, bundle.manifest.model.flow)
}

/** Numbers between -1 and 1, the same for the same seed. */
export const someNumbers = (length: number, seed: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * (seed + 0.7)))

/** Largest difference, in units of the largest expected number. */
export const relativeError = (measured: Float32Array, expected: Float32Array): number => {
  if (measured.length !== expected.length) throw new Error('the two have not the same shape')
  let worst = 0
  let largest = 0
  for (const [index, value] of expected.entries()) {
    worst = Math.max(worst, Math.abs(value - (measured[index] ?? 0)))
    largest = Math.max(largest, Math.abs(value))
  }
  return worst / largest
}

/** Speech tokens as the language model takes them. */
export type SpeechTable = {
  readonly rows: number
  /** [hidden] of one token. */
  row(token: number): Float32Array
  /** [count, hidden] of tokens that do not matter. */
  prompt(count: number): Float32Array
}

export const readSpeechTable = async (bundle: Bundle): Promise<SpeechTable> => {
  const table = await readTable(bundle, BUNDLE_TABLES.speech)
  const { hiddenSize, speechVocabularySize } = bundle.manifest.model.llm
  const row = (token: number): Float32Array => table.subarray(token * hiddenSize, (token + 1) * hiddenSize)
  return {
    rows: speechVocabularySize,
    row,
    prompt(count) {
      const rows = new Float32Array(count * hiddenSize)
      for (let index = 0; index < count; index++) rows.set(row((37 * index) % speechVocabularySize), index * hiddenSize)
      return rows
    },
  }
}

const argmax = (logits: Float32Array): number => {
  let best = 0
  for (let index = 1; index < logits.length; index++) if ((logits[index] ?? 0) > (logits[best] ?? 0)) best = index
  return best
}

/** One step: the next token behind the given one. */
export const decodeToken = async (decoder: LlmDecoder, table: SpeechTable, token: number): Promise<number> =>
  argmax(await decoder.forward(table.row(token)))
