import { stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import { isAbsent } from '../disk/index.ts'
import { corruptBundle, toReadError } from './bundle-errors.ts'
import {
  BUNDLE_FORMAT_VERSION,
  type BundleFile,
  type BundleManifest,
  bundleManifestSchema,
  MANIFEST_FILE,
} from './bundle-manifest.ts'
import { parseAs, readJson } from './read-json.ts'

export type Bundle = {
  /** Absolute. */
  readonly directory: string
  readonly manifest: BundleManifest
  /** Where a file of the bundle lies. @throws AppError `model.corrupt` where the manifest lists no such file */
  pathOf(file: string): string
}

/**
 * Reads the manifest of a bundle and looks whether every file is there in its full size; contents are for `checkBundle`.
 * @throws AppError `model.not-found` (no bundle here, or one that was never finished), `model.corrupt`,
 *   `model.newer-than-app`
 */
export const openBundle = async (directory: string): Promise<Bundle> => {
  const absolute = path.resolve(directory)
  const manifest = await readManifest(absolute)
  await Promise.all(manifest.files.map((file) => checkSize(absolute, file)))
  const paths = new Map(manifest.files.map((file) => [file.path, path.join(absolute, file.path)]))
  return {
    directory: absolute,
    manifest,
    pathOf: (file) => {
      const found = paths.get(file)
      if (found === undefined) throw corruptBundle(MANIFEST_FILE, `it does not list ${file}`)
      return found
    },
  }
}

const readManifest = async (directory: string): Promise<BundleManifest> => {
  const json = await readJson(directory, MANIFEST_FILE)
  if (json === undefined)
    throw new AppError('model.not-found', { params: { folder: directory }, remedies: ['choose-another-folder'] })
  const { formatVersion } = parseAs(z.looseObject({ formatVersion: z.int() }), json, MANIFEST_FILE)
  if (formatVersion > BUNDLE_FORMAT_VERSION)
    throw new AppError('model.newer-than-app', { params: { folder: directory }, remedies: ['update-app'] })
  return parseAs(bundleManifestSchema, json, MANIFEST_FILE)
}

const checkSize = async (directory: string, file: BundleFile): Promise<void> => {
  try {
    const found = await stat(path.join(directory, file.path))
    if (!found.isFile()) throw corruptBundle(file.path, 'not-a-file')
    if (found.size !== file.sizeBytes)
      throw corruptBundle(file.path, 'size-differs', undefined, {
        foundBytes: found.size,
        expectedBytes: file.sizeBytes,
      })
  } catch (error) {
    if (isAbsent(error)) throw corruptBundle(file.path, 'not-there', error)
    throw toReadError(error, file.path)
  }
}
