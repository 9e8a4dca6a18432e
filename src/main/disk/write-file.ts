import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { errnoOf } from './errno.ts'

/** Waits until the content of a file is on the disk. */
export const syncFile = async (file: string): Promise<void> => {
  // Writable, because Windows syncs no other file.
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
}

/** Folders that may be written to and not read, and file systems that know no such thing. */
const UNSYNCABLE = ['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/** Waits until the names in a folder are on the disk, where the system can do that; the files themselves are safe anyway. */
export const syncFolder = async (folder: string): Promise<void> => {
  // Windows opens no folders; a new name there may not outlive a power cut.
  if (process.platform === 'win32') return
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (!UNSYNCABLE.includes(errnoOf(error) ?? '')) throw error
  }
}

/** A `FileHandle`, or whatever else writes like one. */
type Target = { write(bytes: Uint8Array, from: number, length: number, at: number): Promise<{ bytesWritten: number }> }

/** One write may take less than it was given, and never more than 2 GiB; the rest follows until that is an error. */
export const writeFully = async (target: Target, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Removes whatever it is, a folder with all below it; nothing at all is fine. @throws what else the system says */
export const discard = (place: string): Promise<void> => rm(place, { recursive: true, force: true })

/** Removes what a failure has left. @throws the failure, also where the disk keeps the rest: that it failed is the news */
export const discardAfter = async (failure: unknown, place: string): Promise<never> => {
  await discard(place).catch(() => undefined)
  throw failure
}

type BesideOptions = {
  /** The name it has until then. Preset: `<file>.<uuid>.new`, so that two may write the same file at a time. */
  readonly unfinished?: string
  /** Waits until the content is on the disk: after a loss of power the file is whole or not there. Preset: yes. */
  readonly isDurable?: boolean
}

/**
 * Writes a file beside its place and moves it there when it is complete, so that nobody ever sees half of it, and an older
 * file of that name stays until then. That the move itself outlives a loss of power is for `syncFolder`.
 * @param write is told the name the file has until then
 * @throws what the system or `write` say, with nothing left behind
 */
export const writeBeside = async <Result>(
  file: string,
  write: (handle: FileHandle, unfinished: string) => Promise<Result>,
  { unfinished = `${file}.${randomUUID()}.new`, isDurable = true }: BesideOptions = {},
): Promise<Result> => {
  try {
    const handle = await open(unfinished, 'w')
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
    return await discardAfter(error, unfinished)
  }
}

/** Whole and on the disk under its name, or not there. Until then it is `<file>.new`. */
export const writeDurably = async (file: string, content: string | Uint8Array): Promise<void> => {
  await writeBeside(file, (handle) => handle.writeFile(content), { unfinished: `${file}.new` })
  await syncFolder(path.dirname(file))
}
