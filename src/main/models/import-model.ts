import { mkdir, open, rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { discard, discardAfter, fileSizeBytes, ifAbsent, syncFolder } from '../disk/index.ts'
import {
  type BundlePrecision,
  checkBundle,
  checkFreeSpace,
  claimFolder,
  hashFile,
  MANIFEST_FILE,
  onDisk,
  openBundle,
  REPORT_FILE,
} from '../model-bundle/index.ts'
import type { CatalogueModel } from './catalogue.ts'
import {
  convertInto,
  forwardOnly,
  type InstallDeps,
  type InstallJob,
  installedAt,
  writeDownloaded,
} from './install-model.ts'
import { DOWNLOADED_FILE, type InstalledModel, modelOfManifest, readDownloaded } from './installed-model.ts'
import { readFrom, readPack, unpack } from './model-pack.ts'
import { DOWNLOADS_FOLDER, freeModelId, installedId, toModelId } from './models-folder.ts'

export type ImportOptions = {
  /** Of checkpoints, which are converted. Preset: `cpu`. */
  readonly precision?: BundlePrecision
}

type ImportDeps = Pick<InstallDeps, 'directory' | 'catalogue' | 'convert' | 'log'>

/** Copying is the greater part of copying and reading again. */
const COPY_SHARE = 0.8

/**
 * Takes a model in from anywhere: a pack, the folder of a bundle, a checkpoint, or graphs of the community that the catalogue
 * knows. Copies are read again and held against their checksums before they count as models; checkpoints are converted from
 * where they lie.
 * @throws AppError `model.not-found` (nothing of the kind), `model.corrupt`, `model.newer-than-app`, `model.disk-full`,
 *   `model.not-writable`, `model.busy`; whatever `convert` throws. AppCancel
 */
export const importModel = (
  deps: ImportDeps,
  source: string,
  options: ImportOptions,
  { signal, progress }: InstallJob,
): Promise<InstalledModel> =>
  onDisk(deps.directory, async () => {
    await mkdir(deps.directory, { recursive: true })
    const job = { signal, progress: forwardOnly(progress) }
    const from = path.resolve(source)
    const found = await stat(from).catch(ifAbsent(undefined))
    if (found?.isFile()) return importPack(deps, from, job)
    if (found?.isDirectory()) return importFolder(deps, from, options, job)
    throw noModel(from)
  })

const noModel = (folder: string): AppError =>
  new AppError('model.not-found', { params: { folder }, remedies: ['choose-another-folder'] })

const has = async (folder: string, file: string): Promise<boolean> =>
  (await fileSizeBytes(path.join(folder, file))) !== undefined

const importFolder = async (
  deps: ImportDeps,
  from: string,
  { precision = 'cpu' }: ImportOptions,
  job: InstallJob,
): Promise<InstalledModel> => {
  if (await has(from, MANIFEST_FILE)) {
    const { manifest } = await openBundle(from)
    const model = modelOfManifest(deps.catalogue, manifest)
    const files = [...manifest.files.map((file) => file.path), MANIFEST_FILE]
    if (await has(from, REPORT_FILE)) files.push(REPORT_FILE)
    const wantedId = model ? installedId(model, manifest.precision) : toModelId(path.basename(from))
    return takeIn(deps, wantedId, await copyOf(from, files), job)
  }
  const asIs = await modelAsIs(deps, from)
  if (asIs) {
    const copy = await copyOf(
      from,
      asIs.files.filter((file) => !file.isOptional).map((file) => file.path),
    )
    return takeIn(deps, asIs.id, { ...copy, asIs }, job)
  }
  if (await has(from, 'llm.pt')) {
    const id = await freeModelId(deps.directory, await checkpointId(deps, from, precision))
    const place = path.join(deps.directory, id)
    await convertInto(place, from, precision, deps.convert, job, 0)
    deps.log('info', 'checkpoint imported', { id })
    return installedAt(place, deps.catalogue)
  }
  throw noModel(from)
}

/** A model of the catalogue by the sizes of its networks; its checksums are read by the converter. */
const checkpointId = async ({ catalogue }: ImportDeps, from: string, precision: BundlePrecision): Promise<string> => {
  const networks = ['llm.pt', 'flow.pt', 'hift.pt']
  for (const model of catalogue.models) {
    const own = model.files.filter((file) => networks.includes(file.path))
    const sizes = await Promise.all(own.map((file) => fileSizeBytes(path.join(from, file.path))))
    if (own.length > 0 && own.every((file, index) => file.sizeBytes === sizes[index]))
      return installedId(model, precision)
  }
  return `${toModelId(path.basename(from))}-${precision}`
}

const modelAsIs = async ({ catalogue }: ImportDeps, from: string): Promise<CatalogueModel | undefined> => {
  for (const model of catalogue.models.filter(({ afterwards }) => afterwards.kind === 'use-as-is')) {
    const wanted = model.files.filter(({ isOptional }) => !isOptional)
    const sizes = await Promise.all(wanted.map((file) => fileSizeBytes(path.join(from, file.path))))
    if (wanted.every((file, index) => file.sizeBytes === sizes[index])) return model
  }
  return undefined
}

/** How files come into a folder of ours. */
type Copy = {
  readonly totalBytes: number
  /** A folder that becomes a model by its manifest. */
  readonly asIs?: CatalogueModel
  into(directory: string, job: { signal: AbortSignal; onBytes(bytes: number): void }): Promise<void>
}

const copyOf = async (from: string, files: readonly string[]): Promise<Copy> => {
  const sizes = await Promise.all(files.map((file) => fileSizeBytes(path.join(from, file))))
  return {
    totalBytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0),
    into: async (directory, { signal, onBytes }) => {
      for (const file of files) {
        const place = path.join(directory, file)
        await mkdir(path.dirname(place), { recursive: true })
        await using target = await open(place, 'wx')
        for await (const bytes of readFrom(from, file, signal)) {
          await target.writeFile(bytes)
          onBytes(bytes.length)
        }
        await target.sync()
      }
    },
  }
}

