import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, real, type Value } from '../onnx/index.ts'
import type { Affine, ConformerBlock, ConformerEmbedding, ConformerTensors } from './conformer-tensors.ts'
import { codeTable, speakerOutput } from './flow-front-graph.ts'
import { layerNorm, linear, weight } from './linear.ts'
import { withColumns } from './tensor.ts'

const LEAKY_SLOPE = 0.01
/** @source FunAudioLLM/CosyVoice cosyvoice/transformer/encoder_layer.py */
const BLOCK_EPSILON = 1e-12
const EPSILON = 1e-5
const LONGEST_PERIOD = 10_000
const INTEGER_MAX = 2 ** 31 - 1

type Sizes = Pick<ConformerTensors, 'width' | 'heads'>

const affine = (g: GraphBuilder, name: string, { weight: scale, bias }: Affine): [Value, Value] => [
  weight(g, `${name}.weight`, scale),
  weight(g, `${name}.bias`, bias),
]

const norm = (g: GraphBuilder, name: string, x: Value, layer: Affine, epsilon: number): Value => {
  const [scale, bias] = affine(g, name, layer)
  return layerNorm(g, x, scale, bias, epsilon)
}

/** @param x [1, width, T] with `left` frames of silence put before it */
const convolve = (g: GraphBuilder, name: string, x: Value, layer: Affine, left: number): Value =>
  g.op('Conv', [x, ...affine(g, name, layer)], { kernel_shape: [layer.weight.shape[2] ?? 1], pads: [left, 0] })

const reach = ({ weight: { shape } }: Affine): number => (shape[2] ?? 1) - 1

const turned = (g: GraphBuilder, x: Value): Value => g.op('Transpose', [x], { perm: [0, 2, 1] })

const embed = (g: GraphBuilder, name: string, x: Value, { projection, norm: after }: ConformerEmbedding): Value => {
  const width = projection.weight.shape[0] ?? 0
  const projected = linear(g, `${name}.projection`, x, projection, 'float32')
  return g.op('Mul', [norm(g, `${name}.norm`, projected, after, EPSILON), g.float32(Math.sqrt(width))])
}

/** What every block of a stage needs to know of the distances between its T places. */
type Distances = {
  /** Sines, then cosines of the distances T, T − 1, … 1 − T: [2T, width]. */
  readonly table: Value
  /** T as [1]. */
  readonly length: Value
  /** Shape [1, heads, T, 2T − 1]. */
  readonly shifted: Value
}

const distancesOf = (g: GraphBuilder, x: Value, { width, heads }: Sizes): Distances => {
  const length = g.op('Shape', [x], { start: 1, end: 2 })
  const count = g.op('Squeeze', [length, g.int64([0])])
  const distances = g.op('Cast', [g.op('Range', [count, g.op('Neg', [count]), g.int64(-1)])], { to: 1 })
  const frequencies = Array.from({ length: width / 2 }, (_, index) =>
    Math.exp(2 * index * Math.fround(-Math.log(LONGEST_PERIOD) / width)),
  )
  const angles = g.op('Mul', [g.op('Unsqueeze', [distances, g.int64([1])]), g.float32(frequencies)])
  return {
    table: g.op('Concat', [g.op('Sin', [angles]), g.op('Cos', [angles])], { axis: 1 }),
    length,
    shifted: g.op('Concat', [g.int64([1, heads]), length, g.int64([-1])], { axis: 0 }),
  }
}

/** Sines lie on even channels in the checkpoint; here they come first. */
const sinesFirst = (width: number): number[] =>
  Array.from({ length: width }, (_, index) => (index < width / 2 ? 2 * index : 2 * index - width + 1))

/**
 * Scores [1, heads, T, T] of the distance between query i and key j, which is i − j.
 *
 * Row i of all scores [T, 2T] begins with distance T, so its key 0 lies at column T − i. Read as one line from T on, every
 * row of 2T − 1 begins at its own key 0.
 */
const distanceScores = (
  g: GraphBuilder,
  name: string,
  queries: Value,
  block: ConformerBlock,
  { table, length, shifted }: Distances,
  { width, heads }: Sizes,
): Value => {
  const headSize = width / heads
  const position = { weight: withColumns(block.position.weight, sinesFirst(width)) }
  const projected = linear(g, `${name}.position`, table, position, 'float32')
  const keys = g.op('Transpose', [g.op('Reshape', [projected, g.int64([-1, heads, headSize])])], { perm: [1, 2, 0] })
  const biased = g.op('Add', [queries, weight(g, `${name}.distance-bias`, block.distanceBias)])
  const scaled = g.op('Mul', [biased, g.float32(1 / Math.sqrt(headSize))])
  const rows = g.op('Transpose', [g.op('Reshape', [scaled, g.int64([1, -1, heads, headSize])])], {
    perm: [0, 2, 1, 3],
  })
  const line = g.op('Reshape', [g.op('MatMul', [rows, keys]), g.int64([1, heads, -1])])
  const fromFirst = g.op('Slice', [line, length, g.int64([INTEGER_MAX]), g.int64([2])])
  return g.op('Slice', [g.op('Reshape', [fromFirst, shifted]), g.int64([0]), length, g.int64([3])])
}

