import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ModelFolder } from '../../src/main/cosyvoice/index.ts'
import { SPECIAL_TOKENS } from '../../src/main/cosyvoice/text/special-tokens.ts'
import { COPIED_FILES, type ModelDescription, openBundle } from '../../src/main/model-bundle/index.ts'
import { convertWith } from '../../src/main/model-converter/index.ts'
import { buildGraph, type GraphBuilder, type OnnxGraph, type Value } from '../../src/main/onnx/index.ts'
import { encodeGraph } from '../../src/main/onnx/write-graph.ts'
import { alterTensors } from './altered-checkpoint.ts'
import { someNumbers } from './run-graph.ts'
import { temporaryFolder } from './test-disk.ts'
import { type TinyPrecision, tinyCheckpointDirectory } from './tiny-checkpoint.ts'
import type { OwnTensor } from './write-checkpoint.ts'

export type Architecture = ModelDescription['architecture']

const TOKENIZER = path.resolve(import.meta.dirname, '../fixtures/tokenizer-small')
const QWEN_FOLDER = 'CosyVoice-BlankEN'

/** Codes of the tiny checkpoints: speech ids below it are sounds, those from it on end a line. */
const SPEECH_CODES = 48

/**
 * What the scores of sounds and of ends are multiplied by, and what is added to ends where a model has biases: a line then goes
 * on for a few sounds after it may end, whatever the text.
 */
const SCORES = {
  cosyvoice2: { soundFactor: 0.4, endFactor: 0.05, endBias: 0.5 },
  cosyvoice3: { soundFactor: 1, endFactor: 0.05, endBias: 0 },
} as const

/** Type number of ONNX that Cast is told by. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
const CAST_TO = { int32: 6, int64: 7 } as const

const scaled = (count: number, seed: number, size: number): Float32Array<ArrayBuffer> =>
  someNumbers(count, seed).map((value) => value * size)

const matrix = (g: GraphBuilder, dims: readonly number[], values: Float32Array): Value =>
  g.op('Reshape', [g.float32([...values]), g.int64(dims)])

/**
 * A speech tokenizer's outside: `feats` [1, 128, T] and its length in, one code for every four frames out. Inside, the code
 * whose pattern of four frames is most like what is heard.
 */
const speechTokenizerGraph = (): OnnxGraph =>
  buildGraph('speech_tokenizer', (g) => {
    const feats = g.input('feats', 'float32', [1, 128, 'frames'])
    const length = g.op('Cast', [g.input('feats_length', 'int32', [1])], { to: CAST_TO.int64 })
    const heard = g.op('Slice', [feats, g.int64([0]), length, g.int64([2])])
    // Without the level of each frame, which would drown how the frames differ.
    const level = g.op('ReduceMean', [heard], { axes: [1], keepdims: 1 })
    const patterns = matrix(g, [SPEECH_CODES, 128, 4], someNumbers(SPEECH_CODES * 128 * 4, 31))
    const likeness = g.op('Conv', [g.op('Sub', [heard, level]), patterns], {
      kernel_shape: [4],
      strides: [4],
      pads: [0, 3],
    })
    const codes = g.op('ArgMax', [likeness], { axis: 1, keepdims: 0 })
    g.output('indices', g.op('Cast', [codes], { to: CAST_TO.int32 }), 'int32', [1, 'tokens'])
  })

/** A speaker network's outside: `input` [1, T, 80] in, [1, 192] out. Inside, mean and spread over time of a random layer. */
const speakerGraph = (): OnnxGraph =>
  buildGraph('campplus', (g) => {
    const fbank = g.input('input', 'float32', [1, 'frames', 80])
    const layer = g.op('Tanh', [g.op('MatMul', [fbank, matrix(g, [80, 64], scaled(80 * 64, 37, 0.1))])])
    const mean = g.op('ReduceMean', [layer], { axes: [1], keepdims: 1 })
    const distance = g.op('Sub', [layer, mean])
    const spread = g.op('ReduceMean', [g.op('Mul', [distance, distance])], { axes: [1], keepdims: 0 })
    const pooled = g.op('Concat', [g.op('Reshape', [mean, g.int64([1, 64])]), spread], { axis: 1 })
    g.output('output', g.op('MatMul', [pooled, matrix(g, [128, 192], scaled(128 * 192, 41, 0.4))]), 'float32', [1, 192])
  })

const numbersOf = ({ shape, fill }: OwnTensor): Float32Array<ArrayBuffer> => {
  const values = new Float32Array(shape.reduce((count, size) => count * size, 1))
  if (typeof fill === 'function') fill(values, 0)
  else values.set(fill)
  return values
}

