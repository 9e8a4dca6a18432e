import { AppError } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** ENOENT and ENOTDIR: the folder can neither be found nor made; Node's mkdir says so of a read-only disk, too. */
const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR']

/** Does something to the disk and gives its refusals their names. */
export const onDisk = async <Result>(directory: string, action: () => Promise<Result>): Promise<Result> => {
  try {
    return await action()
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new AppError('take.disk-full', {
        params: { directory },
        remedies: ['free-disk-space', 'try-again'],
        cause: error,
      })
    if (code !== undefined && UNWRITABLE.includes(code))
      throw new AppError('take.not-writable', { params: { directory }, remedies: ['check-permissions'], cause: error })
    throw error
  }
}

/** Why a take cannot be read: no file, a file that is not a take, or one that ends too early. */
export type MissingReason = 'no-file' | 'damaged' | 'short'

export const missingTake = (takeKey: TakeKey, reason: MissingReason, cause?: unknown): AppError =>
  new AppError('take.missing', { params: { takeKey, reason }, remedies: ['render-again'], cause })
