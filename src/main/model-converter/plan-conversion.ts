import { createHash } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel } from '../../shared/kernel/index.ts'
import { timeSchedule } from '../cosyvoice/index.ts'
import {
  BUNDLE_GRAPHS,
  BUNDLE_TABLES,
  type BundlePrecision,
  type BundleSource,
  COPIED_FILES,
  type ModelDescription,
  modulationFile,
} from '../model-bundle/index.ts'
import {
  decoderLookahead,
  type Estimator,
  type FlowNetwork,
  type LinearKind,
  llmGraph,
  pitchGraph,
  pitchLookahead,
  TEXT_EMBEDDING,
  toFloat16,
  vocoderGraph,
} from '../networks/index.ts'
import { bytesOf, graphFiles, graphSizeBytes, type OnnxGraph, writeGraph } from '../onnx/index.ts'
import { type CheckpointFolder, findInFolder, hashSource, readSource, sourceSizeBytes } from './checkpoint-folder.ts'
import type { ConversionPlan, ConversionStep } from './conversion-plan.ts'
import type { LlmWeights } from './convert-checkpoint.ts'
import { CONVERTER_VERSION } from './converter-version.ts'
import { officialRevision } from './official-revisions.ts'
import { verificationSize } from './verify/exact-graphs.ts'

/** Numbers of Euler steps that a bundle is ready for; the original takes ten. */
const STEP_COUNTS = [5, 6, 8, 10, 16]

/** @source FunAudioLLM/CosyVoice examples/libritts/cosyvoice3/conf/cosyvoice3.yaml */
const FRAMES_PER_TOKEN = 2
const LOOKAHEAD_TOKENS = 3
const CHUNK_TOKENS = 25
const SAMPLE_RATE_HZ = 24_000
const SAMPLES_PER_FRAME = 480
const STFT_HOP = 4

type Weights = { llm: LlmWeights; flow: ModelDescription['flow']['weights'] }

/** How each precision keeps its weights. `isInt8Exact`: see `int8Saturates`. */
export const weightsFor = (
  precision: BundlePrecision,
  llmWeights: LlmWeights | undefined,
  { isInt8Exact }: { isInt8Exact: boolean },
): Weights => {
  if (precision === 'fp32') return { llm: llmWeights ?? 'fp32', flow: 'fp32' }
  if (precision === 'gpu') return { llm: llmWeights ?? 'fp16', flow: 'fp16' }
  return { llm: llmWeights ?? 'int8', flow: isInt8Exact ? 'int8' : 'fp32' }
}

const LLM_KINDS: Readonly<Record<LlmWeights, LinearKind>> = {
  fp32: 'float32',
  fp16: 'float16',
  int8: 'int8-blocks',
  int4: 'int4-blocks',
}
const FLOW_KINDS: Readonly<Record<Weights['flow'], LinearKind>> = {
  fp32: 'float32',
  fp16: 'float16',
  int8: 'int8-rows',
}

const describe = async (
  { architecture, llm, flow, vocoder }: CheckpointFolder,
  precision: BundlePrecision,
  weights: Weights,
): Promise<ModelDescription> => {
  const isThree = architecture === 'cosyvoice3'
  const { speechCodes } = flow
  const [sourceBias = 0] = await vocoder.sourceBias.load()
  return {
    architecture,
    llm: {
      form: precision === 'gpu' ? 'gpu' : 'cpu',
      weights: weights.llm,
      hiddenSize: llm.hiddenSize,
      layers: llm.layers.length,
      queryHeads: llm.queryHeads,
      keyValueHeads: llm.keyValueHeads,
      headSize: llm.headSize,
      textVocabularySize: llm.textVocabularySize,
      speechVocabularySize: llm.speechVocabularySize,
      sosRow: isThree ? speechCodes : 0,
      taskRow: isThree ? speechCodes + 2 : 1,
      eosId: isThree ? speechCodes + 1 : speechCodes,
      fillId: isThree ? speechCodes + 3 : speechCodes + 2,
      firstStopId: speechCodes,
      textTable: weights.llm === 'fp32' ? 'float32' : 'float16',
    },
    flow: {
      weights: weights.flow,
      speechCodes,
      melBins: flow.melBins,
      framesPerToken: FRAMES_PER_TOKEN,
      lookaheadTokens: LOOKAHEAD_TOKENS,
      chunkTokens: CHUNK_TOKENS,
      modulation: { ...flow.modulation, stepCounts: STEP_COUNTS },
    },
    vocoder: {
      isCausal: vocoder.isCausal,
      sampleRateHz: SAMPLE_RATE_HZ,
      melBins: vocoder.melBins,
      samplesPerFrame: SAMPLES_PER_FRAME,
      stftSize: vocoder.spectrumRows - 2,
      stftHop: STFT_HOP,
      pitchLookaheadFrames: pitchLookahead(vocoder),
      decoderLookaheadFrames: decoderLookahead(vocoder),
      sourceWeights: [...(await vocoder.sourceWeights.load())],
      sourceBias,
    },
  }
}

