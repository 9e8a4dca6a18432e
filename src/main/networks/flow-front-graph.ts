import { buildGraph, type GraphBuilder, type OnnxGraph, real, type Value } from '../onnx/index.ts'
import { type Linear, linear, weight } from './linear.ts'
import type { Tensor, TensorReader } from './tensor.ts'

export type FlowFrontTensors = {
  readonly speechCodes: number
  readonly width: number
  readonly embedding: Tensor
  readonly speaker: Linear
  /** Convolutions that look ahead [hidden, width, 4] and back [width, hidden, 3]. */
  readonly ahead: { weight: Tensor; bias: Tensor }
  readonly back: { weight: Tensor; bias: Tensor }
}

const LEAKY_SLOPE = 0.01
const SPEAKER_SIZE = 192
const NORM_FLOOR = 1e-12

/**
 * @param reader at the root of a CosyVoice 3 flow checkpoint
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape
 */
export const readFlowFrontTensors = (reader: TensorReader): FlowFrontTensors => {
  const [speechCodes = 0, width = 0] = reader.shapeOf('input_embedding.weight')
  const [hidden = 0, , ahead = 0] = reader.shapeOf('pre_lookahead_layer.conv1.weight')
  const [, , back = 0] = reader.shapeOf('pre_lookahead_layer.conv2.weight')
  const convolution = (name: string, shape: readonly [number, number, number]) => ({
    weight: reader.tensor(`pre_lookahead_layer.${name}.weight`, shape),
    bias: reader.tensor(`pre_lookahead_layer.${name}.bias`, [shape[0]]),
  })
  return {
    speechCodes,
    width,
    embedding: reader.tensor('input_embedding.weight', [speechCodes, width]),
    speaker: readSpeaker(reader, width),
    ahead: convolution('conv1', [hidden, width, ahead]),
    back: convolution('conv2', [width, hidden, back]),
  }
}

/** Linear layer from the speaker vector to a mel-wide one. */
export const readSpeaker = (reader: TensorReader, melBins: number): Linear => ({
  weight: reader.tensor('spk_embed_affine_layer.weight', [melBins, SPEAKER_SIZE]),
  bias: reader.tensor('spk_embed_affine_layer.bias', [melBins]),
})

/** Inputs `speaker` [1, 192] as the speaker network gives it; output `spks` [1, mel]. */
export const speakerOutput = (g: GraphBuilder, speaker: Linear, melBins: number): void => {
  const vector = g.input('speaker', 'float32', [1, SPEAKER_SIZE])
  const length = g.op('ReduceL2', [vector], { axes: [-1], keepdims: 1 })
  const unit = g.op('Div', [vector, g.op('Max', [length, g.float32(NORM_FLOOR)])])
  g.output('spks', linear(g, 'speaker', unit, speaker, 'float32'), 'float32', [1, melBins])
}

/** The table of speech codes with a row of zeros behind the last: the id `speechCodes` is silence ahead. */
export const codeTable = (table: Tensor): Tensor => {
  const [rows = 0, width = 0] = table.shape
  return {
    shape: [rows + 1, width],
    load: async () => {
      const data = new Float32Array((rows + 1) * width)
      data.set(await table.load())
      return data
    },
  }
}

/**
 * What CosyVoice 3's estimator is told about the speech tokens and the speaker.
 *
 * Inputs: `tokens` int64 [1, N + 3], the last three being context ahead: real tokens while a text is still being spoken, and
 * the id `speechCodes` (zeros) behind its end; `speaker` [1, 192]. Outputs: `mu` [1, mel, 2N], `spks` [1, mel].
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/flow.py CausalMaskedDiffWithDiT, cosyvoice/transformer/upsample_encoder.py PreLookaheadLayer
 */
export const flowFrontGraph = (name: string, tensors: FlowFrontTensors): OnnxGraph =>
  buildGraph(name, (g) => {
    const { width } = tensors
    const [, , aheadKernel = 1] = tensors.ahead.weight.shape
    const [, , backKernel = 1] = tensors.back.weight.shape
    const tokens = g.input('tokens', 'int64', [1, 'tokens'])
    const rows = g.op('Gather', [weight(g, 'codes', codeTable(tensors.embedding)), tokens], { axis: 0 })
    const embedded = g.op('Transpose', [rows], { perm: [0, 2, 1] })
    const ahead = g.op(
      'LeakyRelu',
      [
        g.op(
          'Conv',
          [embedded, weight(g, 'ahead.weight', tensors.ahead.weight), weight(g, 'ahead.bias', tensors.ahead.bias)],
          {
            kernel_shape: [aheadKernel],
          },
        ),
      ],
      { alpha: real(LEAKY_SLOPE) },
    )
    const back = g.op(
      'Conv',
      [ahead, weight(g, 'back.weight', tensors.back.weight), weight(g, 'back.bias', tensors.back.bias)],
      { kernel_shape: [backKernel], pads: [backKernel - 1, 0] },
    )
    const current = g.op('Slice', [embedded, g.int64([0]), g.int64([-(aheadKernel - 1)]), g.int64([2])])
    g.output('mu', repeated(g, g.op('Add', [back, current]), width), 'float32', [1, width, 'frames'])
    speakerOutput(g, tensors.speaker, width)
  })

/** Every frame twice: [1, width, N] to [1, width, 2N]. */
const repeated = (g: GraphBuilder, value: Value, width: number): Value => {
  const column = g.op('Unsqueeze', [value, g.int64([-1])])
  return g.op('Reshape', [g.op('Concat', [column, column], { axis: -1 }), g.int64([1, width, -1])])
}
