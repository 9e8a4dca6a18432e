import {
  buildGraph,
  type GraphBuilder,
  NONE,
  type OnnxGraph,
  real,
  type TensorType,
  type Value,
} from '../onnx/index.ts'
import { equalisedLlm, roundsActivations } from './equalise.ts'
import { type Linear, type LinearKind, linear, weight } from './linear.ts'
import type { LlmLayer, LlmTensors } from './llm-tensors.ts'
import { rotaryTables } from './rope.ts'
import { stacked, type Tensor, withColumns, withRows } from './tensor.ts'

export type LlmGraphOptions = {
  readonly name: string
  /**
   * `cpu`: inputs `past_key.i`, `past_value.i` [1, p, kv·h] and outputs `new_key.i`, `new_value.i` [1, s, kv·h] hold the
   * cache of each layer row by row, so that its owner passes a view and appends what comes back; `attention_bias`
   * [1, 1, s·(heads / kv), p + s] says who may see whom; `position` [1] is p.
   * `gpu`: `past_key.i`, `past_value.i` [1, kv, p, h] and `present_key.i`, `present_value.i` [1, kv, p + s, h] stay on the
   * device; `last_position` int32 [1] is p + s − 1 and `length` int32 is p + s.
   */
  readonly form: 'cpu' | 'gpu'
  readonly weights: LinearKind
  /** One layer alone, or the norm and head behind the last: a model too large to hold can be run in parts. */
  readonly part?: { readonly layer: number } | 'head'
}

const INTEGER_MAX = 2 ** 31 - 1

/** Rows [kv][query][size] of the query projection as [query][kv][size]: one attention head per key head then serves all. */
const groupedOrder = ({ queryHeads, keyValueHeads, headSize }: LlmTensors): number[] => {
  const group = queryHeads / keyValueHeads
  const order: number[] = []
  for (let query = 0; query < group; query++)
    for (let head = 0; head < keyValueHeads; head++)
      for (let index = 0; index < headSize; index++) order.push((head * group + query) * headSize + index)
  return order
}

/** x / √(mean x² + ε) · w in plain operators; ONNX Runtime makes one of them. */
const rmsNorm = (g: GraphBuilder, x: Value, gamma: Value, epsilon: number): Value => {
  const squares = g.op('ReduceMean', [g.op('Pow', [x, g.float32(2)])], { axes: [-1], keepdims: 1 })
  const root = g.op('Sqrt', [g.op('Add', [squares, g.float32(epsilon)])])
  return g.op('Mul', [g.op('Div', [x, root]), gamma])
}

/**
 * Text and speech embeddings in, scores of the next speech token out; one graph for the prompt and for every step after.
 * Input `inputs_embeds` [1, s, hidden], output `logits` [1, speech vocabulary] of the last position, before softmax.
 * @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py; QwenLM/Qwen2 (architecture); cosyvoice-local.md 13.3
 */
