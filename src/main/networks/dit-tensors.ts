import { AppError } from '../../shared/kernel/index.ts'
import type { Linear } from './linear.ts'
import { applyLinear, silu, timeVectors } from './modulation.ts'
import { stacked, type Tensor, type TensorReader } from './tensor.ts'

export type DitBlock = {
  /** [6·width, width]: shift, scale, gate of attention, then of the feed-forward part. */
  readonly modulation: Linear
  /** What shift and scale of attention, and of the feed-forward part, are divided by, [width] each (see equalise.ts). */
  readonly dividers?: readonly [() => Promise<Float32Array>, () => Promise<Float32Array>]
  /** Rows of queries, keys, values. */
  readonly queryKeyValue: Linear
  readonly attentionOutput: Linear
  readonly feedForwardIn: Linear
  readonly feedForwardOut: Linear
}

/** The estimator of CosyVoice 3: its sizes, and its tensors with their shapes checked. */
export type DitTensors = {
  readonly width: number
  readonly heads: number
  readonly headSize: number
  readonly melBins: number
  readonly timeIn: Linear
  readonly timeOut: Linear
  /** [width, 4·mel]: x, condition, mu, speaker. */
  readonly inputProjection: Linear
  /** Two causal convolutions [width, width / groups, kernel]. */
  readonly positionConvolutions: readonly { weight: Tensor; bias: Tensor }[]
  readonly blocks: readonly DitBlock[]
  /** [2·width, width]: scale, shift. */
  readonly finalModulation: Linear
  readonly outputProjection: Linear
}

const HEAD_SIZE = 64

/**
 * @param reader at `decoder.estimator`
 * @source FunAudioLLM/CosyVoice cosyvoice/flow/DiT/dit.py
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const readDitTensors = (reader: TensorReader, melBins: number): DitTensors => {
  const linear = (name: string, outputs: number, inputs: number): Linear => ({
    weight: reader.tensor(`${name}.weight`, [outputs, inputs]),
    bias: reader.tensor(`${name}.bias`, [outputs]),
  })
  const [width = 0] = reader.shapeOf('input_embed.proj.weight')
  const [, timeSize = 0] = reader.shapeOf('time_embed.time_mlp.0.weight')
  const headSize = reader.has('rotary_embed.inv_freq')
    ? 2 * (reader.shapeOf('rotary_embed.inv_freq')[0] ?? 0)
    : HEAD_SIZE
  if (width % headSize !== 0)
    throw new AppError('checkpoint.unknown-architecture', {
      params: { reason: `heads of ${headSize} do not divide an estimator width of ${width}` },
      remedies: ['choose-another-folder'],
    })
  const block = (index: number): DitBlock => {
    const at = `transformer_blocks.${index}`
    const parts = ['to_q', 'to_k', 'to_v'].map((name) => linear(`${at}.attn.${name}`, width, width))
    const [feedForward = 0] = reader.shapeOf(`${at}.ff.ff.0.0.weight`)
    return {
      modulation: linear(`${at}.attn_norm.linear`, 6 * width, width),
      queryKeyValue: {
        weight: stacked(parts.map(({ weight }) => weight)),
        bias: stacked(parts.flatMap(({ bias }) => bias ?? [])),
      },
      attentionOutput: linear(`${at}.attn.to_out.0`, width, width),
      feedForwardIn: linear(`${at}.ff.ff.0.0`, feedForward, width),
      feedForwardOut: linear(`${at}.ff.ff.2`, width, feedForward),
    }
  }
  const position = (name: string) => {
    const at = `input_embed.conv_pos_embed.${name}.0`
    const [, perGroup = 0, kernel = 0] = reader.shapeOf(`${at}.weight`)
    return {
      weight: reader.tensor(`${at}.weight`, [width, perGroup, kernel]),
      bias: reader.tensor(`${at}.bias`, [width]),
    }
  }
  return {
    width,
    heads: width / headSize,
    headSize,
    melBins,
    timeIn: linear('time_embed.time_mlp.0', width, timeSize),
    timeOut: linear('time_embed.time_mlp.2', width, width),
    inputProjection: linear('input_embed.proj', width, 4 * melBins),
    positionConvolutions: ['conv1', 'conv2'].map(position),
    blocks: Array.from({ length: reader.countOf('transformer_blocks') }, (_, index) => block(index)),
    finalModulation: linear('norm_out.linear', 2 * width, width),
    outputProjection: linear('proj_out', melBins, width),
  }
}

/** Rows of modulation for each block (shift, 1 + scale, gate, for attention and feed-forward) and for the end (shift, 1 + scale). */
export const DIT_ROWS_PER_BLOCK = 6
const PARTS = ['shift', 'scale', 'gate'] as const
export const DIT_FINAL_ROWS = 2
export const ditModulationRows = ({ blocks }: DitTensors): number => DIT_ROWS_PER_BLOCK * blocks.length + DIT_FINAL_ROWS

/**
 * Everything the estimator makes of the time step alone. It is the same for every text, so it is computed once, and 40 %
 * of the estimator's parameters need not be there when it runs.
 * @param times of the Euler steps, in [0, 1]
 * @returns [times, rows, width]
 */
export const ditModulation = async (tensors: DitTensors, times: Float32Array): Promise<Float32Array> => {
  const { width, blocks } = tensors
  const rows = ditModulationRows(tensors)
  const table = new Float32Array(times.length * rows * width)
  const vectors = (await timeVectors(times, tensors.timeIn, tensors.timeOut)).map((row) => row.map(silu))
  const put = (step: number, row: number, values: Float32Array, added: number, by?: Float32Array): void => {
    const at = (step * rows + row) * width
    for (let index = 0; index < width; index++) table[at + index] = ((values[index] ?? 0) + added) / (by?.[index] ?? 1)
  }
  for (const [index, block] of blocks.entries()) {
    const dividers = block.dividers && (await Promise.all(block.dividers.map((divider) => divider())))
    for (const [step, values] of (await applyLinear(vectors, block.modulation)).entries())
      for (let part = 0; part < DIT_ROWS_PER_BLOCK; part++) {
        const kind = PARTS[part % PARTS.length]
        put(
          step,
          index * DIT_ROWS_PER_BLOCK + part,
          values.subarray(part * width, (part + 1) * width),
          kind === 'scale' ? 1 : 0,
          kind === 'gate' ? undefined : dividers?.[Math.floor(part / PARTS.length)],
        )
      }
  }
  const last = rows - DIT_FINAL_ROWS
  for (const [step, values] of (await applyLinear(vectors, tensors.finalModulation)).entries()) {
    // Scale comes first here, and shift first in the blocks.
    put(step, last, values.subarray(width), 0)
    put(step, last + 1, values.subarray(0, width), 1)
  }
  return table
}
