import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf } from '../disk/index.ts'
import { missingTake } from './disk-errors.ts'
import type { TakeGrowth } from './growing-takes.ts'
import { readFully } from './take-file.ts'

/** Reads a take while it is written, in whatever process. */
export interface GrowingReader extends AsyncDisposable {
  /**
   * @param growth how far the take has come: at least to the last sample wanted
   * @param target mono f32, filled completely
   * @throws AppError `take.missing` where the take was lost meanwhile
   */
  read(growth: GrowthFiles, startSamples: number, target: Float32Array): Promise<void>
}
export type GrowthFiles = Pick<Extract<TakeGrowth, { kind: 'growing' }>, 'takeKey' | 'unfinishedFile' | 'file'>

/** The file is opened once: under either name it is the same. */
const openEither = async ({ takeKey, unfinishedFile, file }: GrowthFiles): Promise<FileHandle> => {
  for (const name of [unfinishedFile, file]) {
    try {
      return await open(name, 'r')
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error
    }
  }
  throw missingTake(takeKey, 'no-file')
}

/** Opens the file of a take at the first read, and keeps it open. */
export const createGrowingReader = (): GrowingReader => {
  let opened: Promise<FileHandle> | undefined
  let isDisposed = false
  return {
    read: async (growth, startSamples, target) => {
      if (isDisposed) throw missingTake(growth.takeKey, 'no-file')
      opened ??= openEither(growth)
      await readFully(await opened, growth.takeKey, startSamples, target)
    },
    [Symbol.asyncDispose]: async () => {
      isDisposed = true
      // A file that could not be opened has nothing to close; its reader has been told.
      const handle = await opened?.catch(() => undefined)
      await handle?.close()
    },
  }
}
