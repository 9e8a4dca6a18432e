import path from 'node:path'
import { concatFloat32 } from '../../../shared/audio/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import {
  causalBias,
  float32Of,
  type Llm,
  type ModelFolder,
  type Network,
  type NetworkValue,
  networkTensor,
  openLlm,
  openNetwork,
} from '../../cosyvoice/index.ts'
import type { ModelDescription, VerificationFigure } from '../../model-bundle/index.ts'
import { TEXT_EMBEDDING } from '../../networks/index.ts'
import { graphFiles, type OnnxGraph } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import type { VerificationJob } from '../run-verification.ts'
import { errorFigures, relativeError, topAgreement } from './compare.ts'
import { exactLlmParts, LLM_PART, writeExactGraphs } from './exact-graphs.ts'
import { sampleIds, sampleNumbers } from './sample-inputs.ts'

type LlmWeights = ModelDescription['llm']['weights']

/** Error of the scores beyond which a conversion is not kept: several times what rounding costs, far below what a fault does. */
export const LLM_THRESHOLDS: Readonly<Record<LlmWeights, number>> = { fp32: 1e-4, fp16: 2e-2, int8: 0.15, int4: 0.4 }

/** Error of the embeddings, of which those of texts may be rounded to half precision. */
export const EMBEDDING_THRESHOLDS: Readonly<Record<ModelDescription['llm']['textTable'], number>> = {
  float16: 1e-3,
  float32: 0,
}

const TEXT_IDS = 16
const SPEECH_IDS = 24
/** Positions at the end whose scores are compared: the first by a prompt, the others step by step. */
const SCORED = 12
const SEED = 1

type Sample = { text: readonly number[]; speech: readonly number[] }

const throwIfCancelled = ({ signal }: VerificationJob): void => {
  if (signal.aborted) throw new AppCancel()
}

/** Scores [SCORED, vocabulary] as the bundle gives them for its own embeddings. */
const bundleScores = async (
  llm: Llm,
  rows: Float32Array,
  { form, hiddenSize: hidden }: ModelDescription['llm'],
  job: VerificationJob,
): Promise<Float32Array[]> => {
  const first = rows.length / hidden - SCORED + 1
  const scores: Float32Array[] = []
  let decoder = llm.decoder()
  for (let end = first; end * hidden <= rows.length; end++) {
    throwIfCancelled(job)
    // Keys and values in half precision cannot be handed back on a processor: there every prompt starts anew.
    if (form === 'gpu') decoder = llm.decoder()
    scores.push(await decoder.forward(rows.slice(decoder.length * hidden, end * hidden)))
  }
  return scores
}

/** Writes a part of the exact model, runs it as often as it is asked, and removes it. */
const withPart = async <Result>(
  graph: OnnxGraph,
  job: VerificationJob,
  use: (network: Network) => Promise<Result>,
): Promise<Result> => {
  throwIfCancelled(job)
  await using exact = await writeExactGraphs([graph], job.scratchDirectory, job)
  await using network = await openNetwork(path.join(exact.directory, graphFiles(LLM_PART).model), { isFrugal: true })
  return await use(network)
}

/** Embeddings of a sample as the bundle has them, [positions, hidden]. */
const bundleRows = async (llm: Llm, { text, speech }: Sample): Promise<Float32Array<ArrayBuffer>> =>
  concatFloat32([await llm.sos(), await llm.text(text), await llm.task(), await llm.speech(speech)])

/** The same as the checkpoint has them. */
const exactRows = async (
  { llm, llmFile }: CheckpointFolder,
  { sosRow, taskRow }: ModelDescription['llm'],
  { text, speech }: Sample,
): Promise<Float32Array<ArrayBuffer>> => {
  const speechTable = await llm.speechEmbedding.load()
  const controlTable = llm.controlEmbedding ? await llm.controlEmbedding.load() : speechTable
  const row = (table: Float32Array, id: number): Float32Array =>
    table.subarray(id * llm.hiddenSize, (id + 1) * llm.hiddenSize)
  const textRows: Float32Array[] = []
  for (const id of text) textRows.push(await llmFile.readRows(TEXT_EMBEDDING, id, id + 1))
  return concatFloat32([
    row(controlTable, sosRow),
    ...textRows,
    row(controlTable, taskRow),
    ...speech.map((id) => row(speechTable, id)),
  ])
}

/** The same scores from the checkpoint in float32. */
const exactScores = async (
  { llm }: CheckpointFolder,
  embeddings: Float32Array,
  job: VerificationJob,
): Promise<Float32Array[]> => {
  const hidden = llm.hiddenSize
  let rows = embeddings
  const count = rows.length / hidden
  const group = llm.queryHeads / llm.keyValueHeads
  const bias = networkTensor(causalBias(count, 0, group), [1, 1, count * group, count])
  const width = llm.keyValueHeads * llm.headSize
  const empty = networkTensor(new Float32Array(0), [1, 0, width])
  const run = async (network: Network, input: Float32Array, others: Record<string, NetworkValue>, output: string) => {
    const inputs_embeds = networkTensor(input, [1, input.length / hidden, hidden])
    const outputs = await network.run({ inputs_embeds, ...others }, [output])
    return Float32Array.from(float32Of(outputs[output]))
  }
  const { layers, head } = exactLlmParts(llm)
  for (const [layer, graph] of layers.entries()) {
    const others = {
      position: networkTensor(BigInt64Array.of(0n), [1]),
      attention_bias: bias,
      [`past_key.${layer}`]: empty,
      [`past_value.${layer}`]: empty,
    }
    rows = await withPart(graph, job, (network) => run(network, rows, others, 'hidden'))
  }
  return withPart(head, job, async (network) => {
    const scores: Float32Array[] = []
    for (let end = count - SCORED; end < count; end++)
      scores.push(await run(network, rows.slice(end * hidden, (end + 1) * hidden), {}, 'logits'))
    return scores
  })
}

/** Scores of a made-up text and speech, from the bundle and from the checkpoint. */
export const verifyLlm = async (
  checkpoint: CheckpointFolder,
  model: ModelFolder,
  job: VerificationJob,
): Promise<VerificationFigure[]> => {
  const { llm, flow } = model.description
  const next = sampleNumbers(SEED)
  const sample = {
    text: sampleIds(next, TEXT_IDS, llm.textVocabularySize),
    speech: sampleIds(next, SPEECH_IDS, flow.speechCodes),
  }
  const exactEmbeddings = await exactRows(checkpoint, llm, sample)
  const { embeddings, measured } = await (async () => {
    await using opened = await openLlm(model)
    const rows = await bundleRows(opened, sample)
    return { embeddings: rows, measured: concatFloat32(await bundleScores(opened, rows, llm, job)) }
  })()
  const exact = concatFloat32(await exactScores(checkpoint, exactEmbeddings, job))
  const embeddingError = relativeError(embeddings, exactEmbeddings)
  return [
    ...errorFigures(measured, exact, LLM_THRESHOLDS[llm.weights]),
    { name: 'embedding error', measured: embeddingError, threshold: EMBEDDING_THRESHOLDS[llm.textTable] },
    { name: 'top-1 agreement', measured: topAgreement(measured, exact, llm.speechVocabularySize) },
  ]
}
