import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CheckpointTensor, TensorDtype } from '../../src/main/checkpoint/index.ts'
import { type Fill, type TensorToWrite, writeTorchCheckpoint } from '../../test/support/write-checkpoint.ts'

export type CosyVoiceArchitecture = 'cosyvoice3' | 'cosyvoice2'

/** Every size a CosyVoice network has; what one architecture lacks, the other ignores. */
export type CosyVoiceDimensions = {
  /** LLM. */
  hidden: number
  layers: number
  heads: number
  kvHeads: number
  headDim: number
  intermediate: number
  vocab: number
  /** Codes of the speech tokenizer, without the special ones that follow them. */
  speechCodes: number
  /** 200 in CosyVoice 3, 3 in CosyVoice 2. */
  specialCodes: number
  /** Flow of either. */
  mel: number
  speakerEmbedding: number
  /** Flow of CosyVoice 3: a diffusion transformer. */
  lookahead: number
  ditDim: number
  ditDepth: number
  ditFeedForward: number
  ditGroups: number
  timeFrequencies: number
  rotaryDim: number
  /** Flow of CosyVoice 2: a conformer and a one-dimensional U-Net. */
  encoderDim: number
  encoderHeads: number
  encoderFeedForward: number
  encoderBlocks: number
  upEncoderBlocks: number
  unetChannels: number
  unetMidBlocks: number
  unetTransformers: number
  unetAttention: number
  /** Vocoder: channels before the first upsampling; each one halves them. */
  hiftBase: number
}

/** @source FunAudioLLM/CosyVoice examples/libritts/cosyvoice3/conf/cosyvoice3.yaml, examples/libritts/cosyvoice2/conf/cosyvoice2.yaml */
const SHARED_DIMENSIONS = {
  hidden: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headDim: 64,
  intermediate: 4864,
  vocab: 151_936,
  speechCodes: 6561,
  mel: 80,
  speakerEmbedding: 192,
  lookahead: 1024,
  ditDim: 1024,
  ditDepth: 22,
  ditFeedForward: 2048,
  ditGroups: 16,
  timeFrequencies: 256,
  rotaryDim: 64,
  encoderDim: 512,
  encoderHeads: 8,
  encoderFeedForward: 2048,
  encoderBlocks: 6,
  upEncoderBlocks: 4,
  unetChannels: 256,
  unetMidBlocks: 12,
  unetTransformers: 4,
  unetAttention: 512,
  hiftBase: 512,
}
export const OFFICIAL_DIMENSIONS: Readonly<Record<CosyVoiceArchitecture, CosyVoiceDimensions>> = {
  cosyvoice3: { ...SHARED_DIMENSIONS, specialCodes: 200 },
  cosyvoice2: { ...SHARED_DIMENSIONS, specialCodes: 3 },
}

