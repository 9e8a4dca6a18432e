import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, real, type Value } from '../../onnx/index.ts'
import { FORBIDDEN } from '../flow/chunk-mask.ts'
import { type NetworkValue, networkTensor } from '../sessions.ts'
import { type DeviceProvider, PROMPT_ROWS_AT_ONCE } from './providers.ts'

/**
 * One tiny graph of operators as the models have them, at sizes where devices change kernels: WebGPU takes another one for
 * attention from 32 rows on. Its outputs are float32.
 */
export type Probe = {
  readonly id: ProbeId
  /** Largest relative error that is rounding: half precision, and the ten-bit products that cards have for single. */
  readonly tolerance: number
  readonly graph: OnnxGraph
  /** What the processor computes to compare with: the same in single precision. */
  readonly reference: OnnxGraph
  readonly inputs: Readonly<Record<string, NetworkValue>>
}

export const PROBE_IDS = [
  'matmul',
  'matmul-half',
  'matmul-8-bits',
  'matmul-4-bits',
  'grouped-attention-prompt',
  'grouped-attention-prompt-half',
  'grouped-attention-pieces',
  'grouped-attention-pieces-half',
  'grouped-attention-step',
  'grouped-attention-step-half',
  'attention',
  'attention-half',
  'convolution',
  'convolution-18-channels',
  'transposed-convolution',
  'layer-norm',
  'rms-norm',
  'sine',
] as const
export type ProbeId = (typeof PROBE_IDS)[number]

const TOLERANCE = 0.01
const HALF_TOLERANCE = 0.03
/** Element types in the format. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
const CAST_TO = { float32: 1, uint8: 2, float16: 10 } as const

/** Numbers in [−1, 1) that are the same every time. @source Numerical Recipes 7.1, the quick generator */
const someNumbers = (count: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  })
}
const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)
const cast = (g: GraphBuilder, value: Value, to: keyof typeof CAST_TO): Value =>
  g.op('Cast', [value], { to: CAST_TO[to] })

/** A constant that ONNX Runtime folds into a weight; its products neither grow nor vanish. */
const weight = (g: GraphBuilder, dims: readonly number[], inputs: number, seed: number): Value =>
  g.op('Reshape', [
    g.float32([...someNumbers(sizeOf(dims), seed).map((x) => x * Math.sqrt(3 / inputs))]),
    g.int64(dims),
  ])

type Precision = 'single' | 'half'
type Inputs = Record<string, NetworkValue>
type ProbeBuilder = {
  readonly g: GraphBuilder
  input(name: string, dims: readonly number[], values?: Float32Array): Value
  whole(name: string, dims: readonly number[], values: readonly number[]): Value
  output(name: string, value: Value, dims: readonly number[]): void
  /** Into the precision of the probe. */
  narrow(value: Value): Value
  /** Back to float32. */
  wide(value: Value): Value
}
type Operators = (builder: ProbeBuilder) => void

const graphOf = (name: string, build: Operators, precision: Precision): { graph: OnnxGraph; inputs: Inputs } => {
  const inputs: Inputs = {}
  const graph = buildGraph(name, (g) =>
    build({
      g,
      input: (inputName, dims, values = someNumbers(sizeOf(dims), Object.keys(inputs).length + 1)) => {
        inputs[inputName] = networkTensor(values, dims)
        return g.input(inputName, 'float32', dims)
      },
      whole: (inputName, dims, values) => {
        inputs[inputName] = networkTensor(Int32Array.from(values), dims)
        return g.input(inputName, 'int32', dims)
      },
      output: (outputName, value, dims) => g.output(outputName, value, 'float32', dims),
      narrow: (value) => (precision === 'half' ? cast(g, value, 'float16') : value),
      wide: (value) => (precision === 'half' ? cast(g, value, 'float32') : value),
    }),
  )
  return { graph, inputs }
}

/** Eight layers of 512, 128 rows: half a billion products, enough that their time is theirs. */
const ROWS = 128
const WIDTH = 512
const LAYERS = 8
const matmul: Operators = ({ g, input, output, narrow, wide }) => {
  const dims = [ROWS, WIDTH]
  const layer = narrow(weight(g, [WIDTH, WIDTH], WIDTH, 7))
  let x = narrow(input('x', dims))
  for (let index = 0; index < LAYERS; index++) x = g.op('MatMul', [x, layer])
  output('y', wide(x), dims)
}

const BLOCK = 32
/**
 * Inputs are whole multiples of a 127th of the largest in their block, so that a kernel that rounds them to eight bits and
 * one that does not give the same.
 */
