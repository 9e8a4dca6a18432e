import { AppError, type AppErrorParams } from '../../shared/kernel/index.ts'
import { errnoOf } from '../disk/index.ts'

/** @param reason one of `REASONS`, with its facts; or a clause without a full stop, to stand after "is damaged:" */
export const corruptBundle = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('model.corrupt', {
    params: { ...facts, file, reason },
    remedies: ['convert-again', 'download-again'],
    cause,
  })

/** What the system refused while `file` was read; errors that already have a name, and those of nobody's disk, stay. */
export const toReadError = (error: unknown, file: string): unknown => {
  const reason = errnoOf(error)
  return error instanceof AppError || reason === undefined
    ? error
    : new AppError('model.corrupt', {
        params: { file, reason: 'cannot-be-read', detail: reason },
        remedies: ['check-permissions', 'convert-again', 'download-again'],
        cause: error,
      })
}
