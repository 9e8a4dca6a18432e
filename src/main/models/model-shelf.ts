import { rename } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { discard, folderBytes, freeBytes, namesIn } from '../disk/index.ts'
import {
  type BundlePrecision,
  bundlePrecisionSchema,
  claimedFolderName,
  claimFolder,
  onDisk,
} from '../model-bundle/index.ts'
import { type CatalogueModel, downloadBytes } from './catalogue.ts'
import { remainingBytes } from './download-files.ts'
import { type InstallDeps, neededBytes } from './install-model.ts'
import { type InstalledModel, readInstalled } from './installed-model.ts'
import { DOWNLOADS_FOLDER, downloadFolder, isModelId } from './models-folder.ts'

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

/** What can be seen and thrown away without reading a model: names and sizes of files are all that is looked at. */
export type ModelShelf = {
  /** What there is and what there could be. Damaged models are among them, with their problem. */
  list(): Promise<ModelListing>
  /** Removes a model. @throws AppError `model.not-found`, `model.busy`, `model.not-writable` (Windows: one that is in use) */
  remove(id: string): Promise<void>
  /** Removes what downloads, conversions and imports have left; those at work stay. @returns how much that was */
  removeUnfinished(): Promise<number>
  diskUsage(): Promise<ModelDiskUsage>
}

type ModelShelfDeps = Pick<InstallDeps, 'directory' | 'catalogue' | 'log'>

/** @throws AppError `model.not-found` */
export const getInstalled = async (
  { directory, catalogue }: Omit<ModelShelfDeps, 'log'>,
  id: string,
): Promise<InstalledModel> => {
  const place = path.join(directory, id)
  const model = isModelId(id) ? await readInstalled(place, catalogue) : undefined
  if (model) return model
  throw new AppError('model.not-found', { params: { folder: place }, remedies: ['choose-another-folder'] })
}

export const createModelShelf = ({ directory, catalogue, log }: ModelShelfDeps): ModelShelf => {
  const downloads = path.join(directory, DOWNLOADS_FOLDER)

  const installed = async (): Promise<InstalledModel[]> => {
    const found: InstalledModel[] = []
    for (const name of (await namesIn(directory)).filter(isModelId)) {
      const model = await readInstalled(path.join(directory, name), catalogue)
      if (model) found.push(model)
    }
    return found
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

  /** Folders of work that was begun, and the folders whose claims say whether it goes on. */
  const unfinished = async (): Promise<{ folder: string; claimed: string[] }[]> => {
    const inDownloads = (await namesIn(downloads)).filter((name) => claimedFolderName(name) === undefined)
    const beside = (await namesIn(directory)).filter((name) => /\.(partial|new|new\.partial|old)$/.test(name))
    return [
      ...inDownloads.map((name) => ({ folder: path.join(downloads, name), claimed: [path.join(downloads, name)] })),
      ...beside.map((name) => {
        const folder = path.join(directory, name)
        // The converter claims the folder that it is to become.
        return { folder, claimed: [downloadFolder(directory, modelIdOfFolder(name)), folder.replace(/\.partial$/, '')] }
      }),
    ]
  }

  const modelIdOfFolder = (name: string): string => {
    const [id = name] = name.split('.')
    return (
      catalogue.models.find((model) => id === model.id || id.replace(/-(cpu|gpu|fp32)$/, '') === model.id)?.id ?? id
    )
  }

  /** Undefined where somebody is at work. */
  const claimIfFree = (folder: string): Promise<AsyncDisposable | undefined> =>
    claimFolder(folder).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'model.busy') return undefined
      throw error
    })

  const allFree = async (folders: readonly string[], claims: AsyncDisposableStack): Promise<boolean> => {
    for (const folder of folders) {
      const claim = await claimIfFree(folder)
      if (!claim) return false
      claims.use(claim)
    }
    return true
  }

  const clearClaims = async (folder: string): Promise<void> => {
    const claimed = new Set((await namesIn(folder)).map(claimedFolderName).filter((name) => name !== undefined))
    for (const name of claimed) await (await claimIfFree(path.join(folder, name)))?.[Symbol.asyncDispose]()
  }

  return {
    list: () =>
      onDisk(directory, async () => {
        const all = await installed()
        return { available: await Promise.all(catalogue.models.map((model) => available(model, all))), installed: all }
      }),
    remove: (id) =>
      onDisk(directory, async () => {
        const { directory: place, modelId = id } = await getInstalled({ directory, catalogue }, id)
        await using _claim = await claimFolder(downloadFolder(directory, modelId))
        const gone = `${place}.old`
        await discard(gone)
        // Half a folder is never seen under the name of a model.
        await rename(place, gone)
        await discard(gone)
        log('info', 'model removed', { id })
      }),
    removeUnfinished: () =>
      onDisk(directory, async () => {
        let removedBytes = 0
        for (const { folder, claimed } of await unfinished()) {
          await using claims = new AsyncDisposableStack()
          const isFree = await allFree(claimed, claims)
          if (!isFree) continue
          const sizeBytes = await folderBytes(folder)
          await discard(folder)
          removedBytes += sizeBytes
        }
        for (const folder of [directory, downloads]) await clearClaims(folder)
        return removedBytes
      }),
    diskUsage: () =>
      onDisk(directory, async () => {
        const models = (await installed()).map(({ id, sizeBytes }) => ({ id, sizeBytes }))
        let unfinishedBytes = 0
        for (const { folder } of await unfinished()) unfinishedBytes += await folderBytes(folder)
        return { models, unfinishedBytes, freeBytes: await freeBytes(directory) }
      }),
  }
}
