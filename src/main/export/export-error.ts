import { constants } from 'node:os'
import path from 'node:path'
import type { ExportSettings } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { errnoOf, refusalOf } from '../disk/index.ts'
import { FFmpegError } from '../ffmpeg/index.ts'

const errorNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** Name of what the operating system refused: `ENOSPC`; undefined where it was something else. */
const systemErrorName = (error: unknown): string | undefined =>
  // FFmpeg hands errno on with its sign turned.
  error instanceof FFmpegError ? errorNames.get(-error.code) : errnoOf(error)

/** Names what went wrong while a file was written. What already has a name keeps it. */
export const toExportError = (
  error: unknown,
  target: { path: string; settings: ExportSettings; neededBytes: number | undefined },
): AppError | AppCancel => {
  if (error instanceof AppError || error instanceof AppCancel) return error
  const file = path.basename(target.path)
  const reason = systemErrorName(error) ?? ''
  const refusal = refusalOf(reason)
  if (refusal === 'full')
    return new AppError('export.disk-full', {
      params: { file, ...(target.neededBytes === undefined ? {} : { neededBytes: target.neededBytes }) },
      remedies: ['free-disk-space', 'choose-another-folder'],
      cause: error,
    })
  if (refusal === 'not-writable')
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
