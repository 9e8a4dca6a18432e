import path from 'node:path'
import type { ModelDescription } from '../../src/main/model-bundle/index.ts'
import { type CheckpointFolder, openCheckpointFolder } from '../../src/main/model-converter/checkpoint-folder.ts'

export const TINY_CHECKPOINTS = ['cosyvoice2-tiny', 'cosyvoice3-tiny'] as const
export type TinyCheckpoint = (typeof TINY_CHECKPOINTS)[number]

export const tinyCheckpointDirectory = (name: TinyCheckpoint): string =>
  path.resolve(import.meta.dirname, '../fixtures', name, 'checkpoint')

export const openTinyCheckpoint = (name: TinyCheckpoint): Promise<CheckpointFolder> =>
  openCheckpointFolder(tinyCheckpointDirectory(name))

/** What a decoder asks of a description; rows of marks are not among it. */
export const llmDescription = (
  { llm }: CheckpointFolder,
  form: ModelDescription['llm']['form'],
  weights: ModelDescription['llm']['weights'],
): ModelDescription['llm'] => ({
  form,
  weights,
  hiddenSize: llm.hiddenSize,
  layers: llm.layers.length,
  queryHeads: llm.queryHeads,
  keyValueHeads: llm.keyValueHeads,
  headSize: llm.headSize,
  textVocabularySize: llm.textVocabularySize,
  speechVocabularySize: llm.speechVocabularySize,
  sosRow: 0,
  taskRow: 1,
  eosId: 0,
  fillId: 0,
  firstStopId: 0,
  textTable: 'float32',
})