/** Rows of the text table held at once: 15 MB of them. */
const TEXT_ROWS = 4096

const textTableStep = ({ llm, llmFile }: CheckpointFolder, type: 'float16' | 'float32'): ConversionStep => {
  const { textVocabularySize: rows, hiddenSize } = llm
  return {
    id: 'text-table',
    files: [BUNDLE_TABLES.text],
    sizeBytes: rows * hiddenSize * (type === 'float16' ? 2 : 4),
    async write(directory, { signal, onBytes }) {
      await using file = await open(path.join(directory, BUNDLE_TABLES.text), 'w')
      for (let from = 0; from < rows; from += TEXT_ROWS) {
        if (signal.aborted) throw new AppCancel()
        const values = await llmFile.readRows(TEXT_EMBEDDING, from, Math.min(rows, from + TEXT_ROWS))
        const bytes = bytesOf(type === 'float16' ? toFloat16(values) : values)
        await file.writeFile(bytes)
        onBytes(bytes.byteLength)
      }
    },
  }
}

const tableStep = (id: string, file: string, length: number, load: () => Promise<Float32Array>): ConversionStep => ({
  id,
  files: [file],
  sizeBytes: 4 * length,
  async write(directory, { onBytes }) {
    const bytes = bytesOf(await load())
    await writeFile(path.join(directory, file), bytes)
    onBytes(bytes.byteLength)
  },
})

/** One table for each number of steps, cut from one that holds the times of all of them. */
const modulationStep = ({ modulation }: FlowNetwork, compute: Estimator['modulation']): ConversionStep => {
  const stepSize = modulation.rows * modulation.width
  return {
    id: 'flow-modulation',
    files: STEP_COUNTS.map(modulationFile),
    sizeBytes: 4 * stepSize * STEP_COUNTS.reduce((sum, steps) => sum + steps, 0),
    async write(directory, { onBytes }) {
      const times = STEP_COUNTS.map((steps) => timeSchedule(steps).times)
      const table = await compute(Float32Array.from(times.flatMap((part) => [...part])))
      let from = 0
      for (const steps of STEP_COUNTS) {
        const bytes = bytesOf(table.subarray(from * stepSize, (from + steps) * stepSize))
        await writeFile(path.join(directory, modulationFile(steps)), bytes)
        onBytes(bytes.byteLength)
        from += steps
      }
    },
  }
}

const graphStep = (graph: OnnxGraph, metadata: Readonly<Record<string, string>>): ConversionStep => {
  const { model, weights } = graphFiles(graph.name)
  return {
    id: graph.name,
    files: [model, weights],
    sizeBytes: graphSizeBytes(graph, metadata),
    write: (directory, job) => writeGraph(graph, directory, metadata, job),
  }
}

const copyStep = ({ directory: from }: CheckpointFolder, source: BundleSource): ConversionStep => {
  const file = path.posix.basename(source.file)
  return {
    id: file,
    files: [file],
    sizeBytes: source.sizeBytes,
    async write(directory, { signal, onBytes }) {
      await using target = await open(path.join(directory, file), 'w')
      for await (const bytes of readSource(from, source.file, signal)) {
        await target.writeFile(bytes)
        onBytes(bytes.byteLength)
      }
    },
  }
}