type Shaped = { readonly name: string; readonly shape: readonly number[] }
/** Something with a weight and perhaps a bias. */
const weighted = (name: string, shape: readonly number[], hasBias = true): Shaped[] => [
  { name: `${name}.weight`, shape },
  ...(hasBias ? [{ name: `${name}.bias`, shape: shape.slice(0, 1) }] : []),
]
const layerNorm = (name: string, dim: number): Shaped[] => weighted(name, [dim])
/** A convolution whose weight is kept as length and direction; those of a transposed one belong to its inputs. */
const weightNormed = (name: string, shape: readonly number[], outputs = shape[0] ?? 0): Shaped[] => [
  { name: `${name}.bias`, shape: [outputs] },
  { name: `${name}.parametrizations.weight.original0`, shape: [shape[0] ?? 0, 1, 1] },
  { name: `${name}.parametrizations.weight.original1`, shape },
]
const times = <T>(count: number, make: (index: number) => T[]): T[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat()

const EMBEDDING = 'llm.model.model.embed_tokens.weight'
const HEAD = 'llm.model.lm_head.weight'

const llmTensors = (architecture: CosyVoiceArchitecture, d: CosyVoiceDimensions): Shaped[] => {
  const codes = d.speechCodes + d.specialCodes
  const isV3 = architecture === 'cosyvoice3'
  return [
    ...(isV3 ? [] : [{ name: 'llm_embedding.weight', shape: [2, d.hidden] }]),
    { name: EMBEDDING, shape: [d.vocab, d.hidden] },
    ...times(d.layers, (layer) => {
      const name = `llm.model.model.layers.${layer}`
      return [
        ...weighted(`${name}.self_attn.q_proj`, [d.heads * d.headDim, d.hidden]),
        ...weighted(`${name}.self_attn.k_proj`, [d.kvHeads * d.headDim, d.hidden]),
        ...weighted(`${name}.self_attn.v_proj`, [d.kvHeads * d.headDim, d.hidden]),
        ...weighted(`${name}.self_attn.o_proj`, [d.hidden, d.heads * d.headDim], false),
        ...weighted(`${name}.mlp.gate_proj`, [d.intermediate, d.hidden], false),
        ...weighted(`${name}.mlp.up_proj`, [d.intermediate, d.hidden], false),
        ...weighted(`${name}.mlp.down_proj`, [d.hidden, d.intermediate], false),
        ...weighted(`${name}.input_layernorm`, [d.hidden], false),
        ...weighted(`${name}.post_attention_layernorm`, [d.hidden], false),
      ]
    }),
    ...weighted('llm.model.model.norm', [d.hidden], false),
    { name: HEAD, shape: [d.vocab, d.hidden] },
    ...weighted('llm_decoder', [codes, d.hidden], !isV3),
    { name: 'speech_embedding.weight', shape: [codes, d.hidden] },
  ]
}

const ditTensors = (d: CosyVoiceDimensions): Shaped[] => {
  const dit = 'decoder.estimator'
  return [
    { name: 'input_embedding.weight', shape: [d.speechCodes, d.mel] },
    ...weighted('spk_embed_affine_layer', [d.mel, d.speakerEmbedding]),
    ...weighted('pre_lookahead_layer.conv1', [d.lookahead, d.mel, 4]),
    ...weighted('pre_lookahead_layer.conv2', [d.mel, d.lookahead, 3]),
    ...weighted(`${dit}.time_embed.time_mlp.0`, [d.ditDim, d.timeFrequencies]),
    ...weighted(`${dit}.time_embed.time_mlp.2`, [d.ditDim, d.ditDim]),
    ...weighted(`${dit}.input_embed.proj`, [d.ditDim, 4 * d.mel]),
    ...weighted(`${dit}.input_embed.conv_pos_embed.conv1.0`, [d.ditDim, d.ditDim / d.ditGroups, 31]),
    ...weighted(`${dit}.input_embed.conv_pos_embed.conv2.0`, [d.ditDim, d.ditDim / d.ditGroups, 31]),
    { name: `${dit}.rotary_embed.inv_freq`, shape: [d.rotaryDim / 2] },
    ...times(d.ditDepth, (block) => {
      const name = `${dit}.transformer_blocks.${block}`
      return [
        ...weighted(`${name}.attn_norm.linear`, [6 * d.ditDim, d.ditDim]),
        ...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap((part) =>
          weighted(`${name}.attn.${part}`, [d.ditDim, d.ditDim]),
        ),
        ...weighted(`${name}.ff.ff.0.0`, [d.ditFeedForward, d.ditDim]),
        ...weighted(`${name}.ff.ff.2`, [d.ditDim, d.ditFeedForward]),
      ]
    }),
    ...weighted(`${dit}.norm_out.linear`, [2 * d.ditDim, d.ditDim]),
    ...weighted(`${dit}.proj_out`, [d.mel, d.ditDim]),
  ]
}

const conformerBlock = (name: string, d: CosyVoiceDimensions): Shaped[] => {
  const dim = d.encoderDim
  const headShape = [d.encoderHeads, dim / d.encoderHeads]
  return [
    { name: `${name}.self_attn.pos_bias_u`, shape: headShape },
    { name: `${name}.self_attn.pos_bias_v`, shape: headShape },
    ...['q', 'k', 'v', 'out'].flatMap((part) => weighted(`${name}.self_attn.linear_${part}`, [dim, dim])),
    ...weighted(`${name}.self_attn.linear_pos`, [dim, dim], false),
    ...weighted(`${name}.feed_forward.w_1`, [d.encoderFeedForward, dim]),
    ...weighted(`${name}.feed_forward.w_2`, [dim, d.encoderFeedForward]),
    ...layerNorm(`${name}.norm_ff`, dim),
    ...layerNorm(`${name}.norm_mha`, dim),
  ]
}

/** A residual block of two convolutions and the transformers after it. */
const unetStage = (name: string, inputs: number, d: CosyVoiceDimensions): Shaped[] => {
  const channels = d.unetChannels
  return [
    ...weighted(`${name}.0.mlp.1`, [channels, 4 * channels]),
    ...weighted(`${name}.0.block1.block.0`, [channels, inputs, 3]),
    ...layerNorm(`${name}.0.block1.block.2`, channels),
    ...weighted(`${name}.0.block2.block.0`, [channels, channels, 3]),
    ...layerNorm(`${name}.0.block2.block.2`, channels),
    ...weighted(`${name}.0.res_conv`, [channels, inputs, 1]),
    ...times(d.unetTransformers, (index) => {
      const block = `${name}.1.${index}`
      return [
        ...layerNorm(`${block}.norm1`, channels),
        ...['to_q', 'to_k', 'to_v'].flatMap((part) =>
          weighted(`${block}.attn1.${part}`, [d.unetAttention, channels], false),
        ),
        ...weighted(`${block}.attn1.to_out.0`, [channels, d.unetAttention]),
        ...layerNorm(`${block}.norm3`, channels),
        ...weighted(`${block}.ff.net.0.proj`, [4 * channels, channels]),
        ...weighted(`${block}.ff.net.2`, [channels, 4 * channels]),
      ]
    }),
  ]
}

const unetTensors = (d: CosyVoiceDimensions): Shaped[] => {
  const dim = d.encoderDim
  const channels = d.unetChannels
  const unet = 'decoder.estimator'
  return [
    { name: 'input_embedding.weight', shape: [d.speechCodes, dim] },
    ...weighted('spk_embed_affine_layer', [d.mel, d.speakerEmbedding]),
    ...weighted('encoder.embed.out.0', [dim, dim]),
    ...layerNorm('encoder.embed.out.1', dim),
    ...layerNorm('encoder.after_norm', dim),
    ...weighted('encoder.pre_lookahead_layer.conv1', [dim, dim, 4]),
    ...weighted('encoder.pre_lookahead_layer.conv2', [dim, dim, 3]),
    ...times(d.encoderBlocks, (block) => conformerBlock(`encoder.encoders.${block}`, d)),
    ...weighted('encoder.up_layer.conv', [dim, dim, 5]),
    ...weighted('encoder.up_embed.out.0', [dim, dim]),
    ...layerNorm('encoder.up_embed.out.1', dim),
    ...times(d.upEncoderBlocks, (block) => conformerBlock(`encoder.up_encoders.${block}`, d)),
    ...weighted('encoder_proj', [d.mel, dim]),
    ...weighted(`${unet}.time_mlp.linear_1`, [4 * channels, 4 * d.mel]),
    ...weighted(`${unet}.time_mlp.linear_2`, [4 * channels, 4 * channels]),
    ...unetStage(`${unet}.down_blocks.0`, 4 * d.mel, d),
    ...weighted(`${unet}.down_blocks.0.2`, [channels, channels, 3]),
    ...times(d.unetMidBlocks, (block) => unetStage(`${unet}.mid_blocks.${block}`, channels, d)),
    ...unetStage(`${unet}.up_blocks.0`, 2 * channels, d),
    ...weighted(`${unet}.up_blocks.0.2`, [channels, channels, 3]),
    ...weighted(`${unet}.final_block.block.0`, [channels, channels, 3]),
    ...layerNorm(`${unet}.final_block.block.2`, channels),
    ...weighted(`${unet}.final_proj`, [d.mel, channels, 1]),
  ]
}

const UP_KERNELS = [16, 11, 7]
const SOURCE_DOWN_KERNELS = [30, 6, 1]
const SOURCE_BLOCK_KERNELS = [7, 7, 11]
const BLOCK_KERNELS = [3, 7, 11]
/** Real and imaginary parts of a spectrum of 16 samples. */
const SPECTRUM = 18
const HARMONICS = 9

const hiftBlock = (name: string, channels: number, kernel: number): Shaped[] => [
  ...['convs1', 'convs2'].flatMap((part) =>
    times(3, (index) => weightNormed(`${name}.${part}.${index}`, [channels, channels, kernel])),
  ),
  ...['activations1', 'activations2'].flatMap((part) =>
    times(3, (index) => [{ name: `${name}.${part}.${index}.alpha`, shape: [channels] }]),
  ),
]

const hiftTensors = (architecture: CosyVoiceArchitecture, d: CosyVoiceDimensions): Shaped[] => {
  const isV3 = architecture === 'cosyvoice3'
  const base = d.hiftBase
  const channelsOf = (stage: number): number => base / 2 ** (stage + 1)
  return [
    ...weighted('m_source.l_linear', [1, HARMONICS]),
    ...weightNormed('conv_pre', [base, d.mel, isV3 ? 5 : 7]),
    ...UP_KERNELS.flatMap((kernel, stage) => {
      const [inputs, outputs] = [2 * channelsOf(stage), channelsOf(stage)]
      return weightNormed(`ups.${stage}`, isV3 ? [outputs, inputs, kernel] : [inputs, outputs, kernel], outputs)
    }),
    ...SOURCE_DOWN_KERNELS.flatMap((kernel, stage) =>
      weighted(`source_downs.${stage}`, [channelsOf(stage), SPECTRUM, kernel]),
    ),
    ...SOURCE_BLOCK_KERNELS.flatMap((kernel, stage) =>
      hiftBlock(`source_resblocks.${stage}`, channelsOf(stage), kernel),
    ),
    ...UP_KERNELS.flatMap((_, stage) =>
      BLOCK_KERNELS.flatMap((kernel, index) => hiftBlock(`resblocks.${3 * stage + index}`, channelsOf(stage), kernel)),
    ),
    ...weightNormed('conv_post', [SPECTRUM, channelsOf(2), 7]),
    ...[0, 2, 4, 6, 8].flatMap((layer) => {
      const shape = layer > 0 ? [base, base, 3] : [base, d.mel, isV3 ? 4 : 3]
      return weightNormed(`f0_predictor.condnet.${layer}`, shape)
    }),
    ...weighted('f0_predictor.classifier', [1, base]),
  ]
}

export type CosyVoiceTensors = { llm: CheckpointTensor[]; flow: CheckpointTensor[]; hift: CheckpointTensor[] }

/**
 * Names and shapes of everything in llm.pt, flow.pt and hift.pt, in the order of the modules. The head of the LLM is the
 * embedding of the texts by another name.
 * @param dimensions the official ones unless told otherwise; a test may want tiny ones
 * @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py, cosyvoice/flow, cosyvoice/hifigan: the modules' own attributes
 */
export const fullSizeTensors = (
  architecture: CosyVoiceArchitecture,
  dimensions: CosyVoiceDimensions = OFFICIAL_DIMENSIONS[architecture],
  dtype: TensorDtype = 'f32',
): CosyVoiceTensors => {
  const typed = (tensors: Shaped[]): CheckpointTensor[] => tensors.map((tensor) => ({ ...tensor, dtype }))
  return {
    llm: typed(llmTensors(architecture, dimensions)),
    flow: typed(architecture === 'cosyvoice3' ? ditTensors(dimensions) : unetTensors(dimensions)),
    hift: typed(hiftTensors(architecture, dimensions)),
  }
}

/** Uniform numbers, made anew from the name and the place: the same whatever else is written. */
const uniform =
  (name: string, mean: number, halfWidth: number): Fill =>
  (into, firstElement) => {
    let state = firstElement ^ 0x9e3779b9
    for (let i = 0; i < name.length; i++) state = Math.imul(state ^ name.charCodeAt(i), 0x01000193)
    state ||= 1
    const scale = halfWidth / 2 ** 31
    for (let i = 0; i < into.length; i++) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      into[i] = mean + state * scale
    }
  }

