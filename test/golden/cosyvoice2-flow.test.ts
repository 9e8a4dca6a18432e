import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Checkpoint, openCheckpoint } from '../../src/main/checkpoint/index.ts'
import {
  chunkMask,
  createFlow,
  type Flow,
  float32Of,
  type Network,
  networkTensor,
  openNetwork,
  timeSchedule,
} from '../../src/main/cosyvoice/index.ts'
import { type FlowNetwork, type LinearKind, readFlowNetwork, readTensors } from '../../src/main/networks/index.ts'
import { graphFiles, type OnnxGraph, writeGraph } from '../../src/main/onnx/index.ts'
import { readFloats, readNumbers } from '../support/npy.ts'
import { temporaryFolder } from '../support/test-disk.ts'

const FIXTURE = path.resolve(import.meta.dirname, '../fixtures/cosyvoice2-tiny')
const STEPS = 10
const CHUNK_TOKENS = 25
const CHUNK_FRAMES = 50
const CONTEXT_TOKENS = 3
const FRAMES_PER_TOKEN = 2

/** Largest difference, measured by the largest value: a correct float32 implementation stays below 1e-5 (PROVENANCE.md). */
const MU_TOLERANCE = 1e-5
const VELOCITY_TOLERANCE = 1e-5
const MEL_TOLERANCE = 5e-5
/** What rounding the weights of every transformer may cost. */
const ROUNDED_TOLERANCE = 3e-2

const folder = temporaryFolder()
const open = new AsyncDisposableStack()
const golden = (name: string) => readFloats(path.join(FIXTURE, 'golden', `${name}.npy`))
const tokensOf = (name: string): number[] => readNumbers(path.join(FIXTURE, 'golden', `${name}.npy`)).data

const relativeError = (found: Float32Array, expected: Float32Array): number => {
  expect(found.length).toBe(expected.length)
  let [difference, size] = [0, 0]
  for (const [index, value] of expected.entries()) {
    difference = Math.max(difference, Math.abs((found[index] ?? Number.NaN) - value))
    size = Math.max(size, Math.abs(value))
  }
  return difference / size
}

/** Columns of a row-major matrix. */
const columns = (data: Float32Array, rows: number, from: number, to: number): Float32Array => {
  const width = data.length / rows
  return Float32Array.from({ length: rows * (to - from) }, (_, index) => {
    const row = Math.floor(index / (to - from))
    return data[row * width + from + (index % (to - from))] ?? Number.NaN
  })
}

const openGraph = async (graph: OnnxGraph): Promise<Network> => {
  await writeGraph(graph, folder.directory, {}, { signal: new AbortController().signal, onBytes: () => {} })
  return open.use(await openNetwork(path.join(folder.directory, graphFiles(graph.name).model), { threads: 1 }))
}

const speaker = golden('embedding').data
const promptMel = golden('prompt_feat').data
const tokens = [...tokensOf('prompt_token'), ...tokensOf('token')]

let checkpoint: Checkpoint
let network: FlowNetwork
let front: Network
let table: Float32Array
const estimators = new Map<LinearKind, Network>()

beforeAll(async () => {
  checkpoint = open.use(await openCheckpoint(path.join(FIXTURE, 'checkpoint/flow.pt')))
  network = readFlowNetwork(readTensors(checkpoint))
  front = await openGraph(network.front('front'))
  table = await network.estimator('estimator', 'float32').modulation(timeSchedule(STEPS).times)
})
afterAll(async () => {
  await open.disposeAsync()
  folder[Symbol.dispose]()
})

const estimatorOf = async (weights: LinearKind): Promise<Network> => {
  const found = estimators.get(weights)
  if (found) return found
  const opened = await openGraph(network.estimator(`estimator-${weights}`, weights).graph)
  estimators.set(weights, opened)
  return opened
}

const flowOf = (estimator: Network): Flow =>
  createFlow(
    { front, estimator, modulation: () => table },
    {
      weights: 'fp32',
      speechCodes: network.speechCodes,
      melBins: network.melBins,
      framesPerToken: FRAMES_PER_TOKEN,
      lookaheadTokens: CONTEXT_TOKENS,
      chunkTokens: CHUNK_TOKENS,
      modulation: { ...network.modulation, stepCounts: [STEPS] },
    },
  )

