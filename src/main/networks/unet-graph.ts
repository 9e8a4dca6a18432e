import { buildGraph, type GraphBuilder, NONE, type OnnxGraph, type Value } from '../onnx/index.ts'
import { mish } from './activation.ts'
import { type Linear, type LinearKind, layerNorm, linear, weight } from './linear.ts'
import type { Tensor } from './tensor.ts'
import {
  UNET_HEAD_SIZE,
  type UnetConvolution,
  type UnetResnet,
  type UnetStage,
  type UnetStep,
  type UnetTensors,
  type UnetTransformer,
  unetModulationRows,
} from './unet-tensors.ts'

const NORM_EPSILON = 1e-5

const turned = (g: GraphBuilder, x: Value): Value => g.op('Transpose', [x], { perm: [0, 2, 1] })

/** @param x [B, T, inputs] */
const convolve = (g: GraphBuilder, name: string, x: Value, layer: UnetConvolution): Value => {
  const kernel = layer.weight.shape[2] ?? 1
  const inputs = [turned(g, x), weight(g, `${name}.weight`, layer.weight), weight(g, `${name}.bias`, layer.bias)]
  return turned(g, g.op('Conv', inputs, { kernel_shape: [kernel], pads: [kernel - 1, 0] }))
}

const step = (g: GraphBuilder, name: string, x: Value, { convolution, scale, bias }: UnetStep): Value => {
  const convolved = convolve(g, `${name}.convolution`, x, convolution)
  const [normScale, normBias] = [weight(g, `${name}.norm.scale`, scale), weight(g, `${name}.norm.bias`, bias)]
  return mish(g, layerNorm(g, convolved, normScale, normBias, NORM_EPSILON))
}

const residual = (g: GraphBuilder, name: string, x: Value, layer: UnetResnet, modulation: Value): Value => {
  const first = g.op('Add', [step(g, `${name}.first`, x, layer.first), modulation])
  const second = step(g, `${name}.second`, first, layer.second)
  return g.op('Add', [second, linear(g, `${name}.shortcut`, x, layer.shortcut, 'float32')])
}

/**
 * The estimator of CosyVoice 2: mel at a time step in, its velocity out.
 *
 * Inputs, batch 1 or more, T frames: `x`, `mu`, `cond` [B, mel, T], `spks` [B, mel], `modulation` [rows, width] of the step
 * (see `unetModulation`), `attention_bias` [1, 1, T, T] (0 where frame i may see frame j, very negative elsewhere).
 * Output `velocity` [B, mel, T].
 *
 * Convolutions, norms and the residual sum are float32 whatever the weights of the transformers are. Values are
 * [B, T, width], turned for the convolutions alone.
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/decoder.py CausalConditionalDecoder; cosyvoice-local.md 7.7
 */
export const unetGraph = (tensors: UnetTensors, { name, weights }: { name: string; weights: LinearKind }): OnnxGraph =>
  buildGraph(name, (g) => {
    const { width, melBins } = tensors
    const isHalf = weights === 'float16'
    const half = (value: Value): Value => (isHalf ? g.op('Cast', [value], { to: 10 }) : value)
    const full = (value: Value): Value => (isHalf ? g.op('Cast', [value], { to: 1 }) : value)
    const mel = ['batch', melBins, 'frames'] as const
    const x = g.input('x', 'float32', mel)
    const mu = g.input('mu', 'float32', mel)
    const cond = g.input('cond', 'float32', mel)
    const spks = g.input('spks', 'float32', ['batch', melBins])
    const modulation = g.input('modulation', 'float32', [unetModulationRows(tensors), width])
    const bias = half(g.input('attention_bias', 'float32', [1, 1, 'frames', 'frames']))

    const norm = (at: string, value: Value, scale: Tensor, shift: Tensor): Value =>
      half(layerNorm(g, value, weight(g, `${at}.scale`, scale), weight(g, `${at}.bias`, shift), NORM_EPSILON))
    const transform = (at: string, input: Value, block: UnetTransformer): Value => {
      const apply = (part: string, value: Value, layer: Linear): Value =>
        linear(g, `${at}.${part}`, value, layer, weights)
      const inner = block.attentionOutput.weight.shape[1] ?? 0
      const normed = norm(`${at}.attention-norm`, input, block.attentionScale, block.attentionBias)
      const [q = NONE, k = NONE, v = NONE] = g.ops(
        'Split',
        [apply('query-key-value', normed, block.queryKeyValue), g.int64([inner, inner, inner])],
        3,
        { axis: -1 },
      )
      const attended = g.op('MultiHeadAttention', [q, k, v, NONE, NONE, bias], { num_heads: inner / UNET_HEAD_SIZE })
      const h = g.op('Add', [input, full(apply('attention-output', attended, block.attentionOutput))])
      const normedAgain = norm(`${at}.feed-forward-norm`, h, block.feedForwardScale, block.feedForwardBias)
      const activated = g.op('Gelu', [apply('feed-forward-in', normedAgain, block.feedForwardIn)])
      return g.op('Add', [h, full(apply('feed-forward-out', activated, block.feedForwardOut))])
    }
    let stages = 0
    const stage = (at: string, input: Value, { resnet, transformers }: UnetStage): Value => {
      const row = g.op('Gather', [modulation, g.int64(stages++)], { axis: 0 })
      return transformers.reduce(
        (h, block, index) => transform(`${at}.${index}`, h, block),
        residual(g, `${at}.resnet`, input, resnet, row),
      )
    }

    const speaker = g.op('Expand', [g.op('Unsqueeze', [spks, g.int64([-1])]), g.op('Shape', [x])])
    const told = turned(g, g.op('Concat', [x, mu, speaker, cond], { axis: 1 }))
    const kept = stage('down', told, tensors.down)
    const middle = tensors.middle.reduce(
      (h, layer, index) => stage(`middle.${index}`, h, layer),
      convolve(g, 'down.convolution', kept, tensors.downConvolution),
    )
    const up = stage('up', g.op('Concat', [middle, kept], { axis: -1 }), tensors.up)
    const last = step(g, 'final', convolve(g, 'up.convolution', up, tensors.upConvolution), tensors.final)
    const velocity = linear(g, 'output', last, tensors.output, 'float32')
    g.output('velocity', turned(g, velocity), 'float32', mel)
  })
