import path from 'node:path'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { FORBIDDEN, float32Of, type Llm, networkTensor, openLlm, openNetwork } from '../../cosyvoice/index.ts'
import type { GraphVerification, ModelDescription } from '../../model-bundle/index.ts'
import { type LlmTensors, llmGraph, TEXT_EMBEDDING } from '../../networks/index.ts'
import { graphFiles, writeGraph } from '../../onnx/index.ts'
import type { CheckpointFolder } from '../checkpoint-folder.ts'
import { errorFigures, topAgreement } from './compare.ts'
import { sampleIds, sampleNumbers } from './sample-inputs.ts'

type LlmWeights = ModelDescription['llm']['weights']

/** Error of the scores beyond which a conversion is not kept. */
export const LLM_THRESHOLDS: Readonly<Record<LlmWeights, number>> = { fp32: 1e-4, fp16: 1e-2, int8: 5e-2, int4: 0.2 }

const TEXT_IDS = 16
const SPEECH_IDS = 24
/** Positions at the end whose scores are compared: the first by a prompt, the others step by step. */
const SCORED = 12
const SEED = 1

type Sample = { text: readonly number[]; speech: readonly number[] }

/** Scores [SCORED, vocabulary] as the bundle gives them. */
const bundleScores = async (llm: Llm, { text, speech }: Sample, form: 'cpu' | 'gpu'): Promise<Float32Array[]> => {
  const parts = [await llm.sos(), await llm.text(text), await llm.task(), await llm.speech(speech)]
  const hidden = parts[0]?.length ?? 0
  const rows = joined(parts)
  const first = rows.length / hidden - SCORED + 1
  const scores: Float32Array[] = []
  let decoder = llm.decoder()
  for (let end = first; end * hidden <= rows.length; end++) {
    // Keys and values in half precision cannot be handed back on a processor: there every prompt starts anew.
    if (form === 'gpu') decoder = llm.decoder()
    scores.push(await decoder.forward(rows.slice(decoder.length * hidden, end * hidden)))
  }
  return scores
}

const joined = (parts: readonly Float32Array[]): Float32Array<ArrayBuffer> => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** The same from the checkpoint in float32, a layer at a time: the model as a whole would not fit the memory it may use. */
const exactScores = async (
  { llm, llmFile, flow }: CheckpointFolder,
  description: ModelDescription['llm'],
  { text, speech }: Sample,
  temporary: string,
  signal: AbortSignal,
): Promise<Float32Array[]> => {
  const hidden = llm.hiddenSize
  const speechTable = await llm.speechEmbedding.load()
  const controlTable = llm.controlEmbedding ? await llm.controlEmbedding.load() : speechTable
  const row = (table: Float32Array, id: number): Float32Array => table.subarray(id * hidden, (id + 1) * hidden)
  const textRows: Float32Array[] = []
  for (const id of text) textRows.push(await llmFile.readRows(TEXT_EMBEDDING, id, id + 1))
  let rows = joined([
    row(controlTable, description.sosRow),
    ...textRows,
    row(controlTable, description.taskRow),
    ...speech.map((id) => row(speechTable, Math.min(id, flow.speechCodes - 1))),
  ])
  const count = rows.length / hidden
  const bias = causalBias(llm, count)
  const width = llm.keyValueHeads * llm.headSize
  const empty = networkTensor(new Float32Array(0), [1, 0, width])

  const runPart = async (part: { layer: number } | 'head', input: Float32Array): Promise<Float32Array> => {
    if (signal.aborted) throw new AppCancel()
    const name = part === 'head' ? 'exact-head' : `exact-layer-${part.layer}`
    const graph = llmGraph(llm, { name, form: 'cpu', weights: 'float32', part })
    await writeGraph(graph, temporary, {}, { signal, onBytes: () => {} })
    await using network = await openNetwork(path.join(temporary, graphFiles(name).model), { isFrugal: true })
    const layerInputs =
      part === 'head'
        ? {}
        : {
            position: networkTensor(BigInt64Array.of(0n), [1]),
            attention_bias: bias,
            [`past_key.${part.layer}`]: empty,
            [`past_value.${part.layer}`]: empty,
          }
    const output = part === 'head' ? 'logits' : 'hidden'
    const outputs = await network.run(
      { inputs_embeds: networkTensor(input, [1, input.length / hidden, hidden]), ...layerInputs },
      [output],
    )
    return float32Of(outputs[output])
  }
  for (const layer of llm.layers.keys()) rows = Float32Array.from(await runPart({ layer }, rows))
  const scores: Float32Array[] = []
  for (let end = count - SCORED; end < count; end++)
    scores.push(await runPart('head', rows.slice(end * hidden, (end + 1) * hidden)))
  return scores
}

const causalBias = ({ queryHeads, keyValueHeads }: LlmTensors, count: number) => {
  const group = queryHeads / keyValueHeads
  const bias = new Float32Array(count * group * count)
  for (let query = 0; query < count * group; query++)
    bias.fill(FORBIDDEN, query * count + Math.floor(query / group) + 1, (query + 1) * count)
  return networkTensor(bias, [1, 1, count * group, count])
}

/**
 * Scores of a made-up text and speech, from the bundle and from the checkpoint.
 * @param temporary a folder for parts of the exact model
 * @throws AppCancel
 */
export const verifyLlm = async (
  checkpoint: CheckpointFolder,
  bundle: { directory: string; description: ModelDescription },
  temporary: string,
  signal: AbortSignal,
): Promise<GraphVerification> => {
  const { llm } = bundle.description
  const next = sampleNumbers(SEED)
  const sample = {
    text: sampleIds(next, TEXT_IDS, llm.textVocabularySize),
    speech: sampleIds(next, SPEECH_IDS, bundle.description.flow.speechCodes),
  }
  const measured = await (async () => {
    await using opened = await openLlm(bundle)
    return joined(await bundleScores(opened, sample, llm.form))
  })()
  const exact = joined(await exactScores(checkpoint, llm, sample, temporary, signal))
  return {
    graph: 'llm',
    figures: [
      ...errorFigures(measured, exact, LLM_THRESHOLDS[llm.weights]),
      { name: 'top-1 agreement', measured: topAgreement(measured, exact, llm.speechVocabularySize) },
    ],
  }
}
