import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { plainEstimatorGraph, plainHeadGraph, plainLlmGraph } from '../../bench/support/plain-graphs.ts'
import { openCheckpoint } from '../../src/main/checkpoint/index.ts'
import { SPECIAL_TOKENS } from '../../src/main/cosyvoice/text/special-tokens.ts'
import { createSourceNoise } from '../../src/main/cosyvoice/vocoder/source-noise.ts'
import { openCheckpointFolder } from '../../src/main/model-converter/checkpoint-folder.ts'
import {
  decoderLookahead,
  type HiftTensors,
  linear,
  pitchGraph,
  pitchLookahead,
  readDitTensors,
  readFlowFrontTensors,
  readTensors,
  TEXT_EMBEDDING,
  type Tensor,
  vocoderGraph,
  weight,
} from '../../src/main/networks/index.ts'
import { buildGraph, bytesOf, type OnnxGraph, real, TENSOR_TYPES } from '../../src/main/onnx/index.ts'
import { encodeGraph } from '../../src/main/onnx/write-graph.ts'
import { temporaryFolder } from './test-disk.ts'
import { writeVoiceCheckpoint } from './tiny-voice-model.ts'

const HARMONICS = 9
const SAMPLE_RATE_HZ = 24_000
const SAMPLES_PER_FRAME = 480
/** How long the tiny source can go on: 16 seconds. */
const SOURCE_FRAMES = 800
/** Type numbers of ONNX that Cast is told by. @source onnx/onnx onnx/onnx.proto TensorProto.DataType */
const CAST_TO = { float32: 1, float64: 11 } as const

/** The graph as one file, as the community keeps it: weights are inside. */
const fileOf = async (graph: OnnxGraph): Promise<Uint8Array> => {
  const constants = [...graph.constants]
  for (const { tensors, load } of graph.weights) {
    const data = await load()
    for (const [index, { name, type, dims }] of tensors.entries())
      constants.push({ name, dims, dataType: TENSOR_TYPES[type].id, rawData: bytesOf(data[index] ?? new Uint8Array()) })
  }
  return encodeGraph({ ...graph, constants, weights: [] })
}

/** The same graph with other names for some of its values. */
const renamed = (graph: OnnxGraph, names: Readonly<Record<string, string>>): OnnxGraph => {
  const nameOf = (name: string): string => names[name] ?? name
  const renamedValue = <Named extends { name: string }>(value: Named): Named => ({ ...value, name: nameOf(value.name) })
  return {
    ...graph,
    inputs: graph.inputs.map(renamedValue),
    outputs: graph.outputs.map(renamedValue),
    constants: graph.constants.map(renamedValue),
    nodes: graph.nodes.map((node) => ({ ...node, input: node.input.map(nameOf), output: node.output.map(nameOf) })),
  }
}

/** The graph with silence behind the mel that it is given. */
const silentAfter = (graph: OnnxGraph, frames: number): OnnxGraph => {
  const inner = renamed(graph, { mel: 'mel_and_silence' })
  const outer = buildGraph('outer', (g) => {
    const mel = g.input('mel', 'float32', [1, 80, 'mel_frames'])
    g.output('mel_and_silence', g.op('Pad', [mel, g.int64([0, 0, 0, 0, 0, frames])]), 'float32', [1, 80, 'more'])
  })
  const own = (name: string): string => (name === 'mel' || name === 'mel_and_silence' ? name : `outer.${name}`)
  return {
    ...inner,
    inputs: [...outer.inputs, ...inner.inputs.filter(({ name }) => name !== 'mel_and_silence')],
    constants: [...inner.constants, ...outer.constants.map((constant) => ({ ...constant, name: own(constant.name) }))],
    nodes: [
      ...outer.nodes.map((node) => ({
        ...node,
        name: own(node.name),
        input: node.input.map(own),
        output: node.output.map(own),
      })),
      ...inner.nodes,
    ],
  }
}

/** The language model's body for a prompt: nothing comes before it. */
const initialGraph = (body: OnnxGraph): OnnxGraph => {
  const past = body.inputs.find(({ name }) => name === 'past_key_values')
  const dims = past?.type.tensorType.shape.dim.map((dim) => ('dimValue' in dim ? dim.dimValue : 0)) ?? []
  const graph = renamed(body, { past_key_values: 'nothing', new_past_key_values: 'past_key_values' })
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => name !== 'nothing'),
    constants: [
      ...graph.constants,
      { name: 'nothing', dims, dataType: TENSOR_TYPES.float32.id, rawData: new Uint8Array() },
    ],
  }
}

