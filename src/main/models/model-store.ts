import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import type { Catalogue, CatalogueModel, MirrorChoice } from './catalogue.ts'
import { type ImportOptions, importModel } from './import-model.ts'
import { type InstallDeps, type InstallJob, type InstallOptions, installModel } from './install-model.ts'
import type { InstalledModel } from './installed-model.ts'
import { exportPack } from './model-pack.ts'
import { createModelShelf, getInstalled, type ModelShelf } from './model-shelf.ts'
import { type Repaired, repairModel } from './repair-model.ts'

/** What takes minutes: it downloads, reads and writes gigabytes, and computes. */
type ModelWork = {
  /** See `installModel`. @throws AppError `usage.invalid` for an id that the catalogue does not have */
  install(modelId: string, options: InstallOptions, job: InstallJob): Promise<InstalledModel>
  /** See `importModel`. @param source a pack, or the folder of a bundle or a checkpoint */
  importFrom(source: string, options: ImportOptions, job: InstallJob): Promise<InstalledModel>
  /** See `exportPack`. @throws AppError `model.not-found` */
  exportPack(id: string, file: string, job: InstallJob): Promise<void>
  /** See `repairModel`. */
  repair(id: string, options: { mirror?: MirrorChoice }, job: InstallJob): Promise<Repaired>
}

/** The models on this machine: `<directory>/<id>/` each, and `<directory>/.downloads/` for what is on its way. */
export type ModelStore = ModelShelf & ModelWork

export const createModelStore = (deps: InstallDeps): ModelStore => ({
  ...createModelShelf(deps),
  install: async (modelId, options, job) => installModel(deps, getModel(deps.catalogue, modelId), options, job),
  importFrom: (source, options, job) => importModel(deps, source, options, job),
  exportPack: async (id, file, job) => exportPack(await getInstalled(deps, id), path.resolve(file), job),
  repair: async (id, options, job) => repairModel(deps, (await getInstalled(deps, id)).id, options, job),
})

/** A model of the catalogue. @throws AppError `usage.invalid` */
const getModel = ({ models }: Catalogue, modelId: string): CatalogueModel => {
  const model = models.find(({ id }) => id === modelId)
  if (model) return model
  const known = models.map(({ id }) => id).join(', ')
  throw new AppError('usage.invalid', {
    params: { detail: `there is no model “${modelId}”; there are ${known}` },
    remedies: ['see-help'],
  })
}
