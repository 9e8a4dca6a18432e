import { assert } from '../../shared/kernel/index.ts'
import { DIT_ROWS_PER_BLOCK, type DitBlock, type DitTensors, ditModulation, ditModulationRows } from './dit-tensors.ts'
import type { LinearKind } from './linear.ts'
import type { LlmLayer, LlmTensors } from './llm-tensors.ts'
import { stacked, type Tensor } from './tensor.ts'
import type { UnetStage, UnetTensors, UnetTransformer } from './unet-tensors.ts'

/**
 * Eight bits meet all channels of an activation with one scale, so a channel that is a hundred times larger than the others
 * leaves them almost nothing. Behind a norm the size of each channel is known without any data: it is the norm's gain. Half of
 * it, on a logarithmic scale, is moved from there into the weights that follow, where it changes nothing but the rounding.
 * @source G. Xiao et al., SmoothQuant, 2023 (migration strength one half); the gains stand in for measured activations
 */
export type Factors = () => Promise<Float32Array>

/** Whether linear layers of a kind round their input to eight bits. */
export const roundsActivations = (kind: LinearKind): boolean => kind !== 'float32' && kind !== 'float16'

/** Factors √(gain / largest weight) of each channel, of geometric mean one. @param gains [inputs] @param weight [outputs, inputs] */
const factorsOf = (gains: Factors, weight: Tensor): Factors => {
  let known: Promise<Float32Array> | undefined
  const compute = async (): Promise<Float32Array> => {
    const [outputs = 0, inputs = 0] = weight.shape
    const data = await weight.load()
    const largest = new Float32Array(inputs)
    for (let row = 0; row < outputs; row++)
      for (let column = 0; column < inputs; column++) {
        const size = Math.abs(data[row * inputs + column] ?? 0)
        if (size > (largest[column] ?? 0)) largest[column] = size
      }
    const gain = await gains()
    assert(gain.length === inputs, 'every channel has a gain')
    const logarithms = Float64Array.from(largest, (size, column) => {
      const ratio = Math.abs(gain[column] ?? 0) / size
      // A channel that is never used, or never heard, stays as it is.
      return ratio > 0 && Number.isFinite(ratio) ? Math.log(ratio) / 2 : Number.NaN
    })
    const used = logarithms.filter((value) => !Number.isNaN(value))
    const mean = used.reduce((sum, value) => sum + value, 0) / Math.max(1, used.length)
    return Float32Array.from(logarithms, (value) => (Number.isNaN(value) ? 1 : Math.exp(value - mean)))
  }
  return () => {
    known ??= compute()
    return known
  }
}

/** A gain [inputs] with each channel divided. */
const divided = (gain: Tensor, factors: Factors): Tensor => ({
  shape: gain.shape,
  load: async () => {
    const [data, by] = [await gain.load(), await factors()]
    return data.map((value, channel) => value / (by[channel] ?? 1))
  },
})

/** [outputs, inputs] with each column multiplied. */
const multipliedColumns = (tensor: Tensor, factors: Factors): Tensor => {
  const [, inputs = 1] = tensor.shape
  return {
    shape: tensor.shape,
    load: async () => {
      const [data, by] = [await tensor.load(), await factors()]
      for (let index = 0; index < data.length; index++) data[index] = (data[index] ?? 0) * (by[index % inputs] ?? 1)
      return data
    },
  }
}

/** The same language model with even channels behind its norms. */
export const equalisedLlm = (tensors: LlmTensors): LlmTensors => {
  const layer = (original: LlmLayer): LlmLayer => {
    const attention = factorsOf(original.inputNorm.load, stacked([original.query.weight, original.keyValue.weight]))
    const feedForward = factorsOf(original.outputNorm.load, original.gateUp)
    return {
      ...original,
      inputNorm: divided(original.inputNorm, attention),
      query: { ...original.query, weight: multipliedColumns(original.query.weight, attention) },
      keyValue: { ...original.keyValue, weight: multipliedColumns(original.keyValue.weight, attention) },
      outputNorm: divided(original.outputNorm, feedForward),
      gateUp: multipliedColumns(original.gateUp, feedForward),
    }
  }
  const head = factorsOf(tensors.finalNorm.load, tensors.head.weight)
  return {
    ...tensors,
    layers: tensors.layers.map(layer),
    finalNorm: divided(tensors.finalNorm, head),
    head: { ...tensors.head, weight: multipliedColumns(tensors.head.weight, head) },
  }
}