const lookUpGraph = (name: string, table: Tensor, [input, output]: readonly [string, string]): OnnxGraph =>
  buildGraph(name, (g) => {
    const ids = g.input(input, 'int64', ['batch', 'seq_len'])
    const rows = g.op('Gather', [weight(g, 'table', table), ids], { axis: 0 })
    g.output(output, rows, 'float32', ['batch', 'seq_len', table.shape[1] ?? 0])
  })

type FlowTensors = ReturnType<typeof readFlowFrontTensors>

const flowEmbeddingGraph = ({ embedding, speechCodes, width }: FlowTensors): OnnxGraph =>
  buildGraph('flow_token_embedding', (g) => {
    const token = g.input('token', 'int64', ['batch', 'seq_len'])
    const known = g.op('Clip', [token, g.int64(0), g.int64(speechCodes - 1)])
    const rows = g.op('Gather', [weight(g, 'table', embedding), known], { axis: 0 })
    g.output('embedded', rows, 'float32', ['batch', 'seq_len', width])
  })

const speakerProjectionGraph = ({ speaker, width }: FlowTensors): OnnxGraph =>
  buildGraph('flow_speaker_projection', (g) => {
    const embedding = g.input('embedding', 'float32', ['batch', 192])
    g.output('projected', linear(g, 'affine', embedding, speaker, 'float32'), 'float32', ['batch', width])
  })

/** @source FunAudioLLM/CosyVoice cosyvoice/transformer/upsample_encoder.py PreLookaheadLayer */
const preLookaheadGraph = ({ ahead, back, width }: FlowTensors): OnnxGraph =>
  buildGraph('flow_pre_lookahead', (g) => {
    const embedded = g.input('token_embedded', 'float32', [1, 'seq_len', width])
    const turned = g.op('Transpose', [embedded], { perm: [0, 2, 1] })
    const convolve = (name: string, { weight: taps, bias }: FlowTensors['ahead'], pads: readonly number[]) => {
      const kernel = taps.shape[2] ?? 1
      const inputs = (from: typeof turned) => [from, weight(g, `${name}.w`, taps), weight(g, `${name}.b`, bias)]
      return (from: typeof turned) => g.op('Conv', inputs(from), { kernel_shape: [kernel], pads })
    }
    const wide = g.op('LeakyRelu', [convolve('conv1', ahead, [0, 3])(turned)], { alpha: real(0.01) })
    const sum = g.op('Add', [convolve('conv2', back, [2, 0])(wide), turned])
    const column = g.op('Unsqueeze', [g.op('Transpose', [sum], { perm: [0, 2, 1] }), g.int64([2])])
    const twice = g.op('Concat', [column, column], { axis: 2 })
    g.output('h', g.op('Reshape', [twice, g.int64([1, -1, width])]), 'float32', [1, 'mel_len', width])
  })

/**
 * Pitch to the source signal, with its noise inside.
 * @source FunAudioLLM/CosyVoice cosyvoice/hifigan/generator.py SineGen2, SourceModuleHnNSF
 */
const sourceGraph = ({ sourceWeights, sourceBias }: HiftTensors): OnnxGraph =>
  buildGraph('hift_source_generator', (g) => {
    const f0 = g.input('f0', 'float32', ['batch', 1, 'time'])
    const column = g.op('Reshape', [f0, g.int64([-1, 1])])
    const multiples = g.float32(Array.from({ length: HARMONICS }, (_, index) => index + 1))
    const turns = g.op('Div', [g.op('Mul', [column, multiples]), g.float32(SAMPLE_RATE_HZ)])
    const fractions = g.op('Cast', [g.op('Mod', [turns, g.float32(1)], { fmod: 1 })], { to: CAST_TO.float64 })
    const sums = g.op('Cast', [g.op('CumSum', [fractions, g.int64(0)])], { to: CAST_TO.float32 })
    const angles = g.op('Mul', [g.op('Mul', [sums, g.float32(2 * Math.PI)]), g.float32(SAMPLES_PER_FRAME)])
    const voiced = g.op('Cast', [g.op('Greater', [column, g.float32(10)])], { to: CAST_TO.float32 })
    const sines = g.op('Mul', [g.op('Mul', [g.op('Sin', [angles]), g.float32(0.1)]), voiced])
    const unvoiced = g.op('Sub', [g.float32(1), voiced])
    const level = g.op('Add', [g.op('Mul', [voiced, g.float32(0.003)]), g.op('Mul', [unvoiced, g.float32(0.1 / 3)])])
    const noise: Tensor = {
      shape: [SOURCE_FRAMES, SAMPLES_PER_FRAME, HARMONICS],
      load: async () => Float32Array.from(createSourceNoise(true, 0)(SOURCE_FRAMES * SAMPLES_PER_FRAME * HARMONICS)),
    }
    const frames = g.op('Shape', [column], { start: 0, end: 1 })
    const used = g.op('Slice', [weight(g, 'noise', noise), g.int64([0]), frames, g.int64([0])])
    const middle = g.int64([1])
    const loud = g.op('Mul', [used, g.op('Unsqueeze', [level, middle])])
    const all = g.op('Add', [loud, g.op('Unsqueeze', [sines, middle])])
    const merged = g.op('Tanh', [linear(g, 'l_linear', all, { weight: sourceWeights, bias: sourceBias }, 'float32')])
    g.output('source', g.op('Reshape', [merged, g.int64([1, 1, -1])]), 'float32', ['batch', 1, 'time_up'])
  })

