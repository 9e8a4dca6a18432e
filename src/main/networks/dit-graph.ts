import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, type Value } from '../onnx/index.ts'
import { mish } from './activation.ts'
import { attentionMemory, type MemoryKind } from './attention-memory.ts'
import { DIT_ROWS_PER_BLOCK, type DitTensors, ditModulationRows } from './dit-tensors.ts'
import { type Linear, type LinearKind, layerNorm, linear, weight } from './linear.ts'
import { rotaryTables } from './rope.ts'
import { derived, type Tensor } from './tensor.ts'

/** 300 s of mel frames: what the flow's noise reaches to. @source FunAudioLLM/CosyVoice cosyvoice/flow/flow_matching.py */
const MAX_FRAMES = 15_000
const ROPE_THETA = 10_000
const NORM_EPSILON = 1e-6

const columns = (tensor: Tensor, from: number, to: number): Tensor => {
  const [rows = 0, width = 0] = tensor.shape
  return derived(tensor, [rows, to - from], (data) => {
    const part = new Float32Array(rows * (to - from))
    for (let row = 0; row < rows; row++)
      part.set(data.subarray(row * width + from, row * width + to), row * (to - from))
    return part
  })
}

/** What the position convolutions have heard before the new frames, and will have heard behind those that are kept. */
const heardBefore = (g: GraphBuilder, { positionConvolutions, width }: DitTensors, keptFrames: Value) => {
  const frames = (positionConvolutions[0]?.weight.shape[2] ?? 1) - 1
  const dims = [positionConvolutions.length, width, frames]
  const before = g.ops('Split', [g.input('context', 'float32', dims)], positionConvolutions.length, { axis: 0 })
  const next: Value[] = []
  const end = g.op('Add', [keptFrames, g.int64([frames])])
  return {
    /** @param input of a convolution, [1, width, frames] */
    extend: (index: number, input: Value): Value => {
      const extended = g.op('Concat', [before[index] ?? NONE, input], { axis: 2 })
      next.push(g.op('Slice', [extended, keptFrames, end, g.int64([2])]))
      return extended
    },
    finish: (): void => g.output('next_context', g.op('Concat', next, { axis: 0 }), 'float32', dims),
  }
}

/**
 * The estimator of CosyVoice 3: mel at a time step in, its velocity out.
 *
 * Inputs, batch 1 or more, T frames: `x`, `mu`, `cond` [B, mel, T], `spks` [B, mel], `modulation` [rows, width] of the step
 * (see `ditModulation`), `attention_bias` [1, 1, T, T] (0 where frame i may see frame j, very negative elsewhere).
 * Output `velocity` [B, mel, T].
 *
 * With a memory the batch is 1, and T frames follow P remembered ones, which they see and do not change: `attention_bias` is
 * [1, 1, T, P + T], and beside what `attentionMemory` adds there are `context` [convolutions, width, kernel - 1], what each
 * position convolution has heard before the first frame (zeros where the line begins), and `next_context`, the same behind the
 * frames that are to be remembered.
 *
 * The projections at both ends, the position convolutions, norms and the residual sum are float32 whatever the weights are:
 * their errors would add up over every step.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/DiT/dit.py; cosyvoice-local.md 7.6
 */
