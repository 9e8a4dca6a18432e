import {
  type DitTensors,
  type Linear,
  type LlmLayer,
  type LlmTensors,
  layerNorm,
  linear,
  type Tensor,
  weight,
  withRows,
} from '../../src/main/networks/index.ts'
import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, type Value } from '../../src/main/onnx/index.ts'

/*
 * The networks of CosyVoice 3 as a straightforward export writes them: one operator for each line of the original, nothing
 * fused, nothing computed beforehand. They are what the graphs of the app are measured against, and they compute the same.
 */

const INTEGER_MAX = 2 ** 31 - 1
/** What PyTorch adds to the score of a position that may not be seen. */
const MASKED = -3.4028234663852886e38

/** Rows `from` to `to` of a layer that the app keeps stacked with others. */
const rowsOf = (tensor: Tensor, from: number, to: number): Tensor =>
  withRows(
    tensor,
    Array.from({ length: to - from }, (_, index) => from + index),
  )

const slice = (g: GraphBuilder, value: Value, axis: number, from: number, to: number): Value =>
  g.op('Slice', [value, g.int64([from]), g.int64([to]), g.int64([axis])])

/** The size of one dimension, as a list of one number. */
const sizeOf = (g: GraphBuilder, value: Value, axis: number): Value =>
  g.op('Shape', [value], { start: axis, end: axis + 1 })

const sum = (g: GraphBuilder, left: Value, right: Value): Value => g.op('Add', [left, right])
const product = (g: GraphBuilder, left: Value, right: Value): Value => g.op('Mul', [left, right])
const silu = (g: GraphBuilder, x: Value): Value => product(g, x, g.op('Sigmoid', [x]))
const mish = (g: GraphBuilder, x: Value): Value => product(g, x, g.op('Tanh', [g.op('Softplus', [x])]))

/** From, from + 1, … to − 1, both given as lists of one number. */
const range = (g: GraphBuilder, from: Value, to: Value): Value => {
  const scalar = (value: Value): Value => g.op('Squeeze', [value, g.int64([0])])
  return g.op('Range', [scalar(from), scalar(to), g.int64(1)])
}

/** Angle of every position and frequency, [positions, size / 2]. */
const angles = (g: GraphBuilder, positions: Value, size: number, theta: number): Value => {
  const frequencies = Array.from({ length: size / 2 }, (_, index) => Math.fround(theta ** ((-2 * index) / size)))
  const column = g.op('Unsqueeze', [g.op('Cast', [positions], { to: 1 }), g.int64([-1])])
  return product(g, column, g.op('Unsqueeze', [g.float32(frequencies), g.int64([0])]))
}

/** Softmax(q · kᵀ / √size + bias) · v. */
const attention = (g: GraphBuilder, [q, k, v]: readonly [Value, Value, Value], size: number, bias: Value): Value => {
  const turned = g.op('Transpose', [k], { perm: [0, 1, 3, 2] })
  const scores = g.op('Div', [g.op('MatMul', [q, turned]), g.float32(Math.sqrt(size))])
  return g.op('MatMul', [g.op('Softmax', [sum(g, scores, bias)], { axis: -1 }), v])
}

/** [1, s, heads · size] to [1, heads, s, size]. */
const splitHeads = (g: GraphBuilder, value: Value, heads: number, size: number): Value =>
  g.op('Transpose', [g.op('Reshape', [value, g.int64([0, -1, heads, size])])], { perm: [0, 2, 1, 3] })
const joinHeads = (g: GraphBuilder, value: Value, width: number): Value =>
  g.op('Reshape', [g.op('Transpose', [value], { perm: [0, 2, 1, 3] }), g.int64([0, -1, width])])

/**
 * The body of the language model with its cache in one stack. Inputs `inputs_embeds` [1, s, hidden], `attention_mask` float32
 * [1, p + s], `past_key_values` [2 · layers, 1, kv, p, h], p = 0 for the prompt; outputs `hidden_states` [1, s, hidden] of
 * every position and `new_past_key_values` [2 · layers, 1, kv, p + s, h].
 * @source ayousanz/cosy-voice3-onnx (layout); QwenLM/Qwen2 (architecture)
 */
