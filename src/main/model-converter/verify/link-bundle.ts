import { link, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'

/** Makes a folder whose files are those of a bundle, but for some. Nothing is copied. */
export const linkBundle = async (from: string, to: string, except: readonly string[]): Promise<void> => {
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true }))
    if (entry.isFile() && !except.includes(entry.name))
      await linkFile(path.join(from, entry.name), path.join(to, entry.name))
}

const linkFile = (from: string, to: string): Promise<void> =>
  // Across two disks there is no hard link, and on some none at all.
  link(from, to).catch(() => symlink(from, to))
