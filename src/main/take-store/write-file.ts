import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { unfinishedFile } from './take-paths.ts'

/** A short write is not an error to the system; the rest follows until it is one. */
export const writeFully = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/**
 * Writes a file beside its place and moves it there when it is complete, so that nobody ever sees half of it.
 * @param isDurable waits until the content is on disk: after a loss of power the file is whole or not there. Whether the
 *   move itself is remembered is left to the system; the sweep at the next start finds out.
 * @param write is told the name the file has until then
 * @throws what the system or `write` say, with nothing left behind
 */
export const writeBeside = async <Result>(
  file: string,
  write: (handle: FileHandle, unfinishedFile: string) => Promise<Result>,
  { isDurable }: { isDurable: boolean },
): Promise<Result> => {
  await mkdir(path.dirname(file), { recursive: true })
  const unfinished = unfinishedFile(file, randomUUID())
  try {
    const handle = await open(unfinished, 'wx')
    let result: Result
    try {
      result = await write(handle, unfinished)
      if (isDurable) await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
    return result
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