export const llmGraph = (checkpoint: LlmTensors, options: LlmGraphOptions): OnnxGraph =>
  buildGraph(options.name, (g) => {
    const { form, weights, part } = options
    const tensors = roundsActivations(weights) ? equalisedLlm(checkpoint) : checkpoint
    const { hiddenSize, headSize, keyValueHeads, queryHeads, epsilon } = tensors
    const isHalf = weights === 'float16'
    const type: TensorType = isHalf ? 'float16' : 'float32'
    const keyValueWidth = keyValueHeads * headSize
    const queryWidth = queryHeads * headSize
    const order = groupedOrder(tensors)
    // Four bits are enough for the feed-forward part, which is most of the model, and too few for attention and scores.
    const attentionWeights: LinearKind = weights === 'int4-blocks' ? 'int8-blocks' : weights

    /** A linear layer between float32 values, whatever it computes in. */
    const project = (name: string, input: Value, layer: Linear, kind = weights): Value =>
      isHalf
        ? toFloat32(linear(g, name, g.op('Cast', [input], { to: 10 }), layer, kind))
        : linear(g, name, input, layer, kind)
    const toFloat32 = (value: Value): Value => g.op('Cast', [value], { to: 1 })

    const layers = part === undefined ? tensors.layers.map((_, index) => index) : part === 'head' ? [] : [part.layer]
    const hasHead = part === undefined || part === 'head'
    let x = g.input('inputs_embeds', 'float32', [1, 'new', hiddenSize])

    const rope = layers.length > 0 ? rotaryTables(g, 'rope', tensors.positions, headSize, tensors.ropeTheta) : undefined
    const position = layers.length > 0 && form === 'cpu' ? g.input('position', 'int64', [1]) : NONE
    const bias =
      layers.length > 0 && form === 'cpu'
        ? g.input('attention_bias', 'float32', [1, 1, 'query_rows', 'positions'])
        : NONE
    const lastPosition = layers.length > 0 && form === 'gpu' ? g.input('last_position', 'int32', [1]) : NONE
    const length = layers.length > 0 && form === 'gpu' ? g.input('length', 'int32', []) : NONE

    const rotate = (value: Value, heads: number): Value =>
      g.op('RotaryEmbedding', [value, position, rope?.cosines ?? NONE, rope?.sines ?? NONE], {
        interleaved: 0,
        num_heads: heads,
      })
    const concatenated = (
      name: string,
      layer: LlmLayer,
      query: { weight: Tensor; bias: Tensor },
      input: Value,
    ): Value =>
      linear(
        g,
        name,
        input,
        {
          weight: stacked([query.weight, layer.keyValue.weight]),
          bias: stacked([query.bias, layer.keyValue.bias]),
        },
        attentionWeights,
      )

    const cpuAttention = (layer: LlmLayer, index: number, input: Value): Value => {
      const query = { weight: withRows(layer.query.weight, order), bias: withRows(layer.query.bias, order) }
      const [q = NONE, k = NONE, v = NONE] = g.ops(
        'Split',
        [
          concatenated(`layer.${index}.query-key-value`, layer, query, input),
          g.int64([queryWidth, keyValueWidth, keyValueWidth]),
        ],
        3,
        { axis: -1 },
      )
      const newKey = rotate(k, keyValueHeads)
      const past = ['key', 'value'].map((what) =>
        g.input(`past_${what}.${index}`, 'float32', [1, 'past', keyValueWidth]),
      )
      const [keys = NONE, values = NONE] = [newKey, v].map((fresh, at) =>
        g.op('Concat', [past[at] ?? NONE, fresh], { axis: 1 }),
      )
      g.output(`new_key.${index}`, newKey, 'float32', [1, 'new', keyValueWidth])
      g.output(`new_value.${index}`, v, 'float32', [1, 'new', keyValueWidth])
      const rows = g.op('Reshape', [rotate(q, queryHeads), g.int64([1, -1, keyValueWidth])])
      const attended = g.op('MultiHeadAttention', [rows, keys, values, NONE, NONE, bias], { num_heads: keyValueHeads })
      const back = g.op('Reshape', [attended, g.int64([1, -1, queryWidth])])
      return linear(
        g,
        `layer.${index}.attention-output`,
        back,
        { weight: withColumns(layer.attentionOutput, order) },
        attentionWeights,
      )
    }

    const gpuAttention = (layer: LlmLayer, index: number, input: Value): Value => {
      const packed = concatenated(
        `layer.${index}.query-key-value`,
        layer,
        layer.query,
        isHalf ? g.op('Cast', [input], { to: 10 }) : input,
      )
      const past = ['key', 'value'].map((what) =>
        g.input(`past_${what}.${index}`, type, [1, keyValueHeads, 'past', headSize]),
      )
      const half = (table: Value): Value => (isHalf ? g.op('Cast', [table], { to: 10 }) : table)
      const [attended = NONE, presentKey = NONE, presentValue = NONE] = g.ops(
        'GroupQueryAttention',
        [packed, NONE, NONE, ...past, lastPosition, length, half(rope?.cosines ?? NONE), half(rope?.sines ?? NONE)],
        3,
        { num_heads: queryHeads, kv_num_heads: keyValueHeads, do_rotary: 1, rotary_interleaved: 0 },
      )
      g.output(`present_key.${index}`, presentKey, type, [1, keyValueHeads, 'positions', headSize])
      g.output(`present_value.${index}`, presentValue, type, [1, keyValueHeads, 'positions', headSize])
      const output = linear(
        g,
        `layer.${index}.attention-output`,
        attended,
        { weight: layer.attentionOutput },
        attentionWeights,
      )
      return isHalf ? toFloat32(output) : output
    }

    /** x + delta, and its norm. */
    const addAndNorm = (delta: Value, gamma: Value): { sum: Value; normed: Value } => {
      const [normed = NONE, , , sum = NONE] = g.ops('SkipSimplifiedLayerNormalization', [x, delta, gamma], 4, {
        epsilon: real(epsilon),
      })
      return { sum, normed }
    }

    const lastRow = (value: Value): Value => g.op('Slice', [value, g.int64([-1]), g.int64([INTEGER_MAX]), g.int64([1])])

    const gammaOf = (index: number, hasNext: boolean): Value | undefined => {
      const next = tensors.layers[index + 1]
      if (!hasNext) return undefined
      return next
        ? weight(g, `layer.${index + 1}.input-norm`, next.inputNorm)
        : weight(g, 'final-norm', tensors.finalNorm)
    }

    let normed = NONE
    const [firstLayer] = layers
    if (firstLayer !== undefined) {
      const first = tensors.layers[firstLayer]
      if (first) normed = rmsNorm(g, x, weight(g, `layer.${firstLayer}.input-norm`, first.inputNorm), epsilon)
    } else normed = rmsNorm(g, lastRow(x), weight(g, 'final-norm', tensors.finalNorm), epsilon)

    for (const index of layers) {
      const layer = tensors.layers[index]
      if (!layer) continue
      let attended = form === 'cpu' ? cpuAttention(layer, index, normed) : gpuAttention(layer, index, normed)
      // Only the last position is asked for, so what follows the last attention needs no other.
      if (hasHead && index === tensors.layers.length - 1) {
        attended = lastRow(attended)
        x = lastRow(x)
      }
      const middle = addAndNorm(attended, weight(g, `layer.${index}.output-norm`, layer.outputNorm))
      x = middle.sum
      const [gate = NONE, up = NONE] = g.ops(
        'Split',
        [
          project(`layer.${index}.gate-up`, middle.normed, { weight: layer.gateUp }),
          g.int64([tensors.intermediateSize, tensors.intermediateSize]),
        ],
        2,
        { axis: -1 },
      )
      const activated = g.op('Mul', [g.op('QuickGelu', [gate], { alpha: real(1) }), up])
      const delta = project(`layer.${index}.down`, activated, { weight: layer.down })
      const gamma = gammaOf(index, hasHead)
      if (gamma) ({ sum: x, normed } = addAndNorm(delta, gamma))
      else x = g.op('Add', [x, delta])
    }
    if (!hasHead) {
      g.output('hidden', x, 'float32', [1, 'new', hiddenSize])
      return
    }
    const logits = project('head', normed, tensors.head, attentionWeights)
    g.output('logits', g.op('Reshape', [logits, g.int64([1, -1])]), 'float32', [1, tensors.speechVocabularySize])
  })
