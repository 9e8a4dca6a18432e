import { AppError } from '../../shared/kernel/index.ts'
import type { Linear } from './linear.ts'
import { applyLinear, mish, timeVectors } from './modulation.ts'
import { reshaped, stacked, type Tensor, type TensorReader } from './tensor.ts'

/** A causal convolution [width, inputs, kernel]. */
export type UnetConvolution = { readonly weight: Tensor; readonly bias: Tensor }

/** Convolution, norm over channels, mish. */
export type UnetStep = {
  readonly convolution: UnetConvolution
  readonly scale: Tensor
  readonly bias: Tensor
}

export type UnetResnet = {
  readonly first: UnetStep
  readonly second: UnetStep
  /** [width, time width]: what is added to every frame between the two. */
  readonly modulation: Linear
  readonly shortcut: Linear
}

export type UnetTransformer = {
  readonly attentionScale: Tensor
  readonly attentionBias: Tensor
  /** Rows of queries, keys, values. */
  readonly queryKeyValue: Linear
  readonly attentionOutput: Linear
  readonly feedForwardScale: Tensor
  readonly feedForwardBias: Tensor
  readonly feedForwardIn: Linear
  readonly feedForwardOut: Linear
}

export type UnetStage = { readonly resnet: UnetResnet; readonly transformers: readonly UnetTransformer[] }

/** The estimator of CosyVoice 2: its sizes, and its tensors with their shapes checked. */
export type UnetTensors = {
  readonly width: number
  readonly melBins: number
  readonly timeIn: Linear
  readonly timeOut: Linear
  /** From [x, mu, speaker, condition] to the width; what it gives is kept for `up`. */
  readonly down: UnetStage
  readonly downConvolution: UnetConvolution
  readonly middle: readonly UnetStage[]
  /** From what `middle` gives and what `down` gave. */
  readonly up: UnetStage
  readonly upConvolution: UnetConvolution
  readonly final: UnetStep
  readonly output: Linear
}

/** @source FunAudioLLM/CosyVoice examples/libritts/cosyvoice2/conf/cosyvoice2.yaml attention_head_dim */
export const UNET_HEAD_SIZE = 64

const unknown = (reason: string): AppError =>
  new AppError('checkpoint.unknown-architecture', { params: { reason }, remedies: ['choose-another-folder'] })

/**
 * @param reader at `decoder.estimator`
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/decoder.py CausalConditionalDecoder; shivammehta25/Matcha-TTS matcha/models/components/decoder.py, matcha/models/components/transformer.py
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const readUnetTensors = (reader: TensorReader, melBins: number): UnetTensors => {
  const [width = 0] = reader.shapeOf('down_blocks.0.0.block1.block.0.weight')
  const [timeWidth = 0, timeSize = 0] = reader.shapeOf('time_mlp.linear_1.weight')
  for (const list of ['down_blocks', 'up_blocks'])
    if (reader.countOf(list) !== 1)
      throw unknown(`the estimator in ${reader.fileName} changes its rate: it has ${reader.countOf(list)} ${list}`)

  const vector = (name: string): Tensor => reader.tensor(name, [width])
  const linear = (name: string, outputs: number, inputs: number): Linear => ({
    weight: reader.tensor(`${name}.weight`, [outputs, inputs]),
    bias: reader.tensor(`${name}.bias`, [outputs]),
  })
  const pointwise = (name: string, outputs: number, inputs: number): Linear => ({
    weight: reshaped(reader.tensor(`${name}.weight`, [outputs, inputs, 1]), [outputs, inputs]),
    bias: reader.tensor(`${name}.bias`, [outputs]),
  })
  const convolution = (name: string, inputs: number): UnetConvolution => {
    const [, , kernel = 0] = reader.shapeOf(`${name}.weight`)
    return { weight: reader.tensor(`${name}.weight`, [width, inputs, kernel]), bias: vector(`${name}.bias`) }
  }
  const step = (at: string, inputs: number): UnetStep => ({
    convolution: convolution(`${at}.block.0`, inputs),
    scale: vector(`${at}.block.2.weight`),
    bias: vector(`${at}.block.2.bias`),
  })
  const resnet = (at: string, inputs: number): UnetResnet => ({
    first: step(`${at}.block1`, inputs),
    second: step(`${at}.block2`, width),
    modulation: linear(`${at}.mlp.1`, width, timeWidth),
    shortcut: pointwise(`${at}.res_conv`, width, inputs),
  })
  const transformer = (at: string): UnetTransformer => {
    const [inner = 0] = reader.shapeOf(`${at}.attn1.to_q.weight`)
    if (inner % UNET_HEAD_SIZE !== 0)
      throw unknown(`heads of ${UNET_HEAD_SIZE} do not divide an attention width of ${inner}`)
    const [feedForward = 0] = reader.shapeOf(`${at}.ff.net.0.proj.weight`)
    const parts = ['to_q', 'to_k', 'to_v'].map((name) => reader.tensor(`${at}.attn1.${name}.weight`, [inner, width]))
    return {
      attentionScale: vector(`${at}.norm1.weight`),
      attentionBias: vector(`${at}.norm1.bias`),
      queryKeyValue: { weight: stacked(parts) },
      attentionOutput: linear(`${at}.attn1.to_out.0`, width, inner),
      feedForwardScale: vector(`${at}.norm3.weight`),
      feedForwardBias: vector(`${at}.norm3.bias`),
      feedForwardIn: linear(`${at}.ff.net.0.proj`, feedForward, width),
      feedForwardOut: linear(`${at}.ff.net.2`, width, feedForward),
    }
  }
  const stage = (at: string, inputs: number): UnetStage => ({
    resnet: resnet(`${at}.0`, inputs),
    transformers: Array.from({ length: reader.countOf(`${at}.1`) }, (_, index) => transformer(`${at}.1.${index}`)),
  })
  return {
    width,
    melBins,
    timeIn: linear('time_mlp.linear_1', timeWidth, timeSize),
    timeOut: linear('time_mlp.linear_2', timeWidth, timeWidth),
    down: stage('down_blocks.0', 4 * melBins),
    downConvolution: convolution('down_blocks.0.2', width),
    middle: Array.from({ length: reader.countOf('mid_blocks') }, (_, index) => stage(`mid_blocks.${index}`, width)),
    up: stage('up_blocks.0', 2 * width),
    upConvolution: convolution('up_blocks.0.2', width),
    final: step('final_block', width),
    output: pointwise('final_proj', melBins, width),
  }
}

const stagesOf = ({ down, middle, up }: UnetTensors): readonly UnetStage[] => [down, ...middle, up]

/** A row of modulation for each stage: down, middle, up. */
export const unetModulationRows = (tensors: UnetTensors): number => stagesOf(tensors).length

/**
 * Everything the estimator makes of the time step alone: the same for every text, so it is computed once.
 * @param times of the Euler steps, in [0, 1]
 * @returns [times, rows, width]
 */
export const unetModulation = async (tensors: UnetTensors, times: Float32Array): Promise<Float32Array> => {
  const { width } = tensors
  const rows = unetModulationRows(tensors)
  const table = new Float32Array(times.length * rows * width)
  const vectors = (await timeVectors(times, tensors.timeIn, tensors.timeOut)).map((row) => row.map(mish))
  for (const [row, { resnet }] of stagesOf(tensors).entries())
    for (const [step, values] of (await applyLinear(vectors, resnet.modulation)).entries())
      table.set(values, (step * rows + row) * width)
  return table
}
