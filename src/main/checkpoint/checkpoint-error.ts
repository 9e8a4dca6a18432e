import { AppError, type AppErrorParams } from '../../shared/kernel/index.ts'

/**
 * The file is no checkpoint this app can read.
 * @param reason one of `REASONS`, with its facts; or a clause without a full stop, to stand after "cannot be read as a checkpoint:"
 */
export const unreadable = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('checkpoint.unreadable', {
    params: { ...facts, file, reason },
    remedies: ['download-again', 'choose-another-folder'],
    cause,
  })

/** The bytes the file promised are not there. */
export const endsEarly = (file: string): AppError => unreadable(file, 'ends-early')

/** @param global module and name of what the file wants to have run, such as `os.system` */
export const forbiddenCode = (file: string, global: string): AppError =>
  new AppError('checkpoint.forbidden-code', {
    params: { file, global: global.slice(0, 120) },
    remedies: ['choose-another-folder', 'download-again'],
  })

export const missingTensor = (file: string, tensor: string): AppError =>
  new AppError('checkpoint.missing-tensor', {
    params: { file, tensor },
    remedies: ['choose-another-folder', 'download-again'],
  })

export const missingFile = (file: string, folder: string, cause: unknown): AppError =>
  new AppError('checkpoint.missing-file', {
    params: { file, folder },
    remedies: ['download-again', 'choose-another-folder'],
    cause,
  })
