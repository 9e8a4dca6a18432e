import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

export const isAbsent = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')

const FULL_DISK = ['ENOSPC', 'EDQUOT']
/** EFBIG: FAT32 ends at 4 GiB. EBUSY: Windows, a file held open. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EBUSY', 'ENAMETOOLONG', 'EFBIG']

/**
 * Does something to the disk and gives its refusals their names.
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

/** Small files beside the large ones, and what the file system itself takes. */
const MARGIN_BYTES = 1024 * 1024

/** Undefined where the disk tells nobody how large it is, as some network drives. */
export const freeBytesOf = async (folder: string): Promise<number | undefined> => {
  const { blocks, bavail, bsize } = await statfs(folder)
  return blocks === 0 ? undefined : bavail * bsize
}

/** Free bytes of the disk on which a folder lies, or will lie. */
export const freeBytesAt = async (folder: string): Promise<number | undefined> => {
  try {
    return await freeBytesOf(folder)
  } catch (error) {
    const parent = path.dirname(folder)
    if (!isAbsent(error) || parent === folder) throw error
    return freeBytesAt(parent)
  }
}

/**
 * @param folder one that exists, on the disk that will be written
 * @throws AppError `model.disk-full` with both sizes, before anything has been written
 */
export const checkFreeSpace = async (folder: string, sizeBytes: number): Promise<void> => {
  const freeBytes = await freeBytesOf(folder)
  const neededBytes = sizeBytes + MARGIN_BYTES
  if (sizeBytes > 0 && freeBytes !== undefined && freeBytes < neededBytes)
    throw diskFull({ neededMb: Math.ceil(neededBytes / 1e6), freeMb: Math.floor(freeBytes / 1e6) })
}