/** With more rows behind its own, as large as they are. */
const withRows = (tensor: OwnTensor, rows: number): OwnTensor => {
  const own = numbersOf(tensor)
  const [, width = 1] = tensor.shape
  const rms = Math.hypot(...own) / Math.sqrt(own.length)
  // Even numbers in [−1, 1) have a root mean square of 1 / √3.
  const values = scaled(rows * width, 43, rms * Math.sqrt(3))
  values.set(own)
  return { ...tensor, shape: [rows, width], fill: values }
}

/** The layer that scores, with sounds that are alike enough for any of them to be said, and ends that come. */
const withEnds = (tensor: OwnTensor, architecture: Architecture): OwnTensor => {
  const { soundFactor, endFactor, endBias } = SCORES[architecture]
  const [, width = 1] = tensor.shape
  const isBias = tensor.shape.length === 1
  const fill = numbersOf(tensor).map((value, place) => {
    if (place < SPEECH_CODES * width) return value * soundFactor
    return value * endFactor + (isBias ? endBias : 0)
  })
  return { ...tensor, fill }
}

const TEXT_TABLES: readonly string[] = ['llm.model.model.embed_tokens.weight', 'llm.model.lm_head.weight']

const textVocabularySize = (architecture: Architecture): number =>
  Object.keys(JSON.parse(readFileSync(path.join(TOKENIZER, 'vocab.json'), 'utf8'))).length +
  SPECIAL_TOKENS[architecture].length

/** A checkpoint folder with all that a model needs to make a real text and a real recording into sound. */
export const writeVoiceCheckpoint = async (architecture: Architecture, directory: string): Promise<void> => {
  const qwen = path.join(directory, QWEN_FOLDER)
  mkdirSync(qwen, { recursive: true })
  cpSync(tinyCheckpointDirectory(`${architecture}-tiny`), directory, { recursive: true })
  const rows = textVocabularySize(architecture)
  await alterTensors(path.join(directory, 'llm.pt'), (tensor) => {
    if (TEXT_TABLES.includes(tensor.name)) return [withRows(tensor, rows)]
    return [tensor.name.startsWith('llm_decoder.') ? withEnds(tensor, architecture) : tensor]
  })
  const configFile = path.join(qwen, 'config.json')
  writeFileSync(configFile, JSON.stringify({ ...JSON.parse(readFileSync(configFile, 'utf8')), vocab_size: rows }))
  for (const file of ['vocab.json', 'merges.txt']) copyFileSync(path.join(TOKENIZER, file), path.join(qwen, file))
  writeFileSync(path.join(qwen, 'tokenizer_config.json'), '{"tokenizer_class":"Qwen2Tokenizer"}')
  writeFileSync(path.join(directory, COPIED_FILES.speechTokenizer[architecture]), encodeGraph(speechTokenizerGraph()))
  writeFileSync(path.join(directory, COPIED_FILES.speakerNetwork), encodeGraph(speakerGraph()))
}

type StoredFile = { readonly name: string; readonly bytes: Buffer }

const convert = async (architecture: Architecture, precision: TinyPrecision): Promise<StoredFile[]> => {
  using scratch = temporaryFolder()
  const checkpointDirectory = path.join(scratch.directory, 'checkpoint')
  const outDirectory = path.join(scratch.directory, 'bundle')
  await writeVoiceCheckpoint(architecture, checkpointDirectory)
  await convertWith({ isInt8Exact: () => true, verifyConversion: async () => ({ graphs: [] }) })(
    { checkpointDirectory, outDirectory, verify: false, ...precision },
    { signal: new AbortController().signal, onBytesRead: () => undefined, progress: () => undefined },
  )
  return readdirSync(outDirectory).map((name) => ({ name, bytes: readFileSync(path.join(outDirectory, name)) }))
}

const converted = new Map<string, Promise<StoredFile[]>>()

/**
 * A tiny model that speaks: any text, any recording, in the voice of nobody. Its lines have plausible lengths, 2 speech tokens
 * a text token and some more. Converted once a process for each precision, as for a machine whose 8-bit products are exact;
 * not compared with its checkpoint.
 * @param outDirectory does not exist yet, or is empty
 */
export const writeVoiceModel = async (
  architecture: Architecture,
  outDirectory: string,
  { precision = 'fp32', llmWeights }: Partial<TinyPrecision> = {},
): Promise<ModelFolder> => {
  const key = `${architecture} ${precision} ${llmWeights}`
  const files = converted.get(key) ?? convert(architecture, { precision, ...(llmWeights && { llmWeights }) })
  converted.set(key, files)
  mkdirSync(outDirectory, { recursive: true })
  for (const { name, bytes } of await files) writeFileSync(path.join(outDirectory, name), bytes)
  const { directory, manifest } = await openBundle(outDirectory)
  return { directory, description: manifest.model }
}
