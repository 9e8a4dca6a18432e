import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import { stacked, type Tensor, type TensorReader } from './tensor.ts'

/**
 * The part of a Qwen2 `config.json` that shapes do not tell.
 * @source FunAudioLLM/CosyVoice2-0.5B CosyVoice-BlankEN/config.json
 */
export const qwenConfigSchema = z.object({
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive(),
  head_dim: z.int().positive().optional(),
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive(),
  max_position_embeddings: z.int().positive(),
})
export type QwenConfig = z.output<typeof qwenConfigSchema>

export type LlmLayer = {
  readonly inputNorm: Tensor
  /** Rows of queries, keys, values. */
  readonly query: { weight: Tensor; bias: Tensor }
  readonly keyValue: { weight: Tensor; bias: Tensor }
  readonly attentionOutput: Tensor
  readonly outputNorm: Tensor
  /** Rows of gate, up. */
  readonly gateUp: Tensor
  readonly down: Tensor
}

/** The language model of a checkpoint: its sizes, and its tensors with their shapes checked. */
export type LlmTensors = {
  readonly architecture: 'cosyvoice2' | 'cosyvoice3'
  readonly hiddenSize: number
  readonly queryHeads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly intermediateSize: number
  readonly textVocabularySize: number
  readonly speechVocabularySize: number
  readonly positions: number
  readonly ropeTheta: number
  readonly epsilon: number
  readonly layers: readonly LlmLayer[]
  readonly finalNorm: Tensor
  readonly head: { weight: Tensor; bias?: Tensor }
  readonly speechEmbedding: Tensor
  /** CosyVoice 2 keeps sos and task in a table of their own; CosyVoice 3 in the speech table. */
  readonly controlEmbedding?: Tensor
}

/** Name of the text table, which is read in rows because it is too large to hold. */
export const TEXT_EMBEDDING = 'llm.model.model.embed_tokens.weight'

/**
 * @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py Qwen2LM, CosyVoice3LM
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const readLlmTensors = (reader: TensorReader, config: QwenConfig): LlmTensors => {
  const body = reader.within('llm.model.model')
  const [textVocabularySize = 0, hiddenSize = 0] = reader.shapeOf(TEXT_EMBEDDING)
  const queryHeads = config.num_attention_heads
  const keyValueHeads = config.num_key_value_heads
  const headSize = config.head_dim ?? hiddenSize / queryHeads
  if (!Number.isInteger(headSize) || headSize % 2 !== 0 || queryHeads % keyValueHeads !== 0)
    throw new AppError('checkpoint.unknown-architecture', {
      params: { reason: `${queryHeads} heads over ${keyValueHeads} do not divide a width of ${hiddenSize}` },
      remedies: ['choose-another-folder'],
    })
  const queryRows = queryHeads * headSize
  const keyValueRows = keyValueHeads * headSize
  const [intermediateSize = 0] = body.shapeOf('layers.0.mlp.gate_proj.weight')
  const [speechVocabularySize = 0] = reader.shapeOf('speech_embedding.weight')
  const architecture = reader.has('llm_embedding.weight') ? 'cosyvoice2' : 'cosyvoice3'

  const layer = (index: number): LlmLayer => {
    const at = body.within(`layers.${index}`)
    const projection = (name: string, rows: number) => ({
      weight: at.tensor(`self_attn.${name}.weight`, [rows, hiddenSize]),
      bias: at.tensor(`self_attn.${name}.bias`, [rows]),
    })
    const key = projection('k_proj', keyValueRows)
    const value = projection('v_proj', keyValueRows)
    return {
      inputNorm: at.tensor('input_layernorm.weight', [hiddenSize]),
      query: projection('q_proj', queryRows),
      keyValue: { weight: stacked([key.weight, value.weight]), bias: stacked([key.bias, value.bias]) },
      attentionOutput: at.tensor('self_attn.o_proj.weight', [hiddenSize, queryRows]),
      outputNorm: at.tensor('post_attention_layernorm.weight', [hiddenSize]),
      gateUp: stacked([
        at.tensor('mlp.gate_proj.weight', [intermediateSize, hiddenSize]),
        at.tensor('mlp.up_proj.weight', [intermediateSize, hiddenSize]),
      ]),
      down: at.tensor('mlp.down_proj.weight', [hiddenSize, intermediateSize]),
    }
  }
  const headBias = 'llm_decoder.bias'
  return {
    architecture,
    hiddenSize,
    queryHeads,
    keyValueHeads,
    headSize,
    intermediateSize,
    textVocabularySize,
    speechVocabularySize,
    positions: config.max_position_embeddings,
    ropeTheta: config.rope_theta,
    epsilon: config.rms_norm_eps,
    layers: Array.from({ length: body.countOf('layers') }, (_, index) => layer(index)),
    finalNorm: body.tensor('norm.weight', [hiddenSize]),
    head: {
      weight: reader.tensor('llm_decoder.weight', [speechVocabularySize, hiddenSize]),
      ...(reader.has(headBias) ? { bias: reader.tensor(headBias, [speechVocabularySize]) } : {}),
    },
    speechEmbedding: reader.tensor('speech_embedding.weight', [speechVocabularySize, hiddenSize]),
    ...(architecture === 'cosyvoice2'
      ? { controlEmbedding: reader.tensor('llm_embedding.weight', [2, hiddenSize]) }
      : {}),
  }
}
