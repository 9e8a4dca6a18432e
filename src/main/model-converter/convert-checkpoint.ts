import { int8Saturates } from '../cosyvoice/index.ts'
import type { BundlePrecision, ModelDescription, VerificationReport } from '../model-bundle/index.ts'
import { type CheckpointFolder, openCheckpointFolder } from './checkpoint-folder.ts'
import type { ConversionJob, ConversionPlan } from './conversion-plan.ts'
import { planConversion } from './plan-conversion.ts'
import { verifyConversion } from './verify/verify-conversion.ts'
import { type WritingJob, type WrittenBundle, writeBundle } from './write-bundle.ts'

/** How the weights of the language model are kept. */
export type LlmWeights = ModelDescription['llm']['weights']

export type ConversionRequest = {
  readonly checkpointDirectory: string
  readonly outDirectory: string
  readonly precision: BundlePrecision
  /** Preset: what the precision says. */
  readonly llmWeights?: LlmWeights | undefined
  /** Compares the graphs with the checkpoint also where nothing was quantised. Quantised ones are always compared. */
  readonly verify: boolean
}

export type CheckpointJob = WritingJob & {
  /** Bytes of the checkpoint read since the last call; all of them come before the first progress. */
  onBytesRead(bytes: number): void
}

export type ConvertedCheckpoint = WrittenBundle & { readonly plan: ConversionPlan }

/** What a comparison looks at: the open checkpoint, and the graphs of its plan in a folder. */
export type WrittenGraphs = { folder: CheckpointFolder; plan: ConversionPlan; directory: string }

export type ConversionDeps = {
  /** Whether the short 8-bit products of this machine are exact. */
  isInt8Exact(): boolean | Promise<boolean>
  verifyConversion(written: WrittenGraphs, job: ConversionJob): Promise<VerificationReport>
}

const isQuantised = ({ llm, flow }: ModelDescription): boolean => llm.weights !== 'fp32' || flow.weights !== 'fp32'

/**
 * Turns a checkpoint into a bundle: plans it, writes it, compares it.
 * @throws AppError as `openCheckpointFolder` and `writeBundle`. AppCancel
 */
export const convertWith =
  ({ isInt8Exact, verifyConversion }: ConversionDeps) =>
  async (
    { checkpointDirectory, outDirectory, precision, llmWeights, verify }: ConversionRequest,
    { onBytesRead, ...job }: CheckpointJob,
  ): Promise<ConvertedCheckpoint> => {
    await using folder = await openCheckpointFolder(checkpointDirectory)
    const options = { precision, llmWeights, isInt8Exact: await isInt8Exact() }
    const plan = await planConversion(folder, options, { signal: job.signal, onBytes: onBytesRead })
    const compare = (directory: string, comparing: ConversionJob): Promise<VerificationReport> =>
      verifyConversion({ folder, plan, directory }, comparing)
    const target = { outDirectory, ...((verify || isQuantised(plan.model)) && { verify: compare }) }
    const written = await writeBundle(plan, target, job)
    return { ...written, plan }
  }

/**
 * Turns a checkpoint into a bundle for this machine.
 * @throws AppError as `openCheckpointFolder` and `writeBundle`; `model.graph-rejected`. AppCancel
 */
export const convertCheckpoint = convertWith({ isInt8Exact: async () => !(await int8Saturates()), verifyConversion })
