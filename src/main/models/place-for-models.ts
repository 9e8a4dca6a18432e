import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { MANIFEST_FILE, onDisk } from '../model-bundle/index.ts'
import { DOWNLOADED_FILE } from './installed-model.ts'
import { DOWNLOADS_FOLDER } from './models-folder.ts'

/** A folder of our own among what a person keeps. */
const OWN_FOLDER = 'Cosy Studio models'

/**
 * Where models are kept when a person has chosen a folder: in it, where it is empty or holds models alone; else in a folder
 * of their own inside it. Cleaning up removes whatever is called `x.old` or `x.partial`, which elsewhere may be a person's.
 * @param chosen a folder that is there
 * @throws AppError `model.not-writable`
 */
export const placeForModels = (chosen: string): Promise<string> =>
  onDisk(chosen, async () => {
    const names = await readdir(chosen)
    if (names.includes(DOWNLOADS_FOLDER)) return chosen
    const visible = names.filter((name) => !name.startsWith('.'))
    const areModels = await Promise.all(visible.map((name) => isModel(path.join(chosen, name))))
    return areModels.every(Boolean) ? chosen : path.join(chosen, OWN_FOLDER)
  })

const isModel = async (folder: string): Promise<boolean> => {
  const found = await Promise.all([MANIFEST_FILE, DOWNLOADED_FILE].map((file) => isFile(path.join(folder, file))))
  return found.includes(true)
}

/** Whatever cannot be looked at is not known to be ours. */
const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  )
