import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, refusalOf } from '../disk/index.ts'

/**
 * Does something to the folder of voices and gives the disk's refusals their name.
 * @throws AppError voice.not-writable, with the system's code as its reason; what is nobody's disk stays as it is
 */
export const onDisk = async <Result>(folder: string, action: () => Promise<Result>): Promise<Result> => {
  try {
    return await action()
  } catch (error) {
    const reason = errnoOf(error) ?? ''
    const refusal = refusalOf(reason)
    if (refusal === undefined) throw error
    throw new AppError('voice.not-writable', {
      params: { folder, reason },
      remedies: refusal === 'full' ? ['free-disk-space', 'try-again'] : ['check-permissions', 'try-again'],
      cause: error,
    })
  }
}
