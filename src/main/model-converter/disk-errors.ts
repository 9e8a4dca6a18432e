import { statfs } from 'node:fs/promises'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const FULL_DISK = ['ENOSPC', 'EDQUOT']
/** ENOENT, ENOTDIR and EEXIST: no such folder can be made, or it went away meanwhile. EFBIG: FAT32 ends at 4 GiB. EBUSY: Windows, a file held open. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EBUSY', 'ENAMETOOLONG', 'EFBIG']

/** Does something to the disk and gives its refusals their names; an aborted wait becomes AppCancel. */
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
  if (FULL_DISK.includes(reason)) return diskFull({ neededMb: 'none', freeMb: 'none' }, error)
  if (NOT_WRITABLE.includes(reason))
    return new AppError('model.not-writable', {
      params: { folder, reason },
      remedies: ['choose-another-folder', 'check-permissions'],
      cause: error,
    })
  return error
}

const diskFull = (params: { neededMb: number | 'none'; freeMb: number | 'none' }, cause?: unknown): AppError =>
  new AppError('model.disk-full', { params, remedies: ['free-disk-space', 'choose-another-folder'], cause })

/** The manifest, the report and the progress file, and what the file system itself takes for a few dozen files. */
const MARGIN_BYTES = 1024 * 1024

/**
 * @param folder one that exists, on the disk that will be written
 * @throws AppError `model.disk-full` with both sizes, before anything has been written
 */
export const checkFreeSpace = async (folder: string, sizeBytes: number): Promise<void> => {
  const { blocks, bavail, bsize } = await statfs(folder)
  // Some network drives tell nobody how large they are.
  if (blocks === 0) return
  const neededBytes = sizeBytes + MARGIN_BYTES
  const freeBytes = bavail * bsize
  if (freeBytes < neededBytes)
    throw diskFull({ neededMb: Math.ceil(neededBytes / 1e6), freeMb: Math.floor(freeBytes / 1e6) })
}