export const plainLlmGraph = (name: string, tensors: LlmTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    const { hiddenSize, headSize, keyValueHeads, queryHeads, intermediateSize, epsilon, layers } = tensors
    const queryWidth = queryHeads * headSize
    const keyValueWidth = keyValueHeads * headSize
    const cache = (positions: string) => [2 * layers.length, 1, keyValueHeads, positions, headSize] as const
    let x = g.input('inputs_embeds', 'float32', [1, 'new', hiddenSize])
    const mask = g.input('attention_mask', 'float32', [1, 'positions'])
    const past = g.input('past_key_values', 'float32', cache('past'))

    const before = sizeOf(g, past, 3)
    const length = sum(g, before, sizeOf(g, x, 1))
    const ownPositions = range(g, before, length)
    const rows = g.op('Unsqueeze', [ownPositions, g.int64([-1])])
    const isLater = g.op('Greater', [range(g, g.int64([0]), length), rows])
    const causal = g.op('Where', [isLater, g.float32(MASKED), g.float32(0)])
    const padding = product(g, g.op('Sub', [g.float32(1), mask]), g.float32(MASKED))
    const bias = sum(g, causal, g.op('Unsqueeze', [padding, g.int64([1, 2])]))

    const half = angles(g, ownPositions, headSize, tensors.ropeTheta)
    const turns = g.op('Concat', [half, half], { axis: -1 })
    const [cosines, sines] = [g.op('Cos', [turns]), g.op('Sin', [turns])]
    const rotate = (value: Value): Value => {
      const first = slice(g, value, -1, 0, headSize / 2)
      const second = slice(g, value, -1, headSize / 2, INTEGER_MAX)
      const turned = g.op('Concat', [g.op('Neg', [second]), first], { axis: -1 })
      return sum(g, product(g, value, cosines), product(g, turned, sines))
    }
    /** Every key head as often as there are query heads to it. */
    const repeated = (value: Value): Value => {
      const group = queryHeads / keyValueHeads
      const shape = g.op('Concat', [g.int64([1, keyValueHeads, group]), length, g.int64([headSize])], { axis: 0 })
      const wide = g.op('Expand', [g.op('Unsqueeze', [value, g.int64([2])]), shape])
      return g.op('Reshape', [wide, g.int64([1, queryHeads, -1, headSize])])
    }
    const norm = (at: string, value: Value, gamma: Tensor): Value => {
      const squares = g.op('ReduceMean', [g.op('Pow', [value, g.float32(2)])], { axes: [-1], keepdims: 1 })
      const root = g.op('Sqrt', [sum(g, squares, g.float32(epsilon))])
      return product(g, product(g, value, g.op('Reciprocal', [root])), weight(g, at, gamma))
    }

    const caches: Value[] = []
    const attend = (at: string, index: number, input: Value, { query, keyValue, attentionOutput }: LlmLayer): Value => {
      const part = (what: string, from: number, to: number): Value =>
        project(`${at}.${what}`, input, {
          weight: rowsOf(keyValue.weight, from, to),
          bias: rowsOf(keyValue.bias, from, to),
        })
      const q = rotate(splitHeads(g, project(`${at}.query`, input, query), queryHeads, headSize))
      const k = rotate(splitHeads(g, part('key', 0, keyValueWidth), keyValueHeads, headSize))
      const v = splitHeads(g, part('value', keyValueWidth, 2 * keyValueWidth), keyValueHeads, headSize)
      const [keys = NONE, values = NONE] = [k, v].map((fresh, which) => {
        const old = g.op('Gather', [past, g.int64(2 * index + which)], { axis: 0 })
        const all = g.op('Concat', [old, fresh], { axis: 2 })
        caches.push(g.op('Unsqueeze', [all, g.int64([0])]))
        return all
      })
      const attended = attention(g, [q, repeated(keys), repeated(values)], headSize, bias)
      return project(`${at}.attention-output`, joinHeads(g, attended, queryWidth), { weight: attentionOutput })
    }
    const project = (at: string, input: Value, layer: Linear): Value => linear(g, at, input, layer, 'float32')

    for (const [index, layer] of layers.entries()) {
      const at = `layer.${index}`
      x = sum(g, x, attend(at, index, norm(`${at}.input-norm`, x, layer.inputNorm), layer))
      const normed = norm(`${at}.output-norm`, x, layer.outputNorm)
      const gate = project(`${at}.gate`, normed, { weight: rowsOf(layer.gateUp, 0, intermediateSize) })
      const up = project(`${at}.up`, normed, { weight: rowsOf(layer.gateUp, intermediateSize, 2 * intermediateSize) })
      x = sum(g, x, project(`${at}.down`, product(g, silu(g, gate), up), { weight: layer.down }))
    }
    g.output('hidden_states', norm('final-norm', x, tensors.finalNorm), 'float32', [1, 'new', hiddenSize])
    g.output('new_past_key_values', g.op('Concat', caches, { axis: 0 }), 'float32', cache('positions'))
  })

