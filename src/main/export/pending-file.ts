import { rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { discard, syncFile, syncFolder } from '../disk/index.ts'

/**
 * A file on its way: written under a hidden name beside its target, and given its name when every byte is on the disk.
 * Until then an older file of that name stays as it is.
 */
export type PendingFile = { targetPath: string; partPath: string }

/**
 * @param leastBytes a shorter file was cut off on the way to the disk
 * @returns its size
 */
export const commitFile = async ({ targetPath, partPath }: PendingFile, leastBytes: number): Promise<number> => {
  // A disk that promised room and has none says so here at the latest.
  await syncFile(partPath)
  const { size } = await stat(partPath)
  if (size < leastBytes) throw Object.assign(new Error(`${size} of ${leastBytes} bytes were kept`), { code: 'ENOSPC' })
  await rename(partPath, targetPath)
  await syncFolder(path.dirname(targetPath))
  return size
}

/** Never fails: what keeps a file from being removed has stopped the export too, and that is what the person is told. */
export const discardFile = async ({ partPath }: Pick<PendingFile, 'partPath'>): Promise<void> => {
  await discard(partPath).catch(() => undefined)
}
