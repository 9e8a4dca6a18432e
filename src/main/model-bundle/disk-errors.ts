import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import { errnoOf, freeBytes, refusalOf } from '../disk/index.ts'

/**
 * Does something to the disk where models lie and gives its refusals their names; an aborted wait becomes AppCancel.
 * @throws AppError `model.disk-full` (sizes 'none'), `model.not-writable`; AppCancel; what is nobody's disk stays as it is
 */
export const onDisk = async <Result>(folder: string, action: () => Promise<Result>): Promise<Result> => {
  try {
    return await action()
  } catch (error) {
    throw toDiskError(error, folder)
  }
}

const toDiskError = (error: unknown, folder: string): unknown => {
  if (error instanceof AppError || error instanceof AppCancel) return error
  if (error instanceof Error && error.name === 'AbortError') return new AppCancel()
  const reason = errnoOf(error) ?? ''
  const refusal = refusalOf(reason)
  if (refusal === 'full') return diskFull({ neededMb: 'none', freeMb: 'none' }, error)
  if (refusal === undefined) return error
  return new AppError('model.not-writable', {
    params: { folder, reason },
    remedies: ['choose-another-folder', 'check-permissions'],
    cause: error,
  })
}

const diskFull = (params: { neededMb: number | 'none'; freeMb: number | 'none' }, cause?: unknown): AppError =>
  new AppError('model.disk-full', { params, remedies: ['free-disk-space', 'choose-another-folder'], cause })

/** Small files beside the large ones, and what the file system itself takes. */
const MARGIN_BYTES = 1024 * 1024

/**
 * @param folder on the disk that will be written
 * @throws AppError `model.disk-full` with both sizes, before anything has been written
 */
export const checkFreeSpace = async (folder: string, sizeBytes: number): Promise<void> => {
  const free = await freeBytes(folder)
  const neededBytes = sizeBytes + MARGIN_BYTES
  if (sizeBytes > 0 && free !== undefined && free < neededBytes)
    throw diskFull({ neededMb: Math.ceil(neededBytes / 1e6), freeMb: Math.floor(free / 1e6) })
}
