import path from 'node:path'
import type { GrantId } from '../../shared/kernel/index.ts'
import type { ModelProgress } from '../../shared/model/index.ts'
import {
  type InstallProgress,
  type ModelClient,
  modelListingView,
  PACK_EXTENSION,
  placeForModels,
} from '../models/index.ts'
import type { HandlersOf } from './handlers-of.ts'
import type { EmitEvent } from './serve-contract.ts'

export type ModelHandlersDeps = {
  models: Omit<ModelClient, 'fetchPackage' | 'offlineChanged' | typeof Symbol.asyncDispose>
  emit: EmitEvent
  /** Whoever speaks with a model closes it: a file that is open cannot be replaced everywhere. `model.changed` follows. */
  letGoOfModel(id: string): Promise<void>
  /** Ask where a model lies, or where a pack is to go; null when the person closed the dialog. */
  chooseFolder(startFolder: string | null): Promise<string | null>
  choosePack(): Promise<string | null>
  choosePackTarget(suggestedName: string): Promise<string | null>
  grants: { give(path: string): GrantId; pathOf(grantId: GrantId): string }
}

type Channels =
  | 'model.list'
  | 'model.install'
  | 'model.choose-directory'
  | 'model.choose-source'
  | 'model.import'
  | 'model.choose-pack-target'
  | 'model.export-pack'
  | 'model.repair'
  | 'model.remove'
  | 'model.remove-unfinished'

type Job = { signal: AbortSignal; progress(progress: ModelProgress): void }

const jobOf = ({ signal, progress }: Job) => ({
  signal,
  progress: ({ part, ...state }: InstallProgress) => progress({ ...state, part: part ?? null }),
})

export const modelHandlers = (deps: ModelHandlersDeps): HandlersOf<Channels> => {
  const { models, grants } = deps
  /** Also what fails or is cancelled changes what is there: half a download can be gone on with. */
  const changing = async <Output>(work: Promise<Output>): Promise<Output> => {
    try {
      return await work
    } finally {
      deps.emit('model.changed', {})
    }
  }
  const granted = (file: string | null) =>
    file === null ? null : { grantId: grants.give(file), name: path.basename(file) }
  return {
    'model.list': async () => modelListingView(await models.list(), await models.diskUsage(), models.directory()),
    'model.install': async ({ catalogueId, precision, mirror, acceptedLicence }, job) => {
      const options = { precision, acceptedLicence, ...(mirror && { mirror }) }
      const { id } = await changing(models.install(catalogueId, options, jobOf(job)))
      return { id }
    },
    'model.choose-directory': async () => {
      const chosen = await deps.chooseFolder(models.directory())
      return chosen === null ? null : { directory: await placeForModels(chosen) }
    },
    'model.choose-source': async ({ kind }) =>
      granted(kind === 'pack' ? await deps.choosePack() : await deps.chooseFolder(null)),
    'model.import': async ({ grantId, precision }, job) => {
      const { id } = await changing(models.importFrom(grants.pathOf(grantId), { precision }, jobOf(job)))
      return { id }
    },
    'model.choose-pack-target': async ({ id }) => granted(await deps.choosePackTarget(`${id}${PACK_EXTENSION}`)),
    'model.export-pack': async ({ id, grantId }, job) => {
      const file = grants.pathOf(grantId)
      await models.exportPack(id, file, jobOf(job))
      return { path: file }
    },
    'model.repair': async ({ id, mirror }, job) => {
      await deps.letGoOfModel(id)
      const { damaged } = await changing(models.repair(id, mirror ? { mirror } : {}, jobOf(job)))
      return { repairedFiles: damaged.length }
    },
    'model.remove': async ({ id }) => {
      await deps.letGoOfModel(id)
      await changing(models.remove(id))
    },
    'model.remove-unfinished': async () => ({ removedBytes: await changing(models.removeUnfinished()) }),
  }
}
