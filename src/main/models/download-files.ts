import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { Clock } from '../clock/index.ts'
import { fileSizeBytes } from '../disk/index.ts'
import type { Log } from '../log/index.ts'
import type { Fetch } from './ask-for-range.ts'
import { type CatalogueFile, type CatalogueModel, type MirrorChoice, urlsOf } from './catalogue.ts'
import { createConnectionLine } from './connection-line.ts'
import { downloadFile } from './download-file.ts'
import type { DownloadDeps } from './fetch-from.ts'
import { readPartBytes, removePart } from './part-file.ts'

export type DownloadsDeps = {
  fetch: Fetch
  clock: Clock
  /** Uniform in [0, 1); spreads retries. */
  random(): number
  log: Log
  /** How requests are cut; tests have smaller files. */
  pieceBytes?: number
  requestBytes?: number
}

type DownloadsProgress = {
  readonly doneBytes: number
  readonly verifiedBytes: number
  readonly totalBytes: number
}

type DownloadsRequest = {
  readonly model: CatalogueModel
  readonly files: readonly CatalogueFile[]
  /** Where each of them goes. */
  fileOf(file: CatalogueFile): string
  readonly mirror: MirrorChoice | undefined
}

/** What is still to come of some files. @throws what the system says */
export const remainingBytes = async (
  files: readonly CatalogueFile[],
  fileOf: (file: CatalogueFile) => string,
): Promise<number> => {
  let sum = 0
  for (const file of files) {
    const isThere = (await fileSizeBytes(fileOf(file))) === file.sizeBytes
    if (!isThere) sum += file.sizeBytes - (await readPartBytes(fileOf(file), file))
  }
  return sum
}

/**
 * Downloads files of a model over a few connections, the smaller files first. One that cannot be had ends the others, which
 * keep what is there; one that is optional is gone without.
 * @throws AppError as `downloadFile`; AppCancel
 */
export const downloadFiles = async (
  { model, files, fileOf, mirror }: DownloadsRequest,
  { signal, progress }: { signal: AbortSignal; progress(progress: DownloadsProgress): void },
  { log, ...deps }: DownloadsDeps,
): Promise<void> => {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const states = new Map(files.map((file) => [file, { doneBytes: 0, verifiedBytes: 0 }]))
  const report = (): void => {
    const all = [...states.values()]
    const doneBytes = all.reduce((sum, state) => sum + state.doneBytes, 0)
    progress({ doneBytes, verifiedBytes: all.reduce((sum, state) => sum + state.verifiedBytes, 0), totalBytes })
  }
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const downloadDeps: DownloadDeps = { ...deps, line: createConnectionLine(deps.clock) }

  const download = async (file: CatalogueFile, order: number): Promise<void> => {
    const { path: name, sizeBytes, sha256 } = file
    const request = { file: fileOf(file), name, sizeBytes, sha256, urls: urlsOf(model, file, mirror), order }
    const onProgress = (state: { doneBytes: number; verifiedBytes: number }): void => {
      states.set(file, state)
      report()
    }
    try {
      await downloadFile(request, { signal: both, progress: onProgress }, downloadDeps)
      log('info', 'downloaded', { model: model.id, file: name, sizeBytes })
    } catch (error) {
      const isGoneWithout = error instanceof AppError && error.code.startsWith('model.download-') && file.isOptional
      if (!isGoneWithout) throw error
      await removePart(request.file)
      log('warn', 'done without an optional file', { model: model.id, file: name, error: error.toData() })
      onProgress({ doneBytes: sizeBytes, verifiedBytes: sizeBytes })
    }
  }

  let first: unknown
  const endAll = (error: unknown): void => {
    first ??= error
    stop.abort()
  }
  const bySize = files.toSorted((a, b) => a.sizeBytes - b.sizeBytes)
  await Promise.all(bySize.map((file, order) => download(file, order).catch(endAll)))
  if (signal.aborted) throw new AppCancel()
  if (first !== undefined) throw first
}
