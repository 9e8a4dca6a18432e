import path from 'node:path'
import type { ModelFolder } from '../../src/main/cosyvoice/index.ts'
import { type BundlePrecision, type ModelDescription, openBundle } from '../../src/main/model-bundle/index.ts'
import { type CheckpointFolder, openCheckpointFolder } from '../../src/main/model-converter/checkpoint-folder.ts'
import { convertWith } from '../../src/main/model-converter/index.ts'

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

export type TinyPrecision = { precision: BundlePrecision; llmWeights?: ModelDescription['llm']['weights'] }

/** A whole bundle of a tiny checkpoint, as for a machine whose 8-bit products are exact; not compared with its checkpoint. */
export const writeTinyBundle = async (
  name: TinyCheckpoint,
  outDirectory: string,
  precision: TinyPrecision,
): Promise<ModelFolder> => {
  const convert = convertWith({ isInt8Exact: () => true, verifyConversion: async () => ({ graphs: [] }) })
  const request = { checkpointDirectory: tinyCheckpointDirectory(name), outDirectory, verify: false, ...precision }
  const job = { signal: new AbortController().signal, onBytesRead: () => undefined, progress: () => undefined }
  await convert(request, job)
  const { directory, manifest } = await openBundle(outDirectory)
  return { directory, description: manifest.model }
}