/** Input `hidden_state` [1, s, hidden]; output `logits` [1, speech vocabulary] of the last position. @source as `plainLlmGraph` */
export const plainHeadGraph = (name: string, tensors: LlmTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    const hidden = g.input('hidden_state', 'float32', [1, 'new', tensors.hiddenSize])
    const last = g.op('Gather', [hidden, g.int64(-1)], { axis: 1 })
    g.output('logits', linear(g, 'head', last, tensors.head, 'float32'), 'float32', [1, tensors.speechVocabularySize])
  })

/** Periods of the time embedding, and what time is counted in. @source FunAudioLLM/CosyVoice cosyvoice/flow/DiT/modules.py */
const LONGEST_PERIOD = 10_000
const TIME_SCALE = 1000
const ROPE_THETA = 10_000
const NORM_EPSILON = 1e-6

/**
 * The estimator. Inputs `x`, `mu`, `cond` [B, mel, T], `mask` [B, 1, T], `t` [B], `spks` [B, mel]; output `estimator_out`
 * [B, mel, T]. The original calls it with B = 2.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/DiT/dit.py, flow.decoder.estimator.fp32.onnx (names)
 */
export const plainEstimatorGraph = (name: string, tensors: DitTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    const { width, heads, headSize, melBins } = tensors
    const mel = ['batch', melBins, 'frames'] as const
    const x = g.input('x', 'float32', mel)
    const mask = g.input('mask', 'float32', ['batch', 1, 'frames'])
    const mu = g.input('mu', 'float32', mel)
    const t = g.input('t', 'float32', ['batch'])
    const spks = g.input('spks', 'float32', ['batch', melBins])
    const cond = g.input('cond', 'float32', mel)
    const project = (at: string, input: Value, layer: Linear): Value => linear(g, at, input, layer, 'float32')
    const turned = (value: Value): Value => g.op('Transpose', [value], { perm: [0, 2, 1] })

    const periods = (tensors.timeIn.weight.shape[1] ?? 0) / 2
    const step = Math.fround(Math.log(LONGEST_PERIOD) / (periods - 1))
    const frequencies = Array.from({ length: periods }, (_, index) => Math.fround(Math.exp(-index * step)))
    const moments = g.op('Unsqueeze', [product(g, t, g.float32(TIME_SCALE)), g.int64([1])])
    const phases = product(g, moments, g.op('Unsqueeze', [g.float32(frequencies), g.int64([0])]))
    const waves = g.op('Concat', [g.op('Sin', [phases]), g.op('Cos', [phases])], { axis: -1 })
    const time = project('time.out', silu(g, project('time.in', waves, tensors.timeIn)), tensors.timeOut)

    const frames = sizeOf(g, x, 2)
    const speakerShape = g.op('Concat', [sizeOf(g, x, 0), g.int64([melBins]), frames], { axis: 0 })
    const speaker = g.op('Expand', [g.op('Unsqueeze', [spks, g.int64([2])]), speakerShape])
    let h = project('input', turned(g.op('Concat', [x, cond, mu, speaker], { axis: 1 })), tensors.inputProjection)
    let position = turned(h)
    for (const [index, convolution] of tensors.positionConvolutions.entries()) {
      const [, perGroup = 1, kernel = 1] = convolution.weight.shape
      const padded = g.op('Pad', [position, g.int64([0, 0, kernel - 1, 0, 0, 0])])
      position = mish(
        g,
        g.op(
          'Conv',
          [
            padded,
            weight(g, `position.${index}.weight`, convolution.weight),
            weight(g, `position.${index}.bias`, convolution.bias),
          ],
          { group: width / perGroup, kernel_shape: [kernel] },
        ),
      )
    }
    h = sum(g, h, turned(position))

    const hidden = product(g, g.op('Sub', [g.float32(1), mask]), g.float32(MASKED))
    const bias = g.op('Unsqueeze', [hidden, g.int64([1])])
    const isKept = turned(mask)
    const half = g.op('Unsqueeze', [angles(g, range(g, g.int64([0]), frames), headSize, ROPE_THETA), g.int64([-1])])
    const turns = g.op('Reshape', [g.op('Concat', [half, half], { axis: -1 }), g.int64([-1, headSize])])
    const [cosines, sines] = [g.op('Cos', [turns]), g.op('Sin', [turns])]
    /** Pairs of neighbours turn, in the channels of the first head alone. */
    const rotate = (value: Value): Value => {
      const first = slice(g, value, -1, 0, headSize)
      const pairs = g.op('Reshape', [first, g.int64([0, 0, headSize / 2, 2])])
      const swapped = g.op('Concat', [g.op('Neg', [slice(g, pairs, -1, 1, 2)]), slice(g, pairs, -1, 0, 1)], {
        axis: -1,
      })
      const back = g.op('Reshape', [swapped, g.int64([0, 0, headSize])])
      const rotated = sum(g, product(g, first, cosines), product(g, back, sines))
      return g.op('Concat', [rotated, slice(g, value, -1, headSize, INTEGER_MAX)], { axis: -1 })
    }
    const ones = g.float32(Array.from({ length: width }, () => 1))
    const zeros = g.float32(Array.from({ length: width }, () => 0))
    const modulated = (value: Value, shift: Value, scale: Value): Value => {
      const grown = g.op('Unsqueeze', [sum(g, scale, g.float32(1)), g.int64([1])])
      const normed = layerNorm(g, value, ones, zeros, NORM_EPSILON)
      return sum(g, product(g, normed, grown), g.op('Unsqueeze', [shift, g.int64([1])]))
    }
    const gated = (value: Value, gate: Value): Value => product(g, g.op('Unsqueeze', [gate, g.int64([1])]), value)
    const modulation = (at: string, layer: Linear, parts: number): Value[] =>
      g.ops('Split', [project(at, silu(g, time), layer), g.int64(Array.from({ length: parts }, () => width))], parts, {
        axis: -1,
      })
    /** GELU by its tanh approximation. */
    const gelu = (value: Value): Value => {
      const cubed = g.op('Pow', [value, g.float32(3)])
      const inner = sum(g, value, product(g, cubed, g.float32(0.044715)))
      const bent = g.op('Tanh', [product(g, inner, g.float32(Math.sqrt(2 / Math.PI)))])
      return product(g, product(g, value, g.float32(0.5)), sum(g, bent, g.float32(1)))
    }

    for (const [index, block] of tensors.blocks.entries()) {
      const at = `block.${index}`
      const [shift = NONE, scale = NONE, gate = NONE, shift2 = NONE, scale2 = NONE, gate2 = NONE] = modulation(
        `${at}.modulation`,
        block.modulation,
        6,
      )
      const normed = modulated(h, shift, scale)
      const { weight: stackedWeight, bias: stackedBias } = block.queryKeyValue
      const [q = NONE, k = NONE, v = NONE] = ['query', 'key', 'value'].map((what, which) =>
        project(`${at}.${what}`, normed, {
          weight: rowsOf(stackedWeight, which * width, (which + 1) * width),
          bias: stackedBias && rowsOf(stackedBias, which * width, (which + 1) * width),
        }),
      )
      const split = (value: Value): Value => splitHeads(g, value, heads, headSize)
      const attended = attention(g, [split(rotate(q)), split(rotate(k)), split(v)], headSize, bias)
      const output = project(`${at}.attention-output`, joinHeads(g, attended, width), block.attentionOutput)
      h = sum(g, h, gated(product(g, output, isKept), gate))
      const inner = project(`${at}.feed-forward-in`, modulated(h, shift2, scale2), block.feedForwardIn)
      h = sum(g, h, gated(project(`${at}.feed-forward-out`, gelu(inner), block.feedForwardOut), gate2))
    }
    const [scale = NONE, shift = NONE] = modulation('final.modulation', tensors.finalModulation, 2)
    const velocity = project('output', modulated(h, shift, scale), tensors.outputProjection)
    g.output('estimator_out', turned(velocity), 'float32', mel)
  })