/** Numbers that keep activations near one through many layers: weights of variance 1 / inputs, norms and gains near one. */
const fillOf = ({ name, shape }: Shaped): Fill => {
  if (name.endsWith('inv_freq')) {
    const dim = 2 * (shape[0] ?? 0)
    return (into, first) => {
      for (let i = 0; i < into.length; i++) into[i] = 10_000 ** ((-2 * (first + i)) / dim)
    }
  }
  if (name.endsWith('.original0'))
    return uniform(name, name.includes('convs2') || name.includes('conv_post') ? 0.3 : 1, 0.1)
  if (name.endsWith('.alpha')) return uniform(name, 1, 0.2)
  if (name.endsWith('.bias')) return uniform(name, 0, 0.02)
  if (shape.length === 1) return uniform(name, 1, 0.1)
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1)
  return uniform(name, 0, Math.sqrt(3 / inputs))
}

/** Tensors with seeded random numbers, ready to be written. */
export const withRandomNumbers = (tensors: readonly CheckpointTensor[]): TensorToWrite[] =>
  tensors.map((tensor) =>
    tensor.name === HEAD ? { name: HEAD, viewOf: EMBEDDING } : { ...tensor, fill: fillOf(tensor) },
  )

/** `CosyVoice-BlankEN/config.json`, as far as it matters. */
const qwenConfig = (d: CosyVoiceDimensions) => ({
  architectures: ['Qwen2ForCausalLM'],
  hidden_act: 'silu',
  hidden_size: d.hidden,
  intermediate_size: d.intermediate,
  max_position_embeddings: 32_768,
  model_type: 'qwen2',
  num_attention_heads: d.heads,
  num_hidden_layers: d.layers,
  num_key_value_heads: d.kvHeads,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  vocab_size: d.vocab,
})

