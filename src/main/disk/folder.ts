import { lstat, readdir, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { errnoOf, ifAbsent, isAbsent } from './errno.ts'

/**
 * Names in a folder, sorted; none where there is no such folder. Only that one is empty: a folder that cannot be read must not
 * look as if all in it were lost.
 */
export const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

/** What a folder and all below it take; 0 where there is none. Links are not followed. */
export const folderBytes = async (folder: string): Promise<number> => {
  let sum = 0
  for (const name of await readdir(folder).catch(ifAbsent([]))) {
    const file = path.join(folder, name)
    // It may go while it is looked at.
    const found = await lstat(file).catch(ifAbsent(undefined))
    if (found?.isDirectory()) sum += await folderBytes(file)
    else sum += found?.size ?? 0
  }
  return sum
}

/** Undefined where there is no file of that name, or something that is no file. */
export const fileSizeBytes = async (file: string): Promise<number | undefined> => {
  const found = await stat(file).catch(ifAbsent(undefined))
  return found?.isFile() ? found.size : undefined
}

/** Free bytes of the disk on which a folder lies, or will lie; undefined where it tells nobody, as some network drives. */
export const freeBytes = async (folder: string): Promise<number | undefined> => {
  try {
    const { blocks, bavail, bsize } = await statfs(folder)
    return blocks === 0 ? undefined : bavail * bsize
  } catch (error) {
    const parent = path.dirname(folder)
    if (!isAbsent(error) || parent === folder) throw error
    return freeBytes(parent)
  }
}