export type PlanOptions = {
  readonly precision: BundlePrecision
  /** Preset: what the precision says. */
  readonly llmWeights?: LlmWeights | undefined
  /** What `int8Saturates` found out about the machine that will run the bundle. */
  readonly isInt8Exact: boolean
}

export type ReadingJob = {
  signal: AbortSignal
  /** Bytes of the checkpoint read since the last call, of how many in all. */
  onBytesRead(bytes: number, totalBytes: number): void
}

/** Every file that a bundle is made from, named by its content. */
const readSources = async (
  directory: string,
  files: readonly string[],
  { signal, onBytesRead }: ReadingJob,
): Promise<BundleSource[]> => {
  let totalBytes = 0
  for (const file of files) totalBytes += await sourceSizeBytes(directory, file)
  const sources: BundleSource[] = []
  for (const file of files)
    sources.push(await hashSource(directory, file, { signal, onBytes: (bytes) => onBytesRead(bytes, totalBytes) }))
  return sources
}

/**
 * Says what the bundle of a checkpoint will be, before anything is written. Reads every source once, to name it by its
 * SHA-256. The steps read from the folder, which stays open until they are done.
 * @throws AppError checkpoint.missing-file | checkpoint.unreadable. AppCancel
 */
export const planConversion = async (
  folder: CheckpointFolder,
  { precision, llmWeights, isInt8Exact }: PlanOptions,
  job: ReadingJob,
): Promise<ConversionPlan> => {
  const { llm, flow, architecture, directory: checkpointDirectory } = folder
  const weights = weightsFor(precision, llmWeights, { isInt8Exact })

  const wanted = [...COPIED_FILES.tokenizer, COPIED_FILES.speakerNetwork, COPIED_FILES.speechTokenizer[architecture]]
  const found = await Promise.all(
    wanted.map(async (file) => ({ file, at: await findInFolder(checkpointDirectory, file) })),
  )
  const copied = found.flatMap(({ at }) => at ?? [])
  const sources = await readSources(checkpointDirectory, [...folder.files, ...copied], job)

  const model = await describe(folder, precision, weights)
  const metadata = {
    converterVersion: CONVERTER_VERSION,
    architecture,
    precision,
    llmWeights: weights.llm,
    flowWeights: weights.flow,
    sourceRevision: officialRevision(sources) ?? 'not an official release',
    ...Object.fromEntries(sources.map(({ file, sha256 }) => [`sha256:${file}`, sha256])),
  }
  const { controlEmbedding, speechEmbedding } = llm
  const estimator = flow.estimator(BUNDLE_GRAPHS.estimator, FLOW_KINDS[weights.flow], { remembers: true })
  const graphs = [
    llmGraph(llm, {
      name: BUNDLE_GRAPHS.llm,
      form: precision === 'gpu' ? 'gpu' : 'cpu',
      weights: LLM_KINDS[weights.llm],
    }),
    flow.front(BUNDLE_GRAPHS.flowFront),
    estimator.graph,
    pitchGraph(BUNDLE_GRAPHS.pitch, folder.vocoder),
    vocoderGraph(BUNDLE_GRAPHS.vocoder, folder.vocoder),
  ]
  const steps: ConversionStep[] = [
    ...graphs.map((graph) => graphStep(graph, metadata)),
    textTableStep(folder, model.llm.textTable),
    tableStep('speech-table', BUNDLE_TABLES.speech, llm.speechVocabularySize * llm.hiddenSize, speechEmbedding.load),
    ...(controlEmbedding
      ? [tableStep('control-table', BUNDLE_TABLES.control, 2 * llm.hiddenSize, controlEmbedding.load)]
      : []),
    modulationStep(flow, estimator.modulation),
    ...sources.filter(({ file }) => copied.includes(file)).map((source) => copyStep(folder, source)),
  ]
  const fingerprint = createHash('sha256').update(JSON.stringify({ model, metadata })).digest('hex')
  return {
    model,
    steps,
    verification: verificationSize(folder),
    fingerprint,
    sources,
    precision,
    missing: found.flatMap(({ file, at }) => (at === undefined ? [file] : [])),
  }
}
