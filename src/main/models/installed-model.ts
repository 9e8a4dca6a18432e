import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { AppError, type AppErrorData, type AppErrorParams } from '../../shared/kernel/index.ts'
import { errnoOf, fileSizeBytes, folderBytes, isAbsent } from '../disk/index.ts'
import {
  type BundleManifest,
  type BundlePrecision,
  bundleManifestSchema,
  bundlePathSchema,
  bundlePrecisionSchema,
  MANIFEST_FILE,
  openBundle,
} from '../model-bundle/index.ts'
import type { Catalogue, CatalogueModel } from './catalogue.ts'
import { installedId } from './models-folder.ts'

/** Describes a model that is used as it was downloaded, and makes its folder one. Written last. */
export const DOWNLOADED_FILE = 'downloaded.json'

const downloadedSchema = z.object({
  formatVersion: z.literal(1),
  modelId: z.string(),
  layout: z.enum(['sokuji']),
  files: z.array(z.object({ path: bundlePathSchema, sizeBytes: z.int().nonnegative(), sha256: z.string().nullable() })),
})
export type DownloadedManifest = z.output<typeof downloadedSchema>

export type InstalledModel = {
  /** Name of its folder. */
  readonly id: string
  /** Absolute. */
  readonly directory: string
  /** `bundle`: for `openBundle`. `sokuji`: graphs of the community, as they were downloaded. */
  readonly layout: 'bundle' | 'sokuji'
  /** The model of the catalogue that it is; absent where it is none of them. */
  readonly modelId?: string
  readonly name: string
  /** Of bundles. */
  readonly precision?: BundlePrecision
  readonly sizeBytes: number
  /** Parts of the official model that it lacks. */
  readonly missing: readonly string[]
  /** Why it cannot be used, as far as names and sizes of its files tell; contents are for `repair`. */
  readonly problem?: AppErrorData
}

const corrupt = (file: string, reason: string, cause?: unknown, facts: AppErrorParams = {}): AppError =>
  new AppError('model.corrupt', { params: { ...facts, file, reason }, remedies: ['download-again'], cause })

const readJson = async (file: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (isAbsent(error)) return undefined
    if (error instanceof SyntaxError) throw corrupt(path.basename(file), 'not-json', error)
    if (errnoOf(error) === undefined) throw error
    throw corrupt(path.basename(file), 'cannot-be-read', error, { detail: errnoOf(error) ?? '' })
  }
}

/** @returns undefined where there is none. @throws AppError `model.corrupt` */
export const readDownloaded = async (directory: string): Promise<DownloadedManifest | undefined> => {
  const json = await readJson(path.join(directory, DOWNLOADED_FILE))
  if (json === undefined) return undefined
  const parsed = downloadedSchema.safeParse(json)
  if (!parsed.success) throw corrupt(DOWNLOADED_FILE, 'not-as-written', parsed.error)
  return parsed.data
}

/** The manifest of a bundle whose files may be damaged; undefined where it cannot be read itself. */
export const readBundleManifest = async (directory: string): Promise<BundleManifest | undefined> => {
  const json = await readJson(path.join(directory, MANIFEST_FILE)).catch((error: unknown) => {
    if (error instanceof AppError) return undefined
    throw error
  })
  return bundleManifestSchema.safeParse(json).data
}

/** The model of the catalogue that a bundle was made from: of every file that has a checksum, the very same. */
export const modelOfManifest = (catalogue: Catalogue, { sources }: BundleManifest): CatalogueModel | undefined =>
  catalogue.models.find(({ files, afterwards }) => {
    const known = files.filter((file) => file.sha256 !== null && sources.some((source) => source.file === file.path))
    const isSame = known.every((file) =>
      sources.some((source) => source.file === file.path && source.sha256 === file.sha256),
    )
    return afterwards.kind === 'convert' && isSame && known.some((file) => file.path === 'llm.pt')
  })

/** What a folder of that name was to be, where it cannot say so itself. */
export const modelOfId = (
  catalogue: Catalogue,
  id: string,
): { model: CatalogueModel; precision: BundlePrecision } | undefined => {
  for (const model of catalogue.models)
    for (const precision of bundlePrecisionSchema.options)
      if (installedId(model, precision) === id) return { model, precision }
  return undefined
}

/**
 * Looks at a folder of a model.
 * @returns undefined where there is no finished model
 * @throws what the system says
 */
export const readInstalled = async (directory: string, catalogue: Catalogue): Promise<InstalledModel | undefined> => {
  const id = path.basename(directory)
  if ((await fileSizeBytes(path.join(directory, MANIFEST_FILE))) !== undefined)
    return { id, directory, ...(await readBundle(directory, id, catalogue)) }
  if ((await fileSizeBytes(path.join(directory, DOWNLOADED_FILE))) !== undefined)
    return { id, directory, ...(await readAsIs(directory, id, catalogue)) }
  return undefined
}

type Facts = Omit<InstalledModel, 'id' | 'directory'>

const readBundle = async (directory: string, id: string, catalogue: Catalogue): Promise<Facts> => {
  const problem = await problemOf(() => openBundle(directory))
  const manifest = await readBundleManifest(directory)
  const model = manifest ? modelOfManifest(catalogue, manifest) : modelOfId(catalogue, id)?.model
  return {
    layout: 'bundle',
    ...(model && { modelId: model.id }),
    name: model?.name ?? id,
    ...(manifest && { precision: manifest.precision }),
    sizeBytes: await folderBytes(directory),
    missing: manifest?.missing ?? [],
    ...(problem && { problem }),
  }
}

const readAsIs = async (directory: string, id: string, catalogue: Catalogue): Promise<Facts> => {
  const problem = await problemOf(() => checkDownloadedSizes(directory))
  const modelId = problem ? id : ((await readDownloaded(directory))?.modelId ?? id)
  const model = catalogue.models.find((one) => one.id === modelId)
  return {
    layout: 'sokuji',
    ...(model && { modelId: model.id }),
    name: model?.name ?? id,
    sizeBytes: await folderBytes(directory),
    missing: [],
    ...(problem && { problem }),
  }
}

const checkDownloadedSizes = async (directory: string): Promise<void> => {
  const manifest = await readDownloaded(directory)
  for (const file of manifest?.files ?? []) {
    const sizeBytes = await fileSizeBytes(path.join(directory, file.path))
    if (sizeBytes === undefined) throw corrupt(file.path, 'not-there')
    if (sizeBytes !== file.sizeBytes)
      throw corrupt(file.path, 'size-differs', undefined, { foundBytes: sizeBytes, expectedBytes: file.sizeBytes })
  }
}

const problemOf = async (look: () => Promise<unknown>): Promise<AppErrorData | undefined> => {
  try {
    await look()
    return undefined
  } catch (error) {
    if (error instanceof AppError) return error.toData()
    throw error
  }
}