const importPack = async (deps: ImportDeps, pack: string, job: InstallJob): Promise<InstalledModel> => {
  const { folder, files } = await readPack(pack)
  const totalBytes = [...files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return takeIn(
    deps,
    toModelId(folder),
    { totalBytes, into: (directory, own) => unpack(pack, files, directory, own) },
    job,
  )
}

/** Copies into a folder of its own, reads the copy again, and gives it its name. */
const takeIn = async (
  { directory, catalogue, log }: ImportDeps,
  wantedId: string,
  copy: Copy,
  { signal, progress }: InstallJob,
): Promise<InstalledModel> => {
  const id = await freeModelId(directory, wantedId)
  const fresh = path.join(directory, DOWNLOADS_FOLDER, `${id}.import`)
  await using _claim = await claimFolder(fresh)
  await checkFreeSpace(directory, copy.totalBytes)
  await discard(fresh)
  await mkdir(fresh)
  const counter = (stage: 'copy' | 'verify', before: number, share: number) => {
    let doneBytes = 0
    return (bytes: number): void => {
      doneBytes += bytes
      const { totalBytes } = copy
      progress({ stage, doneBytes, totalBytes, fraction: before + (share * doneBytes) / Math.max(1, totalBytes) })
    }
  }
  try {
    await copy.into(fresh, { signal, onBytes: counter('copy', 0, COPY_SHARE) })
    await checkCopy(fresh, copy.asIs, { signal, onBytes: counter('verify', COPY_SHARE, 1 - COPY_SHARE) })
    const place = path.join(directory, id)
    await rename(fresh, place)
    await syncFolder(directory)
    progress({ stage: 'verify', doneBytes: copy.totalBytes, totalBytes: copy.totalBytes, fraction: 1 })
    log('info', 'model imported', { id })
    return await installedAt(place, catalogue)
  } catch (error) {
    return await discardAfter(error, fresh)
  }
}

const checkCopy = async (
  directory: string,
  asIs: CatalogueModel | undefined,
  job: { signal: AbortSignal; onBytes(bytes: number): void },
): Promise<void> => {
  if (asIs?.afterwards.kind === 'use-as-is') await writeDownloaded(directory, asIs, asIs.afterwards.layout)
  const downloaded = await readDownloaded(directory)
  if (!downloaded) {
    await checkBundle(directory, job)
    return
  }
  for (const file of downloaded.files) {
    const place = path.join(directory, file.path)
    const isSame =
      (await fileSizeBytes(place)) === file.sizeBytes &&
      (file.sha256 === null || (await hashFile(place, job)) === file.sha256)
    if (isSame) continue
    throw new AppError('model.corrupt', {
      params: { file: file.path, reason: `it is not the file that ${DOWNLOADED_FILE} names` },
      remedies: ['download-again'],
    })
  }
}
