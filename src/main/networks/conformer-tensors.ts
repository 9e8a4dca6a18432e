import { readSpeaker } from './flow-front-graph.ts'
import type { Linear } from './linear.ts'
import { reshaped, stacked, type Tensor, type TensorReader } from './tensor.ts'

export type Affine = { readonly weight: Tensor; readonly bias: Tensor }

/** A linear layer and the norm behind it. */
export type ConformerEmbedding = { readonly projection: Linear; readonly norm: Affine }

export type ConformerBlock = {
  readonly attentionNorm: Affine
  /** Rows of queries, keys, values. */
  readonly queryKeyValue: Linear
  /** [width, width], from the sinusoids of a distance. */
  readonly position: Linear
  /** [width], added to the queries that meet keys, and to those that meet distances. */
  readonly keyBias: Tensor
  readonly distanceBias: Tensor
  readonly attentionOutput: Linear
  readonly feedForwardNorm: Affine
  readonly feedForwardIn: Linear
  readonly feedForwardOut: Linear
}

/** The encoder of CosyVoice 2's flow: its sizes, and its tensors with their shapes checked. */
export type ConformerTensors = {
  readonly speechCodes: number
  readonly width: number
  readonly heads: number
  readonly melBins: number
  readonly codes: Tensor
  readonly speaker: Linear
  readonly embedding: ConformerEmbedding
  /** Convolutions [width, width, kernel] that look ahead and back. */
  readonly ahead: Affine
  readonly back: Affine
  /** Blocks that see tokens. */
  readonly blocks: readonly ConformerBlock[]
  /** Causal convolution [width, width, kernel] over frames. */
  readonly upConvolution: Affine
  readonly upEmbedding: ConformerEmbedding
  /** Blocks that see frames. */
  readonly upBlocks: readonly ConformerBlock[]
  readonly finalNorm: Affine
  readonly output: Linear
}

/**
 * @param reader at the root of a CosyVoice 2 flow checkpoint
 * @source FunAudioLLM/CosyVoice cosyvoice/transformer/upsample_encoder.py UpsampleConformerEncoder, cosyvoice/transformer/attention.py RelPositionMultiHeadedAttention
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape
 */
export const readConformerTensors = (reader: TensorReader): ConformerTensors => {
  const [speechCodes = 0, codeWidth = 0] = reader.shapeOf('input_embedding.weight')
  const [width = 0] = reader.shapeOf('encoder.embed.out.0.weight')
  const [heads = 0] = reader.shapeOf('encoder.encoders.0.self_attn.pos_bias_u')
  const [melBins = 0] = reader.shapeOf('encoder_proj.weight')
  const encoder = reader.within('encoder')

  const affine = (name: string, shape: readonly number[]): Affine => ({
    weight: encoder.tensor(`${name}.weight`, shape),
    bias: encoder.tensor(`${name}.bias`, shape.slice(0, 1)),
  })
  const norm = (name: string): Affine => affine(name, [width])
  const convolution = (name: string): Affine => {
    const [, , kernel = 0] = encoder.shapeOf(`${name}.weight`)
    return affine(name, [width, width, kernel])
  }
  const embedding = (name: string, inputs: number): ConformerEmbedding => ({
    projection: affine(`${name}.out.0`, [width, inputs]),
    norm: norm(`${name}.out.1`),
  })
  const block = (at: string): ConformerBlock => {
    const attention = `${at}.self_attn`
    const parts = ['linear_q', 'linear_k', 'linear_v'].map((name) => affine(`${attention}.${name}`, [width, width]))
    const headBias = (name: string): Tensor =>
      reshaped(encoder.tensor(`${attention}.${name}`, [heads, width / heads]), [width])
    const [feedForward = 0] = encoder.shapeOf(`${at}.feed_forward.w_1.weight`)
    return {
      attentionNorm: norm(`${at}.norm_mha`),
      queryKeyValue: {
        weight: stacked(parts.map(({ weight }) => weight)),
        bias: stacked(parts.map(({ bias }) => bias)),
      },
      position: { weight: encoder.tensor(`${attention}.linear_pos.weight`, [width, width]) },
      keyBias: headBias('pos_bias_u'),
      distanceBias: headBias('pos_bias_v'),
      attentionOutput: affine(`${attention}.linear_out`, [width, width]),
      feedForwardNorm: norm(`${at}.norm_ff`),
      feedForwardIn: affine(`${at}.feed_forward.w_1`, [feedForward, width]),
      feedForwardOut: affine(`${at}.feed_forward.w_2`, [width, feedForward]),
    }
  }
  const blocks = (list: string): ConformerBlock[] =>
    Array.from({ length: encoder.countOf(list) }, (_, index) => block(`${list}.${index}`))
  return {
    speechCodes,
    width,
    heads,
    melBins,
    codes: reader.tensor('input_embedding.weight', [speechCodes, codeWidth]),
    speaker: readSpeaker(reader, melBins),
    embedding: embedding('embed', codeWidth),
    ahead: convolution('pre_lookahead_layer.conv1'),
    back: convolution('pre_lookahead_layer.conv2'),
    blocks: blocks('encoders'),
    upConvolution: convolution('up_layer.conv'),
    upEmbedding: embedding('up_embed', width),
    upBlocks: blocks('up_encoders'),
    finalNorm: norm('after_norm'),
    output: {
      weight: reader.tensor('encoder_proj.weight', [melBins, width]),
      bias: reader.tensor('encoder_proj.bias', [melBins]),
    },
  }
}