export const ditGraph = (
  tensors: DitTensors,
  { name, weights, memory: memoryKind }: { name: string; weights: LinearKind; memory?: MemoryKind | undefined },
): OnnxGraph =>
  buildGraph(name, (g) => {
    const { width, heads, headSize, melBins } = tensors
    const isHalf = weights === 'float16'
    const half = (value: Value): Value => (isHalf ? g.op('Cast', [value], { to: 10 }) : value)
    const full = (value: Value): Value => (isHalf ? g.op('Cast', [value], { to: 1 }) : value)
    const mel = ['batch', melBins, 'frames'] as const
    const x = g.input('x', 'float32', mel)
    const mu = g.input('mu', 'float32', mel)
    const cond = g.input('cond', 'float32', mel)
    const spks = g.input('spks', 'float32', ['batch', melBins])
    const modulation = g.input('modulation', 'float32', [ditModulationRows(tensors), width])
    const memory = memoryKind && attentionMemory(g, { layers: tensors.blocks.length, heads, headSize }, memoryKind)
    const bias = half(g.input('attention_bias', 'float32', [1, 1, 'frames', memory ? 'seen_frames' : 'frames']))
    const firstFrame = memory ? memory.firstFrame : g.int64([0])
    const row = (index: number): Value => g.op('Gather', [modulation, g.int64(index)], { axis: 0 })

    const split = (layer: Linear, from: number, to: number): Linear => ({ weight: columns(layer.weight, from, to) })
    const perFrame = g.op('Transpose', [g.op('Concat', [x, cond, mu], { axis: 1 })], { perm: [0, 2, 1] })
    const speaker = linear(
      g,
      'input.speaker',
      spks,
      { ...split(tensors.inputProjection, 3 * melBins, 4 * melBins), bias: tensors.inputProjection.bias },
      'float32',
    )
    const projected = linear(g, 'input.frames', perFrame, split(tensors.inputProjection, 0, 3 * melBins), 'float32')
    let h = g.op('Add', [projected, g.op('Unsqueeze', [speaker, g.int64([1])])])

    let position = g.op('Transpose', [h], { perm: [0, 2, 1] })
    const heard = memory && heardBefore(g, tensors, memory.keptFrames)
    for (const [index, convolution] of tensors.positionConvolutions.entries()) {
      const [, perGroup = 1, kernel = 1] = convolution.weight.shape
      const convolved = g.op(
        'Conv',
        [
          heard ? heard.extend(index, position) : position,
          weight(g, `position.${index}.weight`, convolution.weight),
          weight(g, `position.${index}.bias`, convolution.bias),
        ],
        { group: width / perGroup, kernel_shape: [kernel], pads: [heard ? 0 : kernel - 1, 0] },
      )
      position = mish(g, convolved)
    }
    h = g.op('Add', [h, g.op('Transpose', [position], { perm: [0, 2, 1] })])

    const rope = rotaryTables(g, 'rope', MAX_FRAMES, headSize, ROPE_THETA)
    const [cosines, sines] = [half(rope.cosines), half(rope.sines)]
    // One head as wide as all, of which the first channels turn: CosyVoice 3 was trained with positions in its first head alone.
    const rotate = (value: Value): Value =>
      g.op('RotaryEmbedding', [value, firstFrame, cosines, sines], {
        interleaved: 1,
        num_heads: 1,
        rotary_embedding_dim: headSize,
      })
    for (const [index, block] of tensors.blocks.entries()) {
      const at = index * DIT_ROWS_PER_BLOCK
      const layer = (part: string): string => `block.${index}.${part}`
      const normed = layerNorm(g, h, row(at + 1), row(at), NORM_EPSILON)
      const [q = NONE, k = NONE, v = NONE] = g.ops(
        'Split',
        [
          linear(g, layer('query-key-value'), half(normed), block.queryKeyValue, weights),
          g.int64([width, width, width]),
        ],
        3,
        { axis: -1 },
      )
      const [keys, values] = memory?.extend(index, rotate(k), v) ?? [rotate(k), v]
      const attended = g.op('MultiHeadAttention', [rotate(q), keys, values, NONE, NONE, bias], { num_heads: heads })
      const output = full(linear(g, layer('attention-output'), attended, block.attentionOutput, weights))
      h = g.op('Add', [h, g.op('Mul', [output, row(at + 2)])])
      const normedAgain = layerNorm(g, h, row(at + 4), row(at + 3), NORM_EPSILON)
      const inner = linear(g, layer('feed-forward-in'), half(normedAgain), block.feedForwardIn, weights)
      const outer = linear(g, layer('feed-forward-out'), g.op('FastGelu', [inner]), block.feedForwardOut, weights)
      h = g.op('Add', [h, g.op('Mul', [full(outer), row(at + 5)])])
    }
    const last = tensors.blocks.length * DIT_ROWS_PER_BLOCK
    const normed = layerNorm(g, h, row(last + 1), row(last), NORM_EPSILON)
    const velocity = linear(g, 'output', normed, tensors.outputProjection, 'float32')
    g.output('velocity', g.op('Transpose', [velocity], { perm: [0, 2, 1] }), 'float32', mel)
    memory?.finish()
    heard?.finish()
  })
