import { type BundleFile, type BundlePrecision, type BundleSource, REPORT_FILE } from './bundle-manifest.ts'
import type { ModelDescription } from './model-description.ts'
import { openBundle } from './open-bundle.ts'
import { parseAs, readJson } from './read-json.ts'
import { type VerificationReport, verificationReportSchema } from './verification-report.ts'

type BundlePart = { readonly part: string; readonly files: readonly string[]; readonly sizeBytes: number }

/** What a person may want to know about a bundle. */
export type BundleFacts = {
  readonly directory: string
  readonly converterVersion: string
  readonly precision: BundlePrecision
  readonly model: ModelDescription
  /** In the order in which they were written. */
  readonly parts: readonly BundlePart[]
  /** All files together, the manifest and the report aside. */
  readonly sizeBytes: number
  readonly sources: readonly BundleSource[]
  readonly missing: readonly string[]
  /** Absent where the conversion was not verified. */
  readonly report?: VerificationReport
}

/** @throws AppError as `openBundle`; `model.corrupt` also for a report that cannot be read */
export const inspectBundle = async (directory: string): Promise<BundleFacts> => {
  const bundle = await openBundle(directory)
  const { converterVersion, precision, model, files, sources, missing } = bundle.manifest
  const report = await readReport(bundle.directory)
  return {
    directory: bundle.directory,
    converterVersion,
    precision,
    model,
    parts: partsOf(files),
    sizeBytes: sumOf(files),
    sources,
    missing,
    ...(report && { report }),
  }
}

/** The report of a bundle; undefined where there is none. @throws AppError `model.corrupt` */
export const readReport = async (directory: string): Promise<VerificationReport | undefined> => {
  const json = await readJson(directory, REPORT_FILE)
  return json === undefined ? undefined : parseAs(verificationReportSchema, json, REPORT_FILE)
}

const partsOf = (files: readonly BundleFile[]): BundlePart[] =>
  [...new Set(files.map(({ part }) => part))].map((part) => {
    const own = files.filter((file) => file.part === part)
    return { part, files: own.map((file) => file.path), sizeBytes: sumOf(own) }
  })

const sumOf = (files: readonly { sizeBytes: number }[]): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