const blockMatmul =
  (bits: 8 | 4): Operators =>
  ({ g, input, output }) => {
    const [rows, inputs, outputs] = [3, 256, 64]
    const levels = someNumbers(rows * inputs, 3).map((x, at) => (at % BLOCK === 0 ? 127 : Math.round(126 * x)))
    const bytes = Int8Array.from(someNumbers((outputs * inputs * bits) / 8, 5), (x) => Math.floor(128 * x))
    const packed = cast(g, g.int8(bytes, [outputs, inputs / BLOCK, (BLOCK * bits) / 8]), 'uint8')
    const scales = g.float32([...someNumbers((outputs * inputs) / BLOCK, 6).map((x) => 0.01 * (1.5 + x))])
    const x = input('x', [1, rows, inputs], levels)
    const attributes = { K: inputs, N: outputs, bits, block_size: BLOCK, accuracy_level: 4 }
    output('y', g.op('MatMulNBits', [x, packed, scales], attributes), [1, rows, outputs])
  }

const HEAD_SIZE = 64
const ROPE_THETA = 10_000
/** Cosines and sines of the first positions, [count, HEAD_SIZE / 2] each. */
const rope = (g: GraphBuilder, count: number): [Value, Value] => {
  const half = HEAD_SIZE / 2
  const angles = Array.from(
    { length: count * half },
    (_, at) => Math.floor(at / half) * ROPE_THETA ** (-(at % half) / half),
  )
  const table = (values: readonly number[]): Value => g.op('Reshape', [g.float32(values), g.int64([count, half])])
  return [table(angles.map(Math.cos)), table(angles.map(Math.sin))]
}

type Remembered = { readonly key: Value; readonly value: Value; readonly positions: number }
const [HEADS, KEY_HEADS] = [14, 2]

const remembered = ({ input, narrow }: ProbeBuilder, positions: number): Remembered => {
  const dims = [1, KEY_HEADS, positions, HEAD_SIZE]
  return { key: narrow(input('past_key', dims)), value: narrow(input('past_value', dims)), positions }
}

/** The language model's: positions are remembered, and the new ones turned. */
const groupedAttention = (builder: ProbeBuilder, name: string, past: Remembered, fresh: number): Remembered => {
  const { g, input, whole, output, narrow, wide } = builder
  const total = past.positions + fresh
  const packed = input(`${name}query_key_value`, [1, fresh, (HEADS + 2 * KEY_HEADS) * HEAD_SIZE])
  const last = whole(`${name}last_position`, [1], [total - 1])
  const length = whole(`${name}length`, [], [total])
  const [attended = NONE, key = NONE, value = NONE] = g.ops(
    'GroupQueryAttention',
    [narrow(packed), NONE, NONE, past.key, past.value, last, length, ...rope(g, total).map(narrow)],
    3,
    { num_heads: HEADS, kv_num_heads: KEY_HEADS, do_rotary: 1, rotary_interleaved: 0 },
  )
  output(`${name}attended`, wide(attended), [1, fresh, HEADS * HEAD_SIZE])
  return { key, value, positions: total }
}

/** @param pieces rows of each call, behind those that are remembered from before */
const attentionInPieces =
  (past: number, pieces: readonly number[]): Operators =>
  (builder) => {
    let known = remembered(builder, past)
    for (const [index, rows] of pieces.entries())
      known = groupedAttention(builder, index === 0 ? '' : `${index}_`, known, rows)
    const dims = [1, KEY_HEADS, known.positions, HEAD_SIZE]
    builder.output('present_key', builder.wide(known.key), dims)
    builder.output('present_value', builder.wide(known.value), dims)
  }
const prompt = attentionInPieces(0, [40])
const pieces = attentionInPieces(0, [16, 16, 16, 7])
const step = attentionInPieces(70, [1])

/** The estimator's: its first head alone is turned, and a bias says who may see whom. */
const attention: Operators = ({ g, input, output, narrow, wide }) => {
  const [heads, frames] = [4, 40]
  const width = heads * HEAD_SIZE
  const tables = rope(g, frames).map(narrow)
  const rotate = (value: Value): Value =>
    g.op('RotaryEmbedding', [value, g.int64([0]), ...tables], {
      interleaved: 1,
      num_heads: 1,
      rotary_embedding_dim: HEAD_SIZE,
    })
  const [query = NONE, key = NONE, value = NONE] = ['query', 'key', 'value'].map((name) =>
    narrow(input(name, [1, frames, width])),
  )
  const hidden = Float32Array.from({ length: frames * frames }, (_, at) =>
    at % frames > Math.floor(at / frames) ? FORBIDDEN : 0,
  )
  const bias = narrow(input('attention_bias', [1, 1, frames, frames], hidden))
  const attended = g.op('MultiHeadAttention', [rotate(query), rotate(key), value, NONE, NONE, bias], {
    num_heads: heads,
  })
  output('attended', wide(attended), [1, frames, width])
}