const attend = (
  g: GraphBuilder,
  name: string,
  x: Value,
  block: ConformerBlock,
  distances: Distances,
  mask: Value,
  sizes: Sizes,
): Value => {
  const { width, heads } = sizes
  const [q = NONE, k = NONE, v = NONE] = g.ops(
    'Split',
    [linear(g, `${name}.query-key-value`, x, block.queryKeyValue, 'float32'), g.int64([width, width, width])],
    3,
    { axis: -1 },
  )
  const bias = g.op('Add', [distanceScores(g, name, q, block, distances, sizes), mask])
  const queries = g.op('Add', [q, weight(g, `${name}.key-bias`, block.keyBias)])
  const attended = g.op('MultiHeadAttention', [queries, k, v, NONE, NONE, bias], { num_heads: heads })
  return linear(g, `${name}.attention-output`, attended, block.attentionOutput, 'float32')
}

const stage = (
  g: GraphBuilder,
  name: string,
  input: Value,
  blocks: readonly ConformerBlock[],
  mask: Value,
  sizes: Sizes,
): Value => {
  const distances = distancesOf(g, input, sizes)
  let x = input
  for (const [index, block] of blocks.entries()) {
    const at = `${name}.${index}`
    const normed = norm(g, `${at}.attention-norm`, x, block.attentionNorm, BLOCK_EPSILON)
    x = g.op('Add', [x, attend(g, at, normed, block, distances, mask, sizes)])
    const normedAgain = norm(g, `${at}.feed-forward-norm`, x, block.feedForwardNorm, BLOCK_EPSILON)
    const inner = linear(g, `${at}.feed-forward-in`, normedAgain, block.feedForwardIn, 'float32')
    const activated = g.op('QuickGelu', [inner], { alpha: real(1) })
    x = g.op('Add', [x, linear(g, `${at}.feed-forward-out`, activated, block.feedForwardOut, 'float32')])
  }
  return x
}

/**
 * What CosyVoice 2's estimator is told about the speech tokens and the speaker.
 *
 * Inputs: `tokens` int64 [1, N + 3], the last three being context ahead: real tokens while a text is still being spoken, and
 * the id `speechCodes` (zeros) behind its end; `speaker` [1, 192]; `token_bias` [1, 1, N, N] and `frame_bias` [1, 1, 2N, 2N]
 * (0 where place i may see place j, very negative elsewhere). Outputs: `mu` [1, mel, 2N], `spks` [1, mel].
 *
 * All in float32: it runs once for ten steps of the estimator, twice each.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow.py CausalMaskedDiffWithXvec, cosyvoice/transformer/upsample_encoder.py UpsampleConformerEncoder
 */
export const conformerGraph = (name: string, tensors: ConformerTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    const { speechCodes, width, melBins } = tensors
    const tokens = g.input('tokens', 'int64', [1, 'tokens'])
    const tokenBias = g.input('token_bias', 'float32', [1, 1, 'spoken', 'spoken'])
    const frameBias = g.input('frame_bias', 'float32', [1, 1, 'frames', 'frames'])

    const rows = g.op('Gather', [weight(g, 'codes', codeTable(tensors.codes)), tokens], { axis: 0 })
    // What lies behind the end is zero for the convolutions, not what the embedding makes of zeros.
    const isToken = g.op('Cast', [g.op('Less', [tokens, g.int64(speechCodes)])], { to: 1 })
    const embedded = g.op('Mul', [
      embed(g, 'embed', rows, tensors.embedding),
      g.op('Unsqueeze', [isToken, g.int64([-1])]),
    ])
    const ahead = g.op('LeakyRelu', [convolve(g, 'ahead', turned(g, embedded), tensors.ahead, 0)], {
      alpha: real(LEAKY_SLOPE),
    })
    const back = turned(g, convolve(g, 'back', ahead, tensors.back, reach(tensors.back)))
    const spoken = g.op('Slice', [embedded, g.int64([0]), g.int64([-reach(tensors.ahead)]), g.int64([1])])
    const seen = stage(g, 'token-block', g.op('Add', [back, spoken]), tensors.blocks, tokenBias, tensors)

    const twice = g.op('Reshape', [g.op('Concat', [seen, seen], { axis: -1 }), g.int64([1, -1, width])])
    const smoothed = convolve(g, 'up', turned(g, twice), tensors.upConvolution, reach(tensors.upConvolution))
    const frames = embed(g, 'up-embed', turned(g, smoothed), tensors.upEmbedding)
    const encoded = stage(g, 'frame-block', frames, tensors.upBlocks, frameBias, tensors)
    const normed = norm(g, 'final-norm', encoded, tensors.finalNorm, EPSILON)
    g.output('mu', turned(g, linear(g, 'output', normed, tensors.output, 'float32')), 'float32', [1, melBins, 'frames'])
    speakerOutput(g, tensors.speaker, melBins)
  })
