/** Names of the parts of a bundle, relative to its folder. A graph is the `.onnx` and the `.weights` of its name. */
export const BUNDLE_GRAPHS = {
  llm: 'llm',
  flowFront: 'flow-front',
  estimator: 'flow-estimator',
  pitch: 'vocoder-pitch',
  vocoder: 'vocoder',
} as const
export type BundleGraph = keyof typeof BUNDLE_GRAPHS

/** Raw little-endian tables, row-major. */
export const BUNDLE_TABLES = {
  /** [text vocabulary, hidden] in the type that the description names. */
  text: 'text-embedding.bin',
  /** [speech vocabulary, hidden] float32 */
  speech: 'speech-embedding.bin',
  /** CosyVoice 2: sos and task, [2, hidden] float32 */
  control: 'control-embedding.bin',
} as const

/** Modulation of the estimator for a number of Euler steps, [steps, rows, width] float32. */
export const modulationFile = (steps: number): string => `flow-modulation-${steps}.bin`

/** Files that go into a bundle as they are. Each may be absent from a checkpoint; the bundle then says so. */
export const COPIED_FILES = {
  tokenizer: ['vocab.json', 'merges.txt', 'tokenizer_config.json'],
  speakerNetwork: 'campplus.onnx',
  speechTokenizer: { cosyvoice2: 'speech_tokenizer_v2.onnx', cosyvoice3: 'speech_tokenizer_v3.onnx' },
} as const