/** The vocoder's look at the source. WebGPU has been wrong for 18 channels, which is why the app's own bundles have 20. */
const convolution =
  (channels: number): Operators =>
  ({ g, input, output }) => {
    const [outputs, kernel, samples] = [32, 7, 240]
    const x = input('x', [1, channels, samples])
    const layer = weight(g, [outputs, channels, kernel], channels * kernel, 7)
    const bias = g.float32([...someNumbers(outputs, 8)])
    const y = g.op('Conv', [x, layer, bias], {
      kernel_shape: [kernel],
      pads: [kernel - 1, 0],
      dilations: [1],
      strides: [1],
    })
    output('y', y, [1, outputs, samples])
  }

const transposedConvolution: Operators = ({ g, input, output }) => {
  const [inputs, outputs, frames, rate] = [32, 16, 20, 8]
  const layer = weight(g, [inputs, outputs, 2 * rate], 2 * inputs, 7)
  const y = g.op('ConvTranspose', [input('x', [1, inputs, frames]), layer], {
    kernel_shape: [2 * rate],
    strides: [rate],
    pads: [rate / 2, rate / 2],
  })
  output('y', y, [1, outputs, frames * rate])
}

const layerNorm: Operators = ({ g, input, output }) => {
  const dims = [1, 5, WIDTH]
  const [scale, shift] = [input('scale', [WIDTH]), input('shift', [WIDTH])]
  const y = g.op('LayerNormalization', [input('x', dims), scale, shift], { axis: -1, epsilon: real(1e-6) })
  output('y', y, dims)
}

const rmsNorm: Operators = ({ g, input, output }) => {
  const dims = [1, 5, WIDTH]
  const gamma = g.float32([...someNumbers(WIDTH, 9)])
  const [y = NONE, , , sum = NONE] = g.ops(
    'SkipSimplifiedLayerNormalization',
    [input('x', dims), input('delta', dims), gamma],
    4,
    { epsilon: real(1e-6) },
  )
  output('y', y, dims)
  output('sum', sum, dims)
}

/** Snakes, at arguments of many turns as loud channels have them, and the exponential of the magnitudes. */
const sine: Operators = ({ g, input, output }) => {
  const dims = [1, 8, 300]
  const x = input('x', dims)
  const wave = g.op('Sin', [g.op('Mul', [x, g.float32(50)])])
  output('snake', g.op('Add', [x, g.op('Mul', [wave, wave])]), dims)
  output('magnitude', g.op('Exp', [x]), dims)
}

const OPERATORS: Readonly<Record<ProbeId, Operators>> = {
  matmul,
  'matmul-half': matmul,
  'matmul-8-bits': blockMatmul(8),
  'matmul-4-bits': blockMatmul(4),
  'grouped-attention-prompt': prompt,
  'grouped-attention-prompt-half': prompt,
  'grouped-attention-pieces': pieces,
  'grouped-attention-pieces-half': pieces,
  'grouped-attention-step': step,
  'grouped-attention-step-half': step,
  attention,
  'attention-half': attention,
  convolution: convolution(20),
  'convolution-18-channels': convolution(18),
  'transposed-convolution': transposedConvolution,
  'layer-norm': layerNorm,
  'rms-norm': rmsNorm,
  sine,
}

/**
 * Probes whose operators nothing asks of a provider. They are run to be known: a community vocoder convolves the eighteen rows
 * of a source spectrum as they are, and a prompt that is given in pieces is never given whole, or the other way round.
 */
export const isUnused = (id: ProbeId, provider: DeviceProvider): boolean => {
  if (id === 'convolution-18-channels') return true
  if (id.startsWith('grouped-attention-prompt')) return PROMPT_ROWS_AT_ONCE[provider] !== undefined
  return id.startsWith('grouped-attention-pieces') && PROMPT_ROWS_AT_ONCE[provider] === undefined
}

export const isHalfProbe = (id: ProbeId): boolean => id.endsWith('-half')

export const buildProbe = (id: ProbeId): Probe => {
  const single = graphOf(id, OPERATORS[id], 'single')
  if (!isHalfProbe(id)) return { id, tolerance: TOLERANCE, reference: single.graph, ...single }
  return { id, tolerance: HALF_TOLERANCE, reference: single.graph, ...graphOf(id, OPERATORS[id], 'half') }
}
