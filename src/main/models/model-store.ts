import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { type BundlePrecision, bundlePrecisionSchema } from '../model-bundle/index.ts'
import { type CatalogueModel, downloadBytes, type MirrorChoice } from './catalogue.ts'
import { freeBytesOf, onDisk } from './disk-errors.ts'
import { remainingBytes } from './download-files.ts'
import { folderBytes, namesIn } from './durable-files.ts'
import { claimFolder, isClaim } from './folder-claim.ts'
import { type ImportOptions, importModel } from './import-model.ts'
import { type InstallDeps, type InstallJob, type InstallOptions, installModel, neededBytes } from './install-model.ts'
import { type InstalledModel, readInstalled } from './installed-model.ts'
import { exportPack } from './model-pack.ts'
import { DOWNLOADS_FOLDER, downloadFolder, isModelId } from './models-folder.ts'
import { type Repaired, repairModel } from './repair-model.ts'

export type AvailableModel = {
  readonly model: CatalogueModel
  readonly downloadBytes: number
  /** Of those, what an earlier download has left. */
  readonly downloadedBytes: number
  /** About what an installation needs at its fullest, for each precision; the same for all where nothing is converted. */
  readonly neededBytes: Readonly<Record<BundlePrecision, number>>
  /** Ids of those that are installed, one for each precision. */
  readonly installedIds: readonly string[]
}

export type ModelListing = {
  readonly available: readonly AvailableModel[]
  readonly installed: readonly InstalledModel[]
}

export type ModelDiskUsage = {
  readonly models: readonly { readonly id: string; readonly sizeBytes: number }[]
  /** Downloads, conversions and imports that were not finished, or are at work now. */
  readonly unfinishedBytes: number
  /** Undefined where the disk does not say. */
  readonly freeBytes: number | undefined
}

/** The models on this machine: `<directory>/<id>/` each, and `<directory>/.downloads/` for what is on its way. */
export type ModelStore = {
  /** What there is and what there could be. Damaged models are among them, with their problem. */
  list(): Promise<ModelListing>
  /** See `installModel`. @throws AppError `usage.invalid` for an id that the catalogue does not have */
  install(modelId: string, options: InstallOptions, job: InstallJob): Promise<InstalledModel>
  /** See `importModel`. @param source a pack, or the folder of a bundle or a checkpoint */
  importFrom(source: string, options: ImportOptions, job: InstallJob): Promise<InstalledModel>
  /** See `exportPack`. @throws AppError `model.not-found` */
  exportPack(id: string, file: string, job: InstallJob): Promise<void>
  /** See `repairModel`. */
  repair(id: string, options: { mirror?: MirrorChoice }, job: InstallJob): Promise<Repaired>
  /** Removes a model. @throws AppError `model.not-found`, `model.busy`, `model.not-writable` (Windows: one that is in use) */
  remove(id: string): Promise<void>
  /** Removes what downloads, conversions and imports have left; those at work stay. @returns how much that was */
  removeUnfinished(): Promise<number>
  diskUsage(): Promise<ModelDiskUsage>
}

