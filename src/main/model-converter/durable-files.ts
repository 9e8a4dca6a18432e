import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'

/** Waits until the content of a file is on the disk. */
export const syncFile = async (file: string): Promise<void> => {
  // Writable, because Windows syncs no other file.
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
}

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
  const handle = await open(unfinished, 'w')
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  await syncFolder(path.dirname(file))
}

/** Removes what is of no use. What stays is no bundle and goes later; the person has a better reason to hear of already. */
export const discard = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined)
