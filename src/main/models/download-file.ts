import { rm } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { fileSizeBytes } from '../disk/index.ts'
import { hashFile, onDisk } from '../model-bundle/index.ts'
import { type DownloadDeps, type DownloadJob, type DownloadRequest, fetchFrom } from './fetch-from.ts'
import { openPartFile, type PartFile, PIECE_BYTES } from './part-file.ts'

/**
 * Downloads a file in parallel pieces into `<file>.part`, holds it against its checksum and gives it its name. Called again
 * after a cancel, a failure or a killed process, it carries on from the pieces that are there; a file that is there already
 * is held against its checksum and kept. Mirrors are tried in order, also in the middle of the file; one without a checksum
 * comes from one mirror as a whole.
 * @throws AppError `model.download-failed` (retryable; `reason` says it for each mirror), `model.download-damaged`,
 *   `model.disk-full`, `model.not-writable`; AppCancel
 */
export const downloadFile = (request: DownloadRequest, job: DownloadJob, deps: DownloadDeps): Promise<void> =>
  onDisk(path.dirname(request.file), async () => {
    if (await isThere(request, job)) return
    const { file, sizeBytes, sha256, urls } = request
    await using part = await openPartFile({ file, sizeBytes, sha256, pieceBytes: deps.pieceBytes ?? PIECE_BYTES })
    const isResumed = part.doneBytes() > 0
    try {
      await fetchInto(part, urls, request, job, deps)
      if (await isRight(part, request, job)) return await part.commit()
      // Which of several sent the wrong bytes cannot be told, nor what has become of old ones: each mirror alone, then.
      const origins = part.origins()
      const isUnclear = isResumed || origins.length > 1
      for (const url of urls.filter((one) => isUnclear || !origins.includes(one))) {
        await part.reset()
        if (await hasFetched(part, url, request, job, deps)) return await part.commit()
      }
    } catch (error) {
      // What does not get on record is fetched again.
      await part.save().catch(() => undefined)
      throw error
    }
    await part.remove()
    throw new AppError('model.download-damaged', { params: { file: request.name }, remedies: ['try-again'] })
  })

const hasFetched = async (
  part: PartFile,
  url: string,
  request: DownloadRequest,
  job: DownloadJob,
  deps: DownloadDeps,
): Promise<boolean> => {
  try {
    await fetchInto(part, [url], request, job, deps)
  } catch (error) {
    // The next one may have it. That wrong bytes came is what the person hears of in the end.
    if (error instanceof AppError && error.code === 'model.download-failed') return false
    throw error
  }
  return isRight(part, request, job)
}

const isThere = async (request: DownloadRequest, job: DownloadJob): Promise<boolean> => {
  const { file, sizeBytes } = request
  const foundBytes = await fileSizeBytes(file)
  if (foundBytes === sizeBytes && (await isRight({ file, sizeBytes }, request, job))) return true
  if (foundBytes !== undefined) await rm(file)
  return false
}

const isRight = async (
  { file, sizeBytes }: { file: string; sizeBytes: number },
  { sha256 }: DownloadRequest,
  { signal, progress }: DownloadJob,
): Promise<boolean> => {
  let verifiedBytes = 0
  const onBytes = (bytes: number): void => {
    verifiedBytes += bytes
    progress({ doneBytes: sizeBytes, verifiedBytes })
  }
  const found = sha256 === null ? null : await hashFile(file, { signal, onBytes })
  onBytes(sizeBytes - verifiedBytes)
  return found === sha256
}

/** @throws AppError `model.download-failed` where no mirror sent all of it */
const fetchInto = async (
  part: PartFile,
  urls: readonly string[],
  request: DownloadRequest,
  job: DownloadJob,
  deps: DownloadDeps,
): Promise<void> => {
  const reasons: string[] = []
  for (const url of urls) {
    // Without a checksum nobody would notice two halves of two files.
    if (request.sha256 === null && part.origins().some((origin) => origin !== url)) await part.reset()
    const reason = await fetchFrom(url, part, request, job, deps)
    if (reason === undefined) return
    reasons.push(`${new URL(url).host}: ${reason}`)
  }
  throw new AppError('model.download-failed', {
    params: { file: request.name, reason: reasons.join('; ') },
    remedies: ['try-again'],
    retryable: true,
  })
}