export const createModelStore = (deps: InstallDeps): ModelStore => {
  const { directory, catalogue, log } = deps

  const installed = async (): Promise<InstalledModel[]> => {
    const found: InstalledModel[] = []
    for (const name of (await namesIn(directory)).filter(isModelId)) {
      const model = await readInstalled(path.join(directory, name), catalogue)
      if (model) found.push(model)
    }
    return found
  }

  const findModel = (modelId: string): CatalogueModel => {
    const model = catalogue.models.find(({ id }) => id === modelId)
    if (model) return model
    const known = catalogue.models.map(({ id }) => id).join(', ')
    throw new AppError('usage.invalid', {
      params: { detail: `there is no model “${modelId}”; there are ${known}` },
      remedies: ['see-help'],
    })
  }

  const getInstalled = async (id: string): Promise<InstalledModel> => {
    const place = path.join(directory, id)
    const model = isModelId(id) ? await readInstalled(place, catalogue) : undefined
    if (model) return model
    throw new AppError('model.not-found', { params: { folder: place }, remedies: ['choose-another-folder'] })
  }

  const available = async (model: CatalogueModel, all: readonly InstalledModel[]): Promise<AvailableModel> => {
    const folder = downloadFolder(directory, model.id)
    const totalBytes = downloadBytes(model)
    const toCome = await remainingBytes(model.files, (file) => path.join(folder, file.path))
    const needed = bundlePrecisionSchema.options.map((precision) => [precision, neededBytes(model, precision)] as const)
    const [cpu, gpu, fp32] = needed.map(([, bytes]) => bytes)
    return {
      model,
      downloadBytes: totalBytes,
      downloadedBytes: totalBytes - toCome,
      neededBytes: { cpu: cpu ?? 0, gpu: gpu ?? 0, fp32: fp32 ?? 0 },
      installedIds: all.filter(({ modelId }) => modelId === model.id).map(({ id }) => id),
    }
  }

  /** Folders of work that was begun, and the folder whose claim says whether it goes on. */
  const unfinished = async (): Promise<{ folder: string; claimed: string }[]> => {
    const downloads = path.join(directory, DOWNLOADS_FOLDER)
    const inDownloads = (await namesIn(downloads)).filter((name) => !isClaim(name))
    const beside = (await namesIn(directory)).filter((name) => /\.(partial|new|new\.partial|old)$/.test(name))
    return [
      ...inDownloads.map((name) => ({ folder: path.join(downloads, name), claimed: path.join(downloads, name) })),
      ...beside.map((name) => ({
        folder: path.join(directory, name),
        claimed: downloadFolder(directory, modelIdOfFolder(name)),
      })),
    ]
  }

  const modelIdOfFolder = (name: string): string => {
    const [id = name] = name.split('.')
    return (
      catalogue.models.find((model) => id === model.id || id.replace(/-(cpu|gpu|fp32)$/, '') === model.id)?.id ?? id
    )
  }

  return {
    async list() {
      return onDisk(directory, async () => {
        const all = await installed()
        return { available: await Promise.all(catalogue.models.map((model) => available(model, all))), installed: all }
      })
    },
    install: async (modelId, options, job) => installModel(deps, findModel(modelId), options, job),
    importFrom: (source, options, job) => importModel(deps, source, options, job),
    exportPack: async (id, file, job) => exportPack(await getInstalled(id), path.resolve(file), job),
    repair: async (id, options, job) => repairModel(deps, (await getInstalled(id)).id, options, job),
    remove: (id) =>
      onDisk(directory, async () => {
        const { directory: place, modelId = id } = await getInstalled(id)
        await using _claim = await claimFolder(downloadFolder(directory, modelId))
        const gone = `${place}.old`
        await rm(gone, { recursive: true, force: true })
        // Half a folder is never seen under the name of a model.
        await rename(place, gone)
        await rm(gone, { recursive: true, force: true })
        log('info', 'model removed', { id })
      }),
    removeUnfinished: () =>
      onDisk(directory, async () => {
        let removedBytes = 0
        for (const { folder, claimed } of await unfinished()) {
          const claim = await claimFolder(claimed).catch((error: unknown) => {
            if (error instanceof AppError && error.code === 'model.busy') return undefined
            throw error
          })
          if (!claim) continue
          await using _held = claim
          const sizeBytes = await folderBytes(folder)
          await rm(folder, { recursive: true, force: true })
          removedBytes += sizeBytes
        }
        return removedBytes
      }),
    async diskUsage() {
      return onDisk(directory, async () => {
        await mkdir(directory, { recursive: true })
        const models = (await installed()).map(({ id, sizeBytes }) => ({ id, sizeBytes }))
        let unfinishedBytes = 0
        for (const { folder } of await unfinished()) unfinishedBytes += await folderBytes(folder)
        return { models, unfinishedBytes, freeBytes: await freeBytesOf(directory) }
      })
    },
  }
}
