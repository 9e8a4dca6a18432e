import { type FileHandle, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { isAbsent } from './disk-errors.ts'

/** Waits until the names in a folder are on the disk. */
export const syncFolder = async (folder: string): Promise<void> => {
  // Windows opens no folders; a new name there may not outlive a power cut, the files themselves do.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Whole and on the disk under its name, or not there: an older file of that name stays until then. */
export const writeDurably = async (file: string, text: string): Promise<void> => {
  const unfinished = `${file}.new`
  try {
    const handle = await open(unfinished, 'w')
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
  } catch (error) {
    await discard(unfinished)
    throw error
  }
}

/** A short write is not an error to the system; the rest follows until it is one. */
export const writeFully = async (handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

/** Undefined where there is no file of that name, or something that is no file. */
export const fileSizeBytes = async (file: string): Promise<number | undefined> => {
  try {
    const found = await stat(file)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** What a folder and all below it take; 0 where there is none. Links are not followed. */
export const folderBytes = async (folder: string): Promise<number> => {
  let sum = 0
  for (const name of await namesIn(folder)) {
    const file = path.join(folder, name)
    const found = await lstat(file).catch((error: unknown) => {
      // Gone while it was looked at.
      if (isAbsent(error)) return undefined
      throw error
    })
    if (found?.isDirectory()) sum += await folderBytes(file)
    else sum += found?.size ?? 0
  }
  return sum
}

/** Names in a folder, sorted; none where there is no such folder. */
export const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** Removes what is of no use. The person has a better reason to hear of already. */
export const discard = (file: string): Promise<void> =>
  rm(file, { recursive: true, force: true }).catch(() => undefined)