/** A network that also keeps what it answered. */
const recording = (inner: Network): Network & { readonly velocities: Float32Array[] } => {
  const velocities: Float32Array[] = []
  return {
    ...inner,
    velocities,
    run: async (inputs, outputs) => {
      const answer = await inner.run(inputs, outputs)
      velocities.push(Float32Array.from(float32Of(answer.velocity)))
      return answer
    },
  }
}

/** A non-final call whose context is silence: the masks of a stream over all tokens. */
const streamed = { tokens: [...tokens, ...Array<number>(CONTEXT_TOKENS).fill(48)], speaker, isFinal: false }

const frontDirectly = async (
  ids: readonly number[],
  { tokenChunk, frameChunk }: { tokenChunk?: number; frameChunk?: number } = {},
): Promise<Float32Array> => {
  const spoken = ids.length - CONTEXT_TOKENS
  const mask = (places: number, chunk: number | undefined) =>
    networkTensor(chunkMask(places, chunk), [1, 1, places, places])
  const { mu } = await front.run({
    tokens: networkTensor(BigInt64Array.from(ids, BigInt), [1, ids.length]),
    speaker: networkTensor(speaker, [1, speaker.length]),
    token_bias: mask(spoken, tokenChunk),
    frame_bias: mask(spoken * FRAMES_PER_TOKEN, frameChunk),
  })
  return float32Of(mu)
}

/** Numbers in [−1, 1) that are the same every time. */
const someNumbers = (count: number, seed: number): Float32Array => {
  let state = seed
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}

type EstimatorRow = { x: Float32Array; mu: Float32Array; cond: Float32Array; spks: Float32Array }
const estimatorRow = (frames: number, seed: number): EstimatorRow => ({
  x: someNumbers(network.melBins * frames, seed),
  mu: someNumbers(network.melBins * frames, seed + 1),
  cond: someNumbers(network.melBins * frames, seed + 2),
  spks: someNumbers(network.melBins, seed + 3),
})

const estimate = async (estimator: Network, rows: readonly EstimatorRow[], step: number, chunk?: number) => {
  const frames = (rows[0]?.x.length ?? 0) / network.melBins
  const stack = (part: keyof EstimatorRow) => Float32Array.from(rows.flatMap((row) => [...row[part]]))
  const mel = [rows.length, network.melBins, frames]
  const { rows: modulationRows, width } = network.modulation
  const { velocity } = await estimator.run({
    x: networkTensor(stack('x'), mel),
    mu: networkTensor(stack('mu'), mel),
    cond: networkTensor(stack('cond'), mel),
    spks: networkTensor(stack('spks'), [rows.length, network.melBins]),
    modulation: networkTensor(table.slice(step * modulationRows * width, (step + 1) * modulationRows * width), [
      modulationRows,
      width,
    ]),
    attention_bias: networkTensor(chunkMask(frames, chunk), [1, 1, frames, frames]),
  })
  return Float32Array.from(float32Of(velocity))
}

test('the checkpoint is recognised as CosyVoice 2, and its sizes come from its tensors', () => {
  const dimensions: Record<string, number> = JSON.parse(
    readFileSync(path.join(FIXTURE, 'meta.json'), 'utf8'),
  ).dimensions
  expect(network).toMatchObject({
    architecture: 'cosyvoice2',
    speechCodes: dimensions.speechCodes,
    melBins: 80,
    modulation: { rows: (dimensions.midBlocks ?? 0) + 2, width: dimensions.unetChannels },
  })
})

test('the front answers as the reference does for a whole text', async () => {
  const { mu, frames } = await flowOf(front).condition({ tokens, speaker, isFinal: true })
  expect(frames).toBe(FRAMES_PER_TOKEN * tokens.length)
  expect(relativeError(mu, golden('flow_mu').data)).toBeLessThan(MU_TOLERANCE)
})

test('the front answers as the reference does while a text is spoken: chunks and context ahead', async () => {
  const { mu } = await flowOf(front).condition({ tokens, speaker, isFinal: false })
  expect(relativeError(mu, golden('flow_mu_nonfinal').data)).toBeLessThan(MU_TOLERANCE)
})

test('the front answers as the reference does for chunks without context, and for context without chunks', async () => {
  const chunked = await flowOf(front).condition(streamed)
  expect(relativeError(chunked.mu, golden('flow_mu_chunked').data)).toBeLessThan(MU_TOLERANCE)
  expect(relativeError(await frontDirectly(tokens), golden('flow_mu_nonfinal_full').data)).toBeLessThan(MU_TOLERANCE)
})

