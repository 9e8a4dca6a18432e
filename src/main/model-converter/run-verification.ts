import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel } from '../../shared/kernel/index.ts'
import { discardAfter } from '../disk/index.ts'
import type { VerificationReport } from '../model-bundle/index.ts'
import { type ConversionJob, type ConversionPlan, sizeOfSteps } from './conversion-plan.ts'
import { verificationFailure } from './judge-report.ts'
import { SCRATCH_FOLDER } from './partial-bundle.ts'

export type ConversionProgress = {
  /** The step at work, or `verification: <graph>` when everything is written. */
  readonly stepId: string
  /** Never goes backwards. Steps that an earlier conversion has finished are counted at once. */
  readonly doneBytes: number
  /** Of the steps, and of what the verification writes to compare them with. */
  readonly totalBytes: number
}

export type WritingJob = { signal: AbortSignal; progress(progress: ConversionProgress): void }

export type VerificationJob = ConversionJob & {
  /** An empty folder on the disk of the bundle, gone when the verification is over. */
  readonly scratchDirectory: string
  /** Says which graph is being compared. */
  onGraph(graph: string): void
}

/** Measures the written graphs in `directory`. */
export type Verify = (directory: string, job: VerificationJob) => Promise<VerificationReport>

export const throwIfCancelled = (signal: AbortSignal): void => {
  if (signal.aborted) throw new AppCancel()
}

/** What all progress of a conversion adds up to. */
export const totalBytesOf = ({ steps, verification }: ConversionPlan, verify: Verify | undefined): number =>
  sizeOfSteps(steps) + (verify ? verification.writtenBytes : 0)

/**
 * Compares the graphs in `directory` and judges the report. What that needs is written into `partial` and removed from there.
 * @throws AppError `model.verification-failed`; whatever `verify` throws. AppCancel
 */
export const runVerification = async (
  verify: Verify,
  { directory, partial }: { directory: string; partial: string },
  plan: ConversionPlan,
  { signal, progress }: WritingJob,
): Promise<VerificationReport> => {
  const totalBytes = totalBytesOf(plan, verify)
  let doneBytes = sizeOfSteps(plan.steps)
  let stepId = 'verification'
  const onBytes = (bytes: number): void => {
    doneBytes = Math.min(totalBytes, doneBytes + bytes)
    progress({ stepId, doneBytes, totalBytes })
  }
  const onGraph = (graph: string): void => {
    stepId = `verification: ${graph}`
    onBytes(0)
  }
  const scratchDirectory = path.join(partial, SCRATCH_FOLDER)
  throwIfCancelled(signal)
  try {
    await mkdir(scratchDirectory)
    const report = await verify(directory, { signal, onBytes, onGraph, scratchDirectory })
    const failure = verificationFailure(report)
    if (failure) throw failure
    await rm(scratchDirectory, { recursive: true })
    onBytes(totalBytes - doneBytes)
    return report
  } catch (error) {
    return await discardAfter(error, scratchDirectory)
  }
}
