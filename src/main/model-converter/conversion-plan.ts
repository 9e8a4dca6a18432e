import type { BundlePrecision, BundleSource, ModelDescription } from '../model-bundle/index.ts'

export type ConversionJob = {
  signal: AbortSignal
  /** Bytes written since the last call. */
  onBytes(bytes: number): void
}

/** One self-contained part of a bundle. Running it again writes the same bytes. */
export type ConversionStep = {
  /** 'llm', 'flow-estimator', 'text-table', 'tokenizer' ... */
  readonly id: string
  /** Relative to the bundle, '/'-separated. Their folders exist when `write` is called. */
  readonly files: readonly string[]
  /** Of all its files together. */
  readonly sizeBytes: number
  /** @throws AppCancel soon after the signal */
  write(directory: string, job: ConversionJob): Promise<void>
}

/** What a verification adds to the bytes of the steps. */
export type VerificationSize = {
  /** On the disk at one time. */
  readonly diskBytes: number
  /** Written in all, one thing after another. */
  readonly writtenBytes: number
}

export type ConversionPlan = {
  readonly model: ModelDescription
  readonly steps: readonly ConversionStep[]
  readonly verification: VerificationSize
  /** Names the inputs and the options: equal fingerprints write equal bundles. A partial bundle with another one is not resumed. */
  readonly fingerprint: string
  readonly sources: readonly BundleSource[]
  readonly precision: BundlePrecision
  /** Files of the official checkpoint that the folder lacks and the bundle can be made without, e.g. 'campplus.onnx'. */
  readonly missing: readonly string[]
}

/** Bytes of everything the steps will write. */
export const sizeOfSteps = (steps: readonly ConversionStep[]): number =>
  steps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