test('the estimator and the whole flow answer as the reference does', async () => {
  const estimator = recording(await estimatorOf('float32'))
  const mel = await flowOf(estimator).render({ tokens, promptMel, speaker, steps: STEPS, isFinal: true })
  const [told = new Float32Array(), blind = new Float32Array()] = estimator.velocities
  expect(relativeError(told, golden('flow_first_velocity').data)).toBeLessThan(VELOCITY_TOLERANCE)
  expect(relativeError(blind, golden('flow_first_velocity_unconditional').data)).toBeLessThan(VELOCITY_TOLERANCE)
  expect(relativeError(mel, golden('flow_mel').data)).toBeLessThan(MEL_TOLERANCE)
})

test('the estimator answers as the reference does where a frame sees no further than its chunk', async () => {
  const estimator = recording(await estimatorOf('float32'))
  await flowOf(estimator).render({ ...streamed, promptMel, steps: STEPS })
  const [told = new Float32Array()] = estimator.velocities
  expect(relativeError(told, golden('flow_first_velocity_chunked').data)).toBeLessThan(VELOCITY_TOLERANCE)
})

test.each(['float16', 'int8-rows', 'int8-blocks'] as const)(
  'with weights in %s the estimator stays near the reference',
  async (weights) => {
    const estimator = recording(await estimatorOf(weights))
    const mel = await flowOf(estimator).render({ tokens, promptMel, speaker, steps: STEPS, isFinal: true })
    const [told = new Float32Array()] = estimator.velocities
    const off = [relativeError(told, golden('flow_first_velocity').data), relativeError(mel, golden('flow_mel').data)]
    // Rounded weights that left no trace would not have been used.
    for (const error of off) expect(error).toBeGreaterThan(VELOCITY_TOLERANCE)
    for (const error of off) expect(error).toBeLessThan(ROUNDED_TOLERANCE)
  },
)

test('a batch of two is two batches of one', async () => {
  const estimator = await estimatorOf('float32')
  const rows = [estimatorRow(64, 1), estimatorRow(64, 2)]
  const [first, second] = [await estimate(estimator, rows.slice(0, 1), 3), await estimate(estimator, rows.slice(1), 3)]
  const both = await estimate(estimator, rows, 3)
  expect(relativeError(both.subarray(0, first.length), first)).toBeLessThan(1e-6)
  expect(relativeError(both.subarray(first.length), second)).toBeLessThan(1e-6)
})

test('what the front says of finished chunks does not depend on how many tokens follow', async () => {
  const ids = [...someNumbers(137 + CONTEXT_TOKENS, 5)].map((value) => Math.floor(((value + 1) / 2) * 48))
  const chunks = { tokenChunk: CHUNK_TOKENS, frameChunk: CHUNK_FRAMES }
  const long = await frontDirectly(ids, chunks)
  const short = await frontDirectly(ids.slice(0, 50 + CONTEXT_TOKENS), chunks)
  expect(long.length).toBe(network.melBins * FRAMES_PER_TOKEN * 137)
  expect(relativeError(columns(long, network.melBins, 0, 100), short)).toBeLessThan(MU_TOLERANCE)
})

test('what the estimator says of finished chunks does not depend on how many frames follow', async () => {
  const estimator = await estimatorOf('float32')
  const long = estimatorRow(137, 9)
  const cut = (data: Float32Array): Float32Array => columns(data, network.melBins, 0, 50)
  const short = { x: cut(long.x), mu: cut(long.mu), cond: cut(long.cond), spks: long.spks }
  const velocity = await estimate(estimator, [long], 4, CHUNK_FRAMES)
  expect(relativeError(cut(velocity), await estimate(estimator, [short], 4, CHUNK_FRAMES))).toBeLessThan(
    VELOCITY_TOLERANCE,
  )
})

test('a single token is spoken', async () => {
  const mu = await frontDirectly([7, 48, 48, 48])
  expect(mu.length).toBe(network.melBins * FRAMES_PER_TOKEN)
  expect(mu.every(Number.isFinite)).toBe(true)
  const velocity = await estimate(await estimatorOf('float32'), [estimatorRow(FRAMES_PER_TOKEN, 1)], 0)
  expect(velocity.every(Number.isFinite)).toBe(true)
})
