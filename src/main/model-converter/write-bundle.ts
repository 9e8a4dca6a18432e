import { lstat, mkdir, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError, type AppErrorCode, assert } from '../../shared/kernel/index.ts'
import { discard, discardAfter, errnoOf, ifAbsent, syncFile, syncFolder, writeDurably } from '../disk/index.ts'
import {
  BUNDLE_FORMAT_VERSION,
  type Bundle,
  type BundleFile,
  type BundleManifest,
  bundleManifestSchema,
  bundlePathSchema,
  checkFreeSpace,
  claimFolder,
  hashFile,
  MANIFEST_FILE,
  onDisk,
  openBundle,
  REPORT_FILE,
  readReport,
  type VerificationReport,
  verificationReportJson,
} from '../model-bundle/index.ts'
import { type ConversionJob, type ConversionPlan, type ConversionStep, sizeOfSteps } from './conversion-plan.ts'
import { CONVERTER_VERSION } from './converter-version.ts'
import { type FinishedSteps, occupied, PROGRESS_FILE, recordProgress, resumePartial } from './partial-bundle.ts'
import { runVerification, throwIfCancelled, totalBytesOf, type Verify, type WritingJob } from './run-verification.ts'

export type BundleTarget = {
  readonly outDirectory: string
  /** Measures the written graphs in `directory`, before there is a manifest. */
  readonly verify?: Verify
}

export type WrittenBundle = {
  /** Absolute, links resolved. */
  readonly directory: string
  /** `already-there`: the same bundle, converted earlier; nothing was written. */
  readonly outcome: 'written' | 'already-there'
  /** Steps that an interrupted conversion had finished and that were not run again. */
  readonly resumedSteps: readonly string[]
  /** Absent where `verify` was. */
  readonly report?: VerificationReport
}

/**
 * Writes the bundle of a plan. All work happens in `<out>.partial`, which has no manifest and thus is no bundle; when every
 * byte is on the disk and the verification has passed, it becomes `<out>` by one rename.
 *
 * Where that does not come to pass (a full disk, no right to write, a cancel, a killed process, a power cut), `<out>` is as
 * it was, and `<out>.partial` keeps the steps that were finished: the same call carries on from there. It goes away when
 * nothing was finished yet, and when the verification fails or ONNX Runtime refuses a graph, since the same bytes would
 * fail again. What a killed process has left of a verification goes away when work there begins again. Beside these two
 * only `<out>.claim.<pid>.<run>` is ever made, an empty file that keeps other converters off.
 *
 * A bundle that lies there already is verified when `verify` is given and its conversion was not; it stays whatever comes
 * out, and `<out>.partial` is gone afterwards.
 * @param plan its step files must not overlap
 * @throws AppError `model.output-exists` (`<out>` is neither free, nor an empty folder, nor this very bundle),
 *   `model.disk-full` (with both sizes before the first byte; midway they are 'none'), `model.not-writable`,
 *   `model.busy` (retryable: another converter works on the same `<out>`), `model.verification-failed` (`reportOfFailure`
 *   has the figures); whatever a step throws. AppCancel
 */
export const writeBundle = async (
  plan: ConversionPlan,
  target: BundleTarget,
  job: WritingJob,
): Promise<WrittenBundle> => {
  checkPlan(plan)
  throwIfCancelled(job.signal)
  return onDisk(path.dirname(path.resolve(target.outDirectory)), async () => {
    const out = await resolveOutput(target.outDirectory)
    const known = await findFinished(out, plan)
    if (known && (await isDone(known, target))) return alreadyThere(known)
    await using _claim = await claimFolder(out)
    // Awaited here: the claim is held until this block is left.
    return await writeClaimed(plan, { ...target, outDirectory: out }, job)
  })
}

