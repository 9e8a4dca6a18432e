import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { waitUntil } from '../clock/index.ts'
import { fileSizeBytes } from '../disk/index.ts'
import { checkFreeSpace, claimFolder, hashFile, onDisk } from '../model-bundle/index.ts'
import { askForSize, type SizeAnswer, whyNotReached } from './ask-for-range.ts'
import { createConnectionLine } from './connection-line.ts'
import { downloadFile } from './download-file.ts'
import type { DownloadsDeps } from './download-files.ts'
import { MAX_FAILURES, STALL_MS } from './fetch-from.ts'
import { forwardOnly, type InstallJob } from './install-model.ts'
import { readPartBytes } from './part-file.ts'
import { retryDelayMs } from './retry-delay.ts'

/** One file from one address, that belongs to no model. */
export type PackageRequest = {
  readonly url: string
  /** Where it goes; absolute. Its folder is this package's alone, and is made where it does not exist. */
  readonly file: string
  /** What a person calls it. */
  readonly name: string
  /** Null: whatever the server says. */
  readonly sizeBytes: number | null
  /** In hex. Null: not known; a person is to say whether it is the right one. */
  readonly sha256: string | null
}
export type FetchedPackage = {
  /** In hex. */
  readonly sha256: string
  readonly sizeBytes: number
}

/** Of a download, what reading it again takes. */
const VERIFY_SHARE = 0.05

/**
 * Downloads one file and says its hash. Called again after a cancel, a failure or a killed process, it carries on; one that
 * is there already is read and not asked for.
 * @throws AppError `model.download-failed` (retryable), `model.download-damaged`, `model.disk-full` (with both sizes),
 *   `model.not-writable`, `model.busy`; AppCancel
 */
export const fetchPackage = (
  request: PackageRequest,
  { signal, ...job }: InstallJob,
  deps: DownloadsDeps,
): Promise<FetchedPackage> => {
  const { file, name, url, sha256 } = request
  const folder = path.dirname(file)
  const progress = forwardOnly(job.progress)
  return onDisk(folder, async () => {
    await using _claim = await claimFolder(folder)
    const sizeBytes = request.sizeBytes ?? (await fileSizeBytes(file)) ?? (await findSizeBytes(request, signal, deps))
    const report = (doneBytes: number, verifiedBytes: number): void =>
      progress({
        ...(doneBytes === sizeBytes ? { stage: 'verify', doneBytes: verifiedBytes } : { stage: 'download', doneBytes }),
        totalBytes: sizeBytes,
        fraction: ((1 - VERIFY_SHARE) * doneBytes + VERIFY_SHARE * verifiedBytes) / sizeBytes,
      })
    const isThere = (await fileSizeBytes(file)) === sizeBytes
    const doneBytes = isThere ? sizeBytes : await readPartBytes(file, { sizeBytes, sha256 })
    await mkdir(folder, { recursive: true })
    await checkFreeSpace(folder, sizeBytes - doneBytes)
    await downloadFile(
      { file, name, sizeBytes, sha256, urls: [url], order: 0 },
      {
        signal,
        progress: (state) => report(state.doneBytes, sha256 === null ? 0 : state.verifiedBytes),
      },
      { ...deps, line: createConnectionLine(deps.clock) },
    )
    if (sha256 !== null) return { sha256, sizeBytes }
    let verifiedBytes = 0
    const onBytes = (bytes: number): void => {
      verifiedBytes += bytes
      report(sizeBytes, verifiedBytes)
    }
    return { sha256: await hashFile(file, { signal, onBytes }), sizeBytes }
  })
}

/** @throws AppError `model.download-failed`; AppCancel */
const findSizeBytes = async (
  { url, name }: PackageRequest,
  signal: AbortSignal,
  deps: DownloadsDeps,
): Promise<number> => {
  const { clock, random } = deps
  for (let failures = 1; ; failures += 1) {
    const answer = await askOnce(url, signal, deps)
    if (answer.kind === 'size') return answer.sizeBytes
    if (answer.kind === 'refused' || failures === MAX_FAILURES)
      throw new AppError('model.download-failed', {
        params: { file: name, reason: `${new URL(url).host}: ${answer.reason}` },
        remedies: ['try-again'],
        retryable: true,
      })
    const delayMs = Math.max(retryDelayMs(failures, random()), answer.retryAfterMs ?? 0)
    await waitUntil(clock, clock.nowEpochMs() + delayMs, signal)
  }
}

const askOnce = async (url: string, signal: AbortSignal, { fetch, clock }: DownloadsDeps): Promise<SizeAnswer> => {
  const stalled = new AbortController()
  const stopTimer = clock.setTimer(() => stalled.abort(), STALL_MS)
  try {
    return await askForSize(fetch, url, {
      signal: AbortSignal.any([signal, stalled.signal]),
      nowEpochMs: clock.nowEpochMs(),
    })
  } catch (error) {
    if (signal.aborted) throw new AppCancel()
    const failure = stalled.signal.aborted
      ? { kind: 'failed' as const, reason: 'it does not answer' }
      : whyNotReached(error)
    if (failure) return failure
    throw error
  } finally {
    stopTimer()
  }
}
