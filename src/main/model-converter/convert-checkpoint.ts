import type { BundlePrecision, VerificationReport } from '../model-bundle/index.ts'
import type { ConversionJob, ConversionPlan } from './conversion-plan.ts'
import { type WritingJob, type WrittenBundle, writeBundle } from './write-bundle.ts'

/** How the weights of the language model are kept; where it is not said, the precision decides. */
export type LlmWeights = 'int8' | 'int4' | 'fp16' | 'fp32'

export type ConversionSource = {
  readonly checkpointDirectory: string
  readonly precision: BundlePrecision
  readonly llmWeights?: LlmWeights
}

export type ConversionRequest = ConversionSource & {
  readonly outDirectory: string
  /** Compares the graphs with the checkpoint also where nothing was quantised. Quantised ones are always compared. */
  readonly verify: boolean
}

export type CheckpointJob = WritingJob & {
  /** Bytes of the checkpoint read since the last call, before the first progress. */
  onBytesRead(bytes: number): void
}

export type ConvertedCheckpoint = WrittenBundle & { readonly plan: ConversionPlan }

/** The two halves that know networks. */
export type ConversionDeps = {
  planConversion(source: ConversionSource, job: ConversionJob): Promise<ConversionPlan>
  verifyConversion(
    written: { plan: ConversionPlan; checkpointDirectory: string; directory: string },
    job: ConversionJob,
  ): Promise<VerificationReport>
}

/** Turns a checkpoint into a bundle: plans it, writes it, compares it. @throws AppError, AppCancel as its three parts do */
export const convertWith =
  ({ planConversion, verifyConversion }: ConversionDeps) =>
  async (request: ConversionRequest, job: CheckpointJob): Promise<ConvertedCheckpoint> => {
    const { checkpointDirectory, outDirectory } = request
    const { signal } = job
    const plan = await planConversion(request, { signal, onBytes: job.onBytesRead })
    const isExact = request.precision === 'fp32' && (request.llmWeights ?? 'fp32') === 'fp32'
    const isVerified = request.verify || !isExact
    const target = {
      outDirectory,
      ...(isVerified && {
        verify: (directory: string, verifying: ConversionJob) =>
          verifyConversion({ plan, checkpointDirectory, directory }, verifying),
      }),
    }
    return { ...(await writeBundle(plan, target, job)), plan }
  }