export type FullSizeOptions = {
  architecture?: CosyVoiceArchitecture
  dtype?: TensorDtype
  dimensions?: CosyVoiceDimensions
}

/**
 * Writes a folder laid out as an official checkpoint is, in official sizes unless told otherwise, full of random weights:
 * 3.4 GB for CosyVoice 3, 2.6 GB for CosyVoice 2.
 * @returns the size of each file
 */
export const makeFullSizeCheckpoint = (
  directory: string,
  { architecture = 'cosyvoice3', dtype = 'f32', dimensions = OFFICIAL_DIMENSIONS[architecture] }: FullSizeOptions = {},
): { file: string; sizeBytes: number }[] => {
  mkdirSync(path.join(directory, 'CosyVoice-BlankEN'), { recursive: true })
  writeFileSync(
    path.join(directory, 'CosyVoice-BlankEN', 'config.json'),
    `${JSON.stringify(qwenConfig(dimensions), undefined, 2)}\n`,
  )
  return Object.entries(fullSizeTensors(architecture, dimensions, dtype)).map(([part, tensors]) => {
    const file = `${part}.pt`
    writeTorchCheckpoint(path.join(directory, file), withRandomNumbers(tensors), {
      plainDict: true,
      byteOrder: 'little',
    })
    return { file, sizeBytes: statSync(path.join(directory, file)).size }
  })
}
