import { constants } from 'node:os'
import path from 'node:path'
import type { ExportSettings } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { FFmpegError } from '../ffmpeg/index.ts'

const FULL_DISK = ['ENOSPC', 'EDQUOT']
/** EFBIG: FAT32 ends at 4 GiB. EBUSY and EPERM: on Windows another program holds the older file open. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EISDIR', 'EBUSY', 'ENAMETOOLONG', 'EFBIG']

const errorNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** Name of what the operating system refused: `ENOSPC`; undefined where it was something else. */
const systemErrorName = (error: unknown): string | undefined => {
  // FFmpeg hands errno on with its sign turned.
  if (error instanceof FFmpegError) return errorNames.get(-error.code)
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return undefined
}

/** Names what went wrong while a file was written. What already has a name keeps it. */
export const toExportError = (
  error: unknown,
  target: { path: string; settings: ExportSettings; neededBytes: number | undefined },
): AppError | AppCancel => {
  if (error instanceof AppError || error instanceof AppCancel) return error
  const file = path.basename(target.path)
  const reason = systemErrorName(error) ?? ''
  if (FULL_DISK.includes(reason))
    return new AppError('export.disk-full', {
      params: { file, ...(target.neededBytes === undefined ? {} : { neededBytes: target.neededBytes }) },
      remedies: ['free-disk-space', 'choose-another-folder'],
      cause: error,
    })
  if (NOT_WRITABLE.includes(reason))
    return new AppError('export.path-not-writable', {
      params: { file, reason },
      remedies: ['choose-another-folder', 'check-permissions'],
      cause: error,
    })
  return new AppError('export.encoder-failed', {
    params: { file, format: target.settings.format, detail: error instanceof Error ? error.message : String(error) },
    remedies: ['try-again', 'report'],
    cause: error,
  })
}