/** The graphs of the vocoder by the names of their files. */
export const communityVocoderGraphs = (tensors: HiftTensors) => ({
  hift_f0_predictor: silentAfter(pitchGraph('hift_f0_predictor', tensors), pitchLookahead(tensors)),
  hift_source_generator: sourceGraph(tensors),
  hift_decoder: silentAfter(
    renamed(vocoderGraph('hift_decoder', tensors, { isPublished: true }), { source_spectrum: 'source_stft' }),
    decoderLookahead(tensors),
  ),
})

/** The official vocabulary as the community keeps it: three special tokens more, and lines that end as on Windows. */
const communityVocabulary = (official: string): string => {
  const ids: Record<string, unknown> = JSON.parse(official)
  const first = Object.keys(ids).length
  const specials = SPECIAL_TOKENS.cosyvoice3.slice(0, 3).map((token, index) => [token, first + index] as const)
  return JSON.stringify({ ...Object.fromEntries(specials), ...ids }, null, 2).replaceAll('\n', '\r\n')
}

const make = async (): Promise<ReadonlyMap<string, Uint8Array>> => {
  using scratch = temporaryFolder()
  await writeVoiceCheckpoint('cosyvoice3', scratch.directory)
  const read = (file: string): Buffer => readFileSync(path.join(scratch.directory, file))
  await using checkpoint = await openCheckpointFolder(scratch.directory)
  await using flowFile = await openCheckpoint(path.join(scratch.directory, 'flow.pt'))
  const flow = readFlowFrontTensors(readTensors(flowFile))
  const dit = readDitTensors(readTensors(flowFile).within('decoder.estimator'), flow.width)
  const { llm, vocoder } = checkpoint
  const body = plainLlmGraph('llm_backbone', llm)
  const graphs: Readonly<Record<string, OnnxGraph>> = {
    text_embedding: lookUpGraph(
      'text_embedding',
      {
        shape: [llm.textVocabularySize, llm.hiddenSize],
        load: () => checkpoint.llmFile.readRows(TEXT_EMBEDDING, 0, llm.textVocabularySize),
      },
      ['input_ids', 'embeddings'],
    ),
    llm_backbone_initial_int4: initialGraph(body),
    llm_backbone_decode_int4: body,
    llm_decoder: plainHeadGraph('llm_decoder', llm),
    llm_speech_embedding: lookUpGraph('llm_speech_embedding', llm.speechEmbedding, ['token', 'embedded']),
    flow_token_embedding: flowEmbeddingGraph(flow),
    flow_speaker_projection: speakerProjectionGraph(flow),
    flow_pre_lookahead: preLookaheadGraph(flow),
    flow_estimator: plainEstimatorGraph('flow_estimator', dit),
    ...communityVocoderGraphs(vocoder),
  }
  const files = new Map<string, Uint8Array>()
  for (const [name, graph] of Object.entries(graphs)) files.set(`onnx/${name}.onnx`, await fileOf(graph))
  for (const file of ['campplus.onnx', 'speech_tokenizer_v3.onnx']) files.set(`onnx/${file}`, read(file))
  const utf8 = new TextEncoder()
  files.set('vocab.json', utf8.encode(communityVocabulary(read('CosyVoice-BlankEN/vocab.json').toString('utf8'))))
  const merges = read('CosyVoice-BlankEN/merges.txt').toString('utf8')
  files.set('merges.txt', utf8.encode(merges.replaceAll('\n', '\r\n')))
  files.set('tokenizer_config.json', read('CosyVoice-BlankEN/tokenizer_config.json'))
  return files
}

let made: Promise<ReadonlyMap<string, Uint8Array>> | undefined

/**
 * The tiny voice model of CosyVoice 3 as the community would have exported it: the files of layout `sokuji`, with its inputs
 * and outputs, each operator as it was published and nothing computed beforehand. All is in single precision.
 */
export const writeCommunityModel = async (directory: string): Promise<void> => {
  made ??= make()
  mkdirSync(path.join(directory, 'onnx'), { recursive: true })
  for (const [name, bytes] of await made) writeFileSync(path.join(directory, name), bytes)
}