/** Times at which the gains of the estimator are looked at; they change slowly. */
const TIMES = Float32Array.from({ length: 16 }, (_, index) => index / 16)

/** The same estimator with even channels behind its norms; its modulation carries the other half. */
export const equalisedDit = (tensors: DitTensors): DitTensors => {
  const { width } = tensors
  const rows = ditModulationRows(tensors)
  let table: Promise<Float32Array> | undefined
  /** Largest size that a channel of a norm is given at any time: √((1 + scale)² + shift²). */
  const gainsAt = async (shiftRow: number): Promise<Float32Array> => {
    table ??= ditModulation(tensors, TIMES)
    const modulation = await table
    const gains = new Float32Array(width)
    for (let time = 0; time < TIMES.length; time++)
      for (let channel = 0; channel < width; channel++) {
        const at = (time * rows + shiftRow) * width + channel
        const size = Math.hypot(modulation[at] ?? 0, modulation[at + width] ?? 0)
        if (size > (gains[channel] ?? 0)) gains[channel] = size
      }
    return gains
  }
  const block = (original: DitBlock, index: number): DitBlock => {
    const at = index * DIT_ROWS_PER_BLOCK
    const attention = factorsOf(() => gainsAt(at), original.queryKeyValue.weight)
    const feedForward = factorsOf(() => gainsAt(at + DIT_ROWS_PER_BLOCK / 2), original.feedForwardIn.weight)
    return {
      ...original,
      dividers: [attention, feedForward],
      queryKeyValue: {
        ...original.queryKeyValue,
        weight: multipliedColumns(original.queryKeyValue.weight, attention),
      },
      feedForwardIn: {
        ...original.feedForwardIn,
        weight: multipliedColumns(original.feedForwardIn.weight, feedForward),
      },
    }
  }
  return { ...tensors, blocks: tensors.blocks.map(block) }
}

/** The same estimator with even channels behind the norms of its transformers. */
export const equalisedUnet = (tensors: UnetTensors): UnetTensors => {
  const gainsOf = (scale: Tensor, bias: Tensor) => async (): Promise<Float32Array> => {
    const [scales, biases] = [await scale.load(), await bias.load()]
    return scales.map((value, channel) => Math.hypot(value, biases[channel] ?? 0))
  }
  const transformer = (original: UnetTransformer): UnetTransformer => {
    const { attentionScale, attentionBias, queryKeyValue, feedForwardScale, feedForwardBias, feedForwardIn } = original
    const attention = factorsOf(gainsOf(attentionScale, attentionBias), queryKeyValue.weight)
    const feedForward = factorsOf(gainsOf(feedForwardScale, feedForwardBias), feedForwardIn.weight)
    return {
      ...original,
      attentionScale: divided(attentionScale, attention),
      attentionBias: divided(attentionBias, attention),
      queryKeyValue: { ...queryKeyValue, weight: multipliedColumns(queryKeyValue.weight, attention) },
      feedForwardScale: divided(feedForwardScale, feedForward),
      feedForwardBias: divided(feedForwardBias, feedForward),
      feedForwardIn: { ...feedForwardIn, weight: multipliedColumns(feedForwardIn.weight, feedForward) },
    }
  }
  const stage = (original: UnetStage): UnetStage => ({
    ...original,
    transformers: original.transformers.map(transformer),
  })
  return { ...tensors, down: stage(tensors.down), middle: tensors.middle.map(stage), up: stage(tensors.up) }
}
