import { AppError } from '../../shared/kernel/index.ts'
import { int8Saturates } from '../cosyvoice/index.ts'
import type { BundlePrecision, ModelDescription, VerificationReport } from '../model-bundle/index.ts'
import { type CheckpointFolder, openCheckpointFolder } from './checkpoint-folder.ts'
import type { ConversionPlan } from './conversion-plan.ts'
import { planConversion, type ReadingJob } from './plan-conversion.ts'
import type { VerificationJob, WritingJob } from './run-verification.ts'
import { verifyConversion } from './verify/verify-conversion.ts'
import { type WrittenBundle, writeBundle } from './write-bundle.ts'

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

/** All of the checkpoint is read before the first progress. */
export type CheckpointJob = WritingJob & ReadingJob

export type ConvertedCheckpoint = WrittenBundle & { readonly plan: ConversionPlan }

/** What a comparison looks at: the open checkpoint, and the graphs of its plan in a folder. */
export type WrittenGraphs = { folder: CheckpointFolder; plan: ConversionPlan; directory: string }

export type ConversionDeps = {
  /** Whether the short 8-bit products of this machine are exact. */
  isInt8Exact(): boolean | Promise<boolean>
  verifyConversion(written: WrittenGraphs, job: VerificationJob): Promise<VerificationReport>
}

const isQuantised = ({ llm, flow }: ModelDescription): boolean => llm.weights !== 'fp32' || flow.weights !== 'fp32'

/** Processors do not compute in 16 bits, and the graph for them has no such form. */
const checkPrecision = (precision: BundlePrecision, llmWeights: LlmWeights | undefined): void => {
  if (llmWeights !== 'fp16' || precision === 'gpu') return
  throw new AppError('usage.invalid', {
    params: { detail: `fp16 weights of the language model go with the precision gpu, not ${precision}` },
    remedies: ['choose-another-precision', 'see-help'],
  })
}

/**
 * Turns a checkpoint into a bundle: plans it, writes it, compares it.
 * @throws AppError as `openCheckpointFolder` and `writeBundle`; `usage.invalid` for weights that the precision cannot have.
 *   AppCancel
 */
export const convertWith =
  ({ isInt8Exact, verifyConversion }: ConversionDeps) =>
  async (
    { checkpointDirectory, outDirectory, precision, llmWeights, verify }: ConversionRequest,
    { onBytesRead, ...job }: CheckpointJob,
  ): Promise<ConvertedCheckpoint> => {
    checkPrecision(precision, llmWeights)
    await using folder = await openCheckpointFolder(checkpointDirectory)
    const options = { precision, llmWeights, isInt8Exact: await isInt8Exact() }
    const plan = await planConversion(folder, options, { signal: job.signal, onBytesRead })
    const compare = (directory: string, comparing: VerificationJob): Promise<VerificationReport> =>
      verifyConversion({ folder, plan, directory }, comparing)
    const target = { outDirectory, ...((verify || isQuantised(plan.model)) && { verify: compare }) }
    const written = await writeBundle(plan, target, job)
    return { ...written, plan }
  }

/**
 * Turns a checkpoint into a bundle for this machine.
 * @throws AppError as `convertWith`; `model.graph-rejected`. AppCancel
 */
export const convertCheckpoint = convertWith({ isInt8Exact: async () => !(await int8Saturates()), verifyConversion })
