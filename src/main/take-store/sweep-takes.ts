import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { TakeKey } from '../../shared/render/index.ts'
import { namesIn } from '../disk/index.ts'
import { onDisk } from './disk-errors.ts'
import { isTakeFolder, parseTakeFileName } from './take-paths.ts'

export type Swept = {
  /** Keys in use whose sound is not on disk. */
  missingKeys: TakeKey[]
  removedFiles: number
}

/** Removes what nobody refers to and what was left unfinished. Files that are none of ours stay. */
export const sweepTakes = async (directory: string, keysInUse: Iterable<TakeKey>): Promise<Swept> =>
  onDisk(directory, async () => {
    const missing = new Set(keysInUse)
    const wanted = new Set(missing)
    let removedFiles = 0
    for (const folder of (await namesIn(directory)).filter(isTakeFolder)) {
      for (const name of await namesIn(path.join(directory, folder))) {
        const found = parseTakeFileName(name)
        if (!found) continue
        if (wanted.has(found.takeKey) && !found.isUnfinished) {
          if (found.kind === 'wav') missing.delete(found.takeKey)
          continue
        }
        await rm(path.join(directory, folder, name), { force: true })
        removedFiles++
      }
    }
    return { missingKeys: [...missing], removedFiles }
  })
