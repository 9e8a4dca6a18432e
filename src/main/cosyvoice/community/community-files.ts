import type { TensorType } from '../../onnx/index.ts'

type Ports = Readonly<Record<string, TensorType>>
export type CommunityGraphSpec = {
  /** Relative to the folder of the model. */
  readonly file: string
  readonly inputs: Ports
  /** Empty where the name is written down nowhere. */
  readonly outputs: Ports
}

/**
 * The graphs of the complete community export, and what they take and give.
 * @source ayutaz/CosyVoice scripts/export_llm_onnx.py, export_flow_onnx.py, export_hift_onnx.py, export_remaining_onnx.py
 *   (inputs and outputs); kizuna-ai-lab/sokuji scripts/cosyvoice3/build-cosyvoice3-repo.py (names of files)
 */
export const COMMUNITY_GRAPHS = {
  textEmbedding: {
    file: 'onnx/text_embedding.onnx',
    inputs: { input_ids: 'int64' },
    outputs: { embeddings: 'float32' },
  },
  llmInitial: {
    file: 'onnx/llm_backbone_initial_int4.onnx',
    inputs: { inputs_embeds: 'float32', attention_mask: 'float32' },
    outputs: { hidden_states: 'float32', past_key_values: 'float32' },
  },
  llmDecode: {
    file: 'onnx/llm_backbone_decode_int4.onnx',
    inputs: { inputs_embeds: 'float32', attention_mask: 'float32', past_key_values: 'float32' },
    outputs: { hidden_states: 'float32', new_past_key_values: 'float32' },
  },
  llmHead: {
    file: 'onnx/llm_decoder.onnx',
    inputs: { hidden_state: 'float32' },
    outputs: { logits: 'float32' },
  },
  speechEmbedding: {
    file: 'onnx/llm_speech_embedding.onnx',
    inputs: { token: 'int64' },
    outputs: { embedded: 'float32' },
  },
  flowEmbedding: {
    file: 'onnx/flow_token_embedding.onnx',
    inputs: { token: 'int64' },
    outputs: { embedded: 'float32' },
  },
  speakerProjection: {
    file: 'onnx/flow_speaker_projection.onnx',
    inputs: { embedding: 'float32' },
    outputs: { projected: 'float32' },
  },
  preLookahead: {
    file: 'onnx/flow_pre_lookahead.onnx',
    inputs: { token_embedded: 'float32' },
    outputs: { h: 'float32' },
  },
  estimator: {
    file: 'onnx/flow_estimator.onnx',
    inputs: { x: 'float32', mask: 'float32', mu: 'float32', t: 'float32', spks: 'float32', cond: 'float32' },
    outputs: { estimator_out: 'float32' },
  },
  pitch: { file: 'onnx/hift_f0_predictor.onnx', inputs: { mel: 'float32' }, outputs: { f0: 'float32' } },
  source: { file: 'onnx/hift_source_generator.onnx', inputs: { f0: 'float32' }, outputs: { source: 'float32' } },
  vocoder: {
    file: 'onnx/hift_decoder.onnx',
    inputs: { mel: 'float32', source_stft: 'float32' },
    outputs: { magnitude: 'float32', phase: 'float32' },
  },
  speaker: { file: 'onnx/campplus.onnx', inputs: { input: 'float32' }, outputs: {} },
  speechTokenizer: {
    file: 'onnx/speech_tokenizer_v3.onnx',
    inputs: { feats: 'float32', feats_length: 'int32' },
    outputs: {},
  },
} as const satisfies Readonly<Record<string, CommunityGraphSpec>>
export type CommunityGraph = keyof typeof COMMUNITY_GRAPHS

export const GRAPHS_FOLDER = 'onnx'
export const COMMUNITY_TOKENIZER = { vocab: 'vocab.json', merges: 'merges.txt' } as const

/** Every file that the model cannot do without. */
export const COMMUNITY_FILES: readonly string[] = [
  ...Object.values(COMMUNITY_GRAPHS).map(({ file }) => file),
  ...Object.values(COMMUNITY_TOKENIZER),
]
