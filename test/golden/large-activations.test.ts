import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type CosyVoiceDimensions,
  fullSizeTensors,
  OFFICIAL_DIMENSIONS,
  withRandomNumbers,
} from '../../bench/support/full-size-checkpoint.ts'
import { openCheckpoint } from '../../src/main/checkpoint/index.ts'
import { createLlmDecoder, float32Of, networkTensor, openNetwork } from '../../src/main/cosyvoice/index.ts'
import {
  type LinearKind,
  llmGraph,
  readFlowNetwork,
  readLlmTensors,
  readTensors,
  TEXT_EMBEDDING,
} from '../../src/main/networks/index.ts'
import { type OnnxGraph, writeGraph } from '../../src/main/onnx/index.ts'
import { A_MODEL } from '../support/a-conversion.ts'
import { relativeError } from '../support/arrays.ts'
import { type TestFolder, temporaryFolder } from '../support/test-disk.ts'
import { type TensorToWrite, writeTorchCheckpoint } from '../support/write-checkpoint.ts'

/**
 * Language models have channels that are a hundred times louder than the others, and tokens that are louder still. What the
 * preset precision makes of everything else is measured here: three channels behind every norm are GAIN times larger, and
 * the weights that hear them smaller; one token, and one frame, is LOUD times larger.
 */
const GAIN = 100
const QUIET = 1 / 30
const LOUD = 200
const LOUD_CHANNELS = [3, 77, 200]
const LOUD_TEXT_ID = 7
const LOUD_FRAME = 5
const FRAMES = 60
const ALLOWED = 0.03

const WIDTH = 512
const dimensions: CosyVoiceDimensions = {
  ...OFFICIAL_DIMENSIONS.cosyvoice3,
  hidden: WIDTH,
  layers: 2,
  heads: 8,
  intermediate: 1536,
  vocab: 300,
  speechCodes: 100,
  ditDim: WIDTH,
  ditDepth: 3,
  ditFeedForward: 1024,
  ditGroups: 8,
  lookahead: 128,
}

const isLoud = (index: number): boolean => LOUD_CHANNELS.includes(index % WIDTH)

/** How a number of a tensor is changed; nothing where it stays as it is. */
const outlierOf = (name: string): ((value: number, index: number) => number) | undefined => {
  if (name.endsWith('layernorm.weight')) return (value, index) => (isLoud(index) ? GAIN * value : value)
  if (/(q|k|v|gate|up)_proj\.weight$|to_[qkv]\.weight$|ff\.ff\.0\.0\.weight$/.test(name))
    return (value, index) => (isLoud(index) ? QUIET * value : value)
  if (name === TEXT_EMBEDDING)
    return (value, index) => (Math.floor(index / WIDTH) === LOUD_TEXT_ID ? LOUD * value : value)
  // The scales of attention and of the feed-forward part: the second third of each half.
  if (name.includes('attn_norm.linear.bias'))
    return (value, index) => (Math.floor(index / WIDTH) % 3 === 1 && isLoud(index) ? value + GAIN - 1 : value)
  return undefined
}

const withOutliers = (tensors: readonly TensorToWrite[]): TensorToWrite[] =>
  tensors.map((tensor) => {
    const change = outlierOf(tensor.name)
    if (!change || !('fill' in tensor) || typeof tensor.fill !== 'function') return tensor
    const { fill } = tensor
    return {
      ...tensor,
      fill: (into, first) => {
        fill(into, first)
        for (let index = 0; index < into.length; index++) into[index] = change(into[index] ?? 0, first + index)
      },
    }
  })

const config = {
  num_attention_heads: dimensions.heads,
  num_key_value_heads: dimensions.kvHeads,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  max_position_embeddings: 512,
}

let scratch: TestFolder
beforeAll(() => {
  scratch = temporaryFolder()
  const tensors = fullSizeTensors('cosyvoice3', dimensions)
  for (const part of ['llm', 'flow'] as const)
    writeTorchCheckpoint(path.join(scratch.directory, `${part}.pt`), withOutliers(withRandomNumbers(tensors[part])))
})
afterAll(() => scratch[Symbol.dispose]())

const load = async (graph: OnnxGraph) => {
  await writeGraph(graph, scratch.directory, {}, { signal: new AbortController().signal, onBytes: () => {} })
  return openNetwork(path.join(scratch.directory, `${graph.name}.onnx`))
}

describe('with channels and a token that are far louder than the rest', () => {
  const scoresOf = async (kind: LinearKind): Promise<Float32Array[]> => {
    await using checkpoint = await openCheckpoint(path.join(scratch.directory, 'llm.pt'))
    const llm = readLlmTensors(readTensors(checkpoint), config)
    await using network = await load(llmGraph(llm, { name: `llm-${kind}`, form: 'cpu', weights: kind }))
    const decoder = createLlmDecoder(network, {
      ...A_MODEL.llm,
      form: 'cpu',
      hiddenSize: llm.hiddenSize,
      layers: llm.layers.length,
      queryHeads: llm.queryHeads,
      keyValueHeads: llm.keyValueHeads,
      headSize: llm.headSize,
    })
    const scores: Float32Array[] = []
    for (const id of [LOUD_TEXT_ID, 20, 33, 50, 80, 120, 5, 9])
      scores.push(await decoder.forward(await checkpoint.readRows(TEXT_EMBEDDING, id, id + 1)))
    return scores.slice(1)
  }

  test('eight bits in blocks keep the scores behind every other token within 3 %', async () => {
    const [exact, measured] = [await scoresOf('float32'), await scoresOf('int8-blocks')]
    for (const [index, scores] of measured.entries())
      expect(relativeError(scores, exact[index] ?? []), `token ${index + 1}`).toBeLessThan(ALLOWED)
  })

  const velocityOf = async (kind: LinearKind): Promise<Float32Array> => {
    await using checkpoint = await openCheckpoint(path.join(scratch.directory, 'flow.pt'))
    const flow = readFlowNetwork(readTensors(checkpoint))
    const estimator = flow.estimator(`estimator-${kind}`, kind)
    await using network = await load(estimator.graph)
    const { rows, width } = flow.modulation
    const mel = (phase: number): Float32Array =>
      Float32Array.from({ length: flow.melBins * FRAMES }, (_, index) => {
        const value = 1.4 * Math.sin(phase + index * index)
        return index % FRAMES === LOUD_FRAME ? LOUD * value : value
      })
    const shape = [1, flow.melBins, FRAMES]
    const { velocity } = await network.run({
      x: networkTensor(mel(1), shape),
      mu: networkTensor(mel(2), shape),
      cond: networkTensor(new Float32Array(flow.melBins * FRAMES), shape),
      spks: networkTensor(new Float32Array(flow.melBins).fill(0.3), [1, flow.melBins]),
      modulation: networkTensor(await estimator.modulation(Float32Array.of(0.2)), [rows, width]),
      attention_bias: networkTensor(new Float32Array(FRAMES * FRAMES), [1, 1, FRAMES, FRAMES]),
    })
    return float32Of(velocity)
  }

  test('eight bits in rows keep every other frame within 3 %', async () => {
    const [exact, measured] = [await velocityOf('float32'), await velocityOf('int8-rows')]
    const frameOf = (values: Float32Array, frame: number): number[] =>
      Array.from({ length: values.length / FRAMES }, (_, bin) => values[bin * FRAMES + frame] ?? Number.NaN)
    for (let frame = 0; frame < FRAMES; frame++)
      if (frame !== LOUD_FRAME)
        expect(relativeError(frameOf(measured, frame), frameOf(exact, frame)), `frame ${frame}`).toBeLessThan(ALLOWED)
  })
})
