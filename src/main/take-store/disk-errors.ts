import { AppError } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import { errnoOf, refusalOf } from '../disk/index.ts'

/** Does something to the disk and gives its refusals their names. */
export const onDisk = async <Result>(directory: string, action: () => Promise<Result>): Promise<Result> => {
  try {
    return await action()
  } catch (error) {
    const refusal = refusalOf(errnoOf(error))
    if (refusal === 'full')
      throw new AppError('take.disk-full', {
        params: { directory },
        remedies: ['free-disk-space', 'try-again'],
        cause: error,
      })
    if (refusal === 'not-writable')
      throw new AppError('take.not-writable', { params: { directory }, remedies: ['check-permissions'], cause: error })
    throw error
  }
}

/** Why a take cannot be read: no file, a file that is not a take, or one that ends too early. */
export type MissingReason = 'no-file' | 'damaged' | 'short'

export const missingTake = (takeKey: TakeKey, reason: MissingReason, cause?: unknown): AppError =>
  new AppError('take.missing', { params: { takeKey, reason }, remedies: ['render-again'], cause })
