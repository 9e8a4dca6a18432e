import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import type { Log } from '../log/index.ts'
import { onDisk } from '../model-bundle/index.ts'
import { type SpawnWorker, WorkerClient } from '../worker-process/index.ts'
import { type Catalogue, loadCatalogue } from './catalogue.ts'
import type { FetchedPackage, PackageRequest } from './fetch-package.ts'
import { type InstallJob, installedAt } from './install-model.ts'
import type { InstalledModel } from './installed-model.ts'
import {
  type ExportPackInput,
  fetchedPackageSchema,
  type ImportInput,
  type InstallInput,
  installedOutputSchema,
  modelItemSchema,
  type RepairInput,
  repairedOutputSchema,
} from './model-messages.ts'
import { createModelShelf, type ModelShelf } from './model-shelf.ts'
import type { ModelStore } from './model-store.ts'

type ModelClientDeps = {
  spawnWorker: SpawnWorker
  /** Folder of all models, as the settings are now; it need not exist. */
  directory(): string
  catalogueFile: string
  log: Log
  /** Whether nothing may be fetched, asked when a job begins. */
  isOffline(): boolean
}

/** The models of this machine, for processes that have other things to do than to work on them. */
export type ModelClient = ModelStore &
  AsyncDisposable & {
    /** Folder of all models. */
    directory(): string
    /** Downloads one file that belongs to no model, as the function `fetchPackage` does. */
    fetchPackage(request: PackageRequest, job: InstallJob): Promise<FetchedPackage>
    /** Jobs that run are told what `isOffline` says now: those that fetch fail as `model.offline`, the others go on. */
    offlineChanged(): void
  }

type StoreInput<Input> = Omit<Input, 'directory' | 'catalogueFile'>

/**
 * The store of models with its work in processes of their own: one for each job, which ends with it, since a conversion
 * leaves a large heap behind. What looks at names and sizes alone is done here. Jobs of different models run side by side;
 * of two on the same model the second is refused as `model.busy`, whichever process it is in.
 *
 * Offline, a job that needs something from elsewhere fails as `model.offline` before it opens a connection; what is there is kept.
 *
 * A process that ends by itself fails its job as `model.interrupted` (retryable): the same call carries on with what is there.
 * Disposing ends all jobs.
 */
export const createModelClient = (deps: ModelClientDeps): ModelClient => {
  const { spawnWorker, directory, catalogueFile, log, isOffline } = deps
  const workers = new Set<WorkerClient>()
  let catalogueRead: Promise<Catalogue> | undefined
  const catalogue = (): Promise<Catalogue> => {
    catalogueRead ??= loadCatalogue(catalogueFile)
    return catalogueRead
  }
  const shelf = async (): Promise<ModelShelf> =>
    createModelShelf({ directory: directory(), catalogue: await catalogue(), log })

  const tell = (worker: WorkerClient): void => {
    // A process that ends meanwhile fetches nothing; its job says why it ended.
    worker.call('setOffline', { isOffline: isOffline() }).catch(() => undefined)
  }

  const work = async <Input extends object, Output>(
    method: string,
    input: Input,
    outputSchema: z.ZodType<Output>,
    { signal, progress }: InstallJob,
  ): Promise<Output> => {
    const worker = new WorkerClient(spawnWorker, 'model-worker')
    workers.add(worker)
    try {
      // Messages keep their order: it knows before it begins.
      if (isOffline()) tell(worker)
      const output = await worker.call(
        method,
        { ...input, catalogueFile },
        {
          signal,
          onItem: (message) => {
            const item = modelItemSchema.parse(message)
            if (item.kind === 'progress') progress(item.progress)
            else log(item.level, item.message, item.facts)
          },
        },
      )
      return outputSchema.parse(output)
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'engine.crashed')) throw error
      log('error', 'a model worker ended by itself', { method, ...error.params })
      throw new AppError('model.interrupted', {
        remedies: ['try-again', 'report'],
        retryable: true,
        cause: error,
      })
    } finally {
      workers.delete(worker)
      await worker[Symbol.asyncDispose]()
    }
  }

  const installedIn = async (folder: string, id: string): Promise<InstalledModel> => {
    const known = await catalogue()
    return onDisk(folder, () => installedAt(path.join(folder, id), known))
  }

  return {
    directory,
    list: async () => (await shelf()).list(),
    remove: async (id) => (await shelf()).remove(id),
    removeUnfinished: async () => (await shelf()).removeUnfinished(),
    diskUsage: async () => (await shelf()).diskUsage(),
    install: async (modelId, { precision, mirror, acceptedLicence, keepsDownload }, job) => {
      const folder = directory()
      const input: StoreInput<InstallInput> = {
        modelId,
        precision: precision ?? null,
        mirror: mirror ?? null,
        acceptedLicence: acceptedLicence ?? null,
        keepsDownload: keepsDownload ?? false,
      }
      const { id } = await work('install', { ...input, directory: folder }, installedOutputSchema, job)
      return installedIn(folder, id)
    },
    importFrom: async (source, { precision }, job) => {
      const folder = directory()
      const input: StoreInput<ImportInput> = { source: path.resolve(source), precision: precision ?? null }
      const { id } = await work('importFrom', { ...input, directory: folder }, installedOutputSchema, job)
      return installedIn(folder, id)
    },
    exportPack: async (id, file, job) => {
      const input: StoreInput<ExportPackInput> = { id, file: path.resolve(file) }
      await work('exportPack', { ...input, directory: directory() }, z.undefined(), job)
    },
    repair: async (id, { mirror }, job) => {
      const folder = directory()
      const input: StoreInput<RepairInput> = { id, mirror: mirror ?? null }
      const { damaged } = await work('repair', { ...input, directory: folder }, repairedOutputSchema, job)
      return { model: await installedIn(folder, id), damaged }
    },
    fetchPackage: (request, job) => work('fetchPackage', request, fetchedPackageSchema, job),
    offlineChanged: () => {
      for (const worker of workers) tell(worker)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...workers].map((worker) => worker[Symbol.asyncDispose]()))
    },
  }
}