const writeClaimed = async (plan: ConversionPlan, target: BundleTarget, job: WritingJob): Promise<WrittenBundle> => {
  const { outDirectory: out, verify } = target
  const partial = `${out}.partial`
  // Another converter may have finished while this one came to its claim, or died between its last two moves.
  if (!(await findFinished(out, plan)) && (await isFinishedPartial(partial, plan))) await moveIntoPlace(partial, out)
  const known = await findFinished(out, plan)
  if (known)
    return verify && !(await isDone(known, target)) ? verifyThere(known, plan, verify, job) : alreadyThere(known)

  const finished = await resumePartial(partial, plan)
  const resumedSteps = [...finished.keys()]
  const remainingBytes = sizeOfSteps(plan.steps.filter(({ id }) => !finished.has(id)))
  await checkFreeSpace(path.dirname(out), remainingBytes + (verify ? plan.verification.diskBytes : 0))
  try {
    await runSteps(plan, partial, finished, { ...job, totalBytes: totalBytesOf(plan, verify) })
  } catch (error) {
    if (finished.size === 0) await discardAfter(error, partial)
    throw error
  }
  const report = verify && (await verifyPartial(verify, partial, plan, job))
  throwIfCancelled(job.signal)
  await writeDurably(path.join(partial, MANIFEST_FILE), `${JSON.stringify(manifestOf(plan, finished), null, 2)}\n`)
  await rm(path.join(partial, PROGRESS_FILE))
  await moveIntoPlace(partial, out)
  return { directory: out, outcome: 'written', resumedSteps, ...(report && { report }) }
}

const runSteps = async (
  plan: ConversionPlan,
  partial: string,
  finished: FinishedSteps,
  { signal, progress, totalBytes }: WritingJob & { totalBytes: number },
): Promise<void> => {
  let doneBytes = 0
  await recordProgress(partial, plan, finished)
  for (const step of plan.steps) {
    const stepStartBytes = doneBytes
    const stepEndBytes = doneBytes + step.sizeBytes
    const onBytes = (bytes: number): void => {
      doneBytes = Math.min(stepEndBytes, doneBytes + bytes)
      progress({ stepId: step.id, doneBytes, totalBytes })
    }
    onBytes(0)
    if (!finished.has(step.id)) {
      finished.set(step.id, await runStep(step, partial, { signal, onBytes }))
      await recordProgress(partial, plan, finished)
    }
    onBytes(stepEndBytes - stepStartBytes)
  }
}

const runStep = async (step: ConversionStep, partial: string, job: ConversionJob): Promise<BundleFile[]> => {
  const { signal } = job
  const paths = step.files.map((file) => path.join(partial, file))
  const folders = new Set(paths.map((file) => path.dirname(file)))
  try {
    for (const folder of folders) await mkdir(folder, { recursive: true })
    await step.write(partial, job)
    const files: BundleFile[] = []
    for (const file of step.files) files.push(await sealFile(partial, file, step.id, signal))
    for (const folder of folders) await syncFolder(folder)
    return files
  } catch (error) {
    // Half a file helps nobody and may fill the disk. What cannot be removed now is removed when the work is resumed.
    await Promise.allSettled(paths.map((file) => rm(file, { force: true })))
    throw error
  }
}

/** Waits until a file is on the disk and reads it back for its checksum. */
const sealFile = async (partial: string, file: string, part: string, signal: AbortSignal): Promise<BundleFile> => {
  throwIfCancelled(signal)
  const absolute = path.join(partial, file)
  await syncFile(absolute)
  const { size: sizeBytes } = await stat(absolute)
  const sha256 = await hashFile(absolute, { signal, onBytes: () => undefined })
  return { path: file, part, sizeBytes, sha256 }
}

const verifyPartial = async (
  verify: Verify,
  partial: string,
  plan: ConversionPlan,
  job: WritingJob,
): Promise<VerificationReport> => {
  try {
    const report = await runVerification(verify, { directory: partial, partial }, plan, job)
    await writeReport(partial, report)
    return report
  } catch (error) {
    if (error instanceof AppError && HOPELESS.includes(error.code)) await discardAfter(error, partial)
    throw error
  }
}

/** The same bytes would come to the same end. */
const HOPELESS: readonly AppErrorCode[] = ['model.verification-failed', 'model.graph-rejected']

const writeReport = (directory: string, report: VerificationReport): Promise<void> =>
  writeDurably(path.join(directory, REPORT_FILE), `${verificationReportJson(report, 2)}\n`)

