import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { errnoOf, isAbsent } from '../disk/index.ts'
import { endsEarly, missingFile, unreadable } from './checkpoint-error.ts'

/** A file read at any place, in any order. */
export interface CheckpointFile extends AsyncDisposable {
  readonly fileName: string
  readonly sizeBytes: number
  /**
   * Fills the target.
   * @throws AppError `checkpoint.unreadable` where the file ends before that or the disk fails
   */
  read(target: Uint8Array, fromByte: number): Promise<void>
}

/** Node hands no more than this to one read call. */
const READ_BYTES = 1 << 30

/** @throws AppError `checkpoint.missing-file` | `checkpoint.unreadable` */
export const openCheckpointFile = async (filePath: string): Promise<CheckpointFile> => {
  const fileName = path.basename(filePath)
  /** What the system says about a file; anything else is a fault of this program and stays what it is. */
  const failed = (error: unknown): unknown => {
    if (error instanceof AppError) return error
    const code = errnoOf(error)
    if (code === undefined || code.startsWith('ERR_')) return error
    if (isAbsent(error)) return missingFile(fileName, path.dirname(filePath), error)
    return unreadable(fileName, 'cannot-be-read', error, { detail: code })
  }

  const handle = await open(filePath).catch((error) => {
    throw failed(error)
  })
  const sizeBytes = await sizeOf(handle, fileName).catch(async (error) => {
    await handle.close()
    throw failed(error)
  })

  return {
    fileName,
    sizeBytes,
    read: async (target, fromByte) => {
      for (let doneBytes = 0; doneBytes < target.length; ) {
        const lengthBytes = Math.min(READ_BYTES, target.length - doneBytes)
        const { bytesRead } = await handle.read(target, doneBytes, lengthBytes, fromByte + doneBytes).catch((error) => {
          throw failed(error)
        })
        if (bytesRead === 0) throw endsEarly(fileName)
        doneBytes += bytesRead
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

const sizeOf = async (handle: FileHandle, fileName: string): Promise<number> => {
  const stats = await handle.stat()
  if (!stats.isFile()) throw unreadable(fileName, 'not-a-file')
  return stats.size
}
