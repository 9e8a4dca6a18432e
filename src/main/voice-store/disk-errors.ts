import { AppError } from '../../shared/kernel/index.ts'

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

const FULL_DISK = ['ENOSPC', 'EDQUOT']
/** ENOENT, ENOTDIR and EEXIST: the folder can neither be found nor made. EBUSY: Windows, a file held open. */
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EBUSY', 'ENAMETOOLONG']

/**
 * Does something to the folder of voices and gives the disk's refusals their name.
 * @throws AppError voice.not-writable, with the system's code as its reason; what is nobody's disk stays as it is
 */
export const onDisk = async <Result>(folder: string, action: () => Promise<Result>): Promise<Result> => {
  try {
    return await action()
  } catch (error) {
    const reason = errnoOf(error) ?? ''
    const isFull = FULL_DISK.includes(reason)
    if (!isFull && !NOT_WRITABLE.includes(reason)) throw error
    throw new AppError('voice.not-writable', {
      params: { folder, reason },
      remedies: isFull ? ['free-disk-space', 'try-again'] : ['check-permissions', 'try-again'],
      cause: error,
    })
  }
}
