import type { ModelDescription } from '../../model-bundle/index.ts'
import { otherExport } from './community-errors.ts'
import { COMMUNITY_GRAPHS, type CommunityGraph } from './community-files.ts'
import type { GraphOutline, GraphTensor } from './graph-outline.ts'
import type { CommunityFolder } from './inspect-community-model.ts'

/** CosyVoice 3 0.5B, where its graphs leave a size open. @source FunAudioLLM/CosyVoice cosyvoice3.yaml, cosyvoice/llm/llm.py */
const PRESET = {
  hiddenSize: 896,
  layers: 24,
  keyValueHeads: 2,
  headSize: 64,
  textVocabularySize: 151_936,
  speechVocabularySize: 6761,
  speechCodes: 6561,
  melBins: 80,
} as const

/** Behind the speech codes: sos, eos, task, fill. @source FunAudioLLM/CosyVoice cosyvoice/llm/llm.py CosyVoice3LM */
const MARK = { sos: 0, eos: 1, task: 2, fill: 3 } as const
const MARKS = 4

/** Numbers of Euler steps that are offered; the estimator is told the time and takes any. */
const STEP_COUNTS = [5, 6, 8, 10, 16]

/** The table of an embedding, the one tensor with two dimensions in its graph. */
const tableOf = ({ tensors }: GraphOutline): GraphTensor | undefined => {
  const tables = tensors.filter(({ dims }) => dims.length === 2)
  return tables.length === 1 ? tables[0] : undefined
}

/**
 * What the graphs say of the model's sizes. Its marks stand behind the speech codes, as CosyVoice 3 has them; the layer that
 * merges the harmonics of the source stays in its graph, as the modulation of the estimator does.
 * @throws AppError model.graph-rejected where the graphs are not of one model
 */
export const communityDescription = ({ outlines }: Pick<CommunityFolder, 'outlines'>): ModelDescription => {
  const dimension = (graph: CommunityGraph, port: string, axis: number): number | undefined =>
    [...outlines[graph].inputs, ...outlines[graph].outputs].find(({ name }) => name === port)?.dims[axis]
  const hiddenSize = dimension('llmDecode', 'inputs_embeds', 2) ?? PRESET.hiddenSize
  const stack = dimension('llmDecode', 'past_key_values', 0) ?? 2 * PRESET.layers
  const headSize = dimension('llmDecode', 'past_key_values', 4) ?? PRESET.headSize
  const melBins = dimension('estimator', 'x', 1) ?? PRESET.melBins
  const speechVocabularySize = dimension('llmHead', 'logits', 1) ?? PRESET.speechVocabularySize
  const speechCodes = tableOf(outlines.flowEmbedding)?.dims[0] ?? PRESET.speechCodes

  const agree = (graph: CommunityGraph, what: string, found: number | undefined, expected: number): void => {
    if (found !== undefined && found !== expected)
      throw otherExport(COMMUNITY_GRAPHS[graph].file, `${what} is ${found}, where the other graphs have ${expected}`)
  }
  agree('llmInitial', 'its width', dimension('llmInitial', 'inputs_embeds', 2), hiddenSize)
  agree('llmHead', 'its width', dimension('llmHead', 'hidden_state', 2), hiddenSize)
  agree('textEmbedding', 'its width', dimension('textEmbedding', 'embeddings', 2), hiddenSize)
  agree('speechEmbedding', 'its width', dimension('speechEmbedding', 'embedded', 2), hiddenSize)
  agree('preLookahead', 'its width', dimension('preLookahead', 'h', 2), melBins)
  agree('vocoder', 'its number of mel bins', dimension('vocoder', 'mel', 1), melBins)
  if (speechVocabularySize < speechCodes + MARKS)
    throw otherExport(
      COMMUNITY_GRAPHS.llmHead.file,
      `it scores ${speechVocabularySize} speech tokens, where the flow has ${speechCodes} codes`,
    )
  return {
    architecture: 'cosyvoice3',
    llm: {
      form: 'cpu',
      weights: 'int4',
      hiddenSize,
      layers: stack / 2,
      queryHeads: hiddenSize / headSize,
      keyValueHeads: dimension('llmDecode', 'past_key_values', 2) ?? PRESET.keyValueHeads,
      headSize,
      textVocabularySize: tableOf(outlines.textEmbedding)?.dims[0] ?? PRESET.textVocabularySize,
      speechVocabularySize,
      sosRow: speechCodes + MARK.sos,
      taskRow: speechCodes + MARK.task,
      eosId: speechCodes + MARK.eos,
      fillId: speechCodes + MARK.fill,
      firstStopId: speechCodes,
      textTable: 'float32',
    },
    flow: {
      weights: 'fp32',
      speechCodes,
      melBins,
      framesPerToken: 2,
      lookaheadTokens: 3,
      chunkTokens: 25,
      modulation: { rows: 0, width: 0, stepCounts: STEP_COUNTS },
    },
    vocoder: {
      isCausal: true,
      sampleRateHz: 24_000,
      melBins,
      samplesPerFrame: 480,
      stftSize: 16,
      stftHop: 4,
      pitchLookaheadFrames: 3,
      decoderLookaheadFrames: 4,
      sourceWeights: [],
      sourceBias: 0,
    },
  }
}