const manifestOf = (plan: ConversionPlan, finished: FinishedSteps): BundleManifest =>
  bundleManifestSchema.parse({
    formatVersion: BUNDLE_FORMAT_VERSION,
    converterVersion: CONVERTER_VERSION,
    fingerprint: plan.fingerprint,
    precision: plan.precision,
    model: plan.model,
    sources: plan.sources,
    missing: plan.missing,
    files: plan.steps.flatMap(({ id }) => finished.get(id) ?? []),
  })

const moveIntoPlace = async (partial: string, out: string): Promise<void> => {
  await rmdir(out).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') throw occupied(out)
    if (errnoOf(error) !== 'ENOENT') throw error
  })
  await rename(partial, out)
  await syncFolder(path.dirname(out))
}

const isDone = async ({ directory }: Bundle, { verify }: BundleTarget): Promise<boolean> =>
  !verify || (await readReport(directory)) !== undefined

const alreadyThere = async ({ directory }: Bundle): Promise<WrittenBundle> => {
  const report = await readReport(directory)
  return { directory, outcome: 'already-there', resumedSteps: [], ...(report && { report }) }
}

const verifyThere = async (
  { directory }: Bundle,
  plan: ConversionPlan,
  verify: Verify,
  job: WritingJob,
): Promise<WrittenBundle> => {
  const partial = `${directory}.partial`
  await resumePartial(partial, plan)
  await checkFreeSpace(path.dirname(directory), plan.verification.diskBytes)
  await recordProgress(partial, plan, new Map())
  try {
    const report = await runVerification(verify, { directory, partial }, plan, job)
    await writeReport(directory, report)
    return { directory, outcome: 'already-there', resumedSteps: [], report }
  } finally {
    await discard(partial)
  }
}

/** @returns this plan's bundle; undefined where there is nothing yet. @throws AppError `model.output-exists` */
const findFinished = async (out: string, plan: ConversionPlan): Promise<Bundle | undefined> => {
  let names: string[]
  try {
    names = await readdir(out)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw errnoOf(error) === 'ENOTDIR' ? occupied(out) : error
  }
  if (names.length === 0) return undefined
  const bundle = await bundleOf(out, plan)
  if (!bundle) throw occupied(out)
  return bundle
}

/** All was done but the last move. */
const isFinishedPartial = async (partial: string, plan: ConversionPlan): Promise<boolean> => {
  const bundle = (await isLink(partial)) ? undefined : await bundleOf(partial, plan)
  return bundle !== undefined && !(await readdir(partial)).includes(PROGRESS_FILE)
}

const bundleOf = async (directory: string, plan: ConversionPlan): Promise<Bundle | undefined> => {
  try {
    const bundle = await openBundle(directory)
    const { fingerprint, converterVersion } = bundle.manifest
    return fingerprint === plan.fingerprint && converterVersion === CONVERTER_VERSION ? bundle : undefined
  } catch (error) {
    // No bundle, a damaged one, a newer one: in any case not this one.
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** Where the bundle will really lie: the work must happen on the same disk. Makes the folders above it. */
const resolveOutput = async (outDirectory: string): Promise<string> => {
  const absolute = path.resolve(outDirectory)
  const parent = path.dirname(absolute)
  await mkdir(parent, { recursive: true })
  if (!(await isLink(absolute))) return path.join(await realpath(parent), path.basename(absolute))
  return realpath(absolute).catch(() => {
    // A link that leads nowhere is not ours to replace.
    throw occupied(absolute)
  })
}

const isLink = async (file: string): Promise<boolean> => {
  const found = await lstat(file).catch(ifAbsent(undefined))
  return found?.isSymbolicLink() ?? false
}

const checkPlan = ({ steps }: ConversionPlan): void => {
  const ids = steps.map(({ id }) => id)
  const files = steps.flatMap((step) => step.files)
  assert(new Set(ids).size === ids.length, 'every step has an id of its own')
  assert(new Set(files).size === files.length, 'no two steps write the same file')
  for (const file of files)
    assert(bundlePathSchema.safeParse(file).success && file !== PROGRESS_FILE, `${file} may be a file of a bundle`)
}
