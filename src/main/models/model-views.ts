import type { AvailableModelView, InstalledModelView, ModelListingView } from '../../shared/model/index.ts'
import type { InstalledModel } from './installed-model.ts'
import type { AvailableModel, ModelDiskUsage, ModelListing } from './model-shelf.ts'

/** A model as programs and windows see it: its place on the disk is not theirs. */
export const installedView = (model: InstalledModel): InstalledModelView => ({
  id: model.id,
  layout: model.layout,
  catalogueId: model.modelId ?? null,
  name: model.name,
  precision: model.precision ?? null,
  sizeBytes: model.sizeBytes,
  missing: model.missing,
  problem: model.problem ?? null,
})

/** An address that is none is seen to be one by what it says. */
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).host : address)

const availableView = ({ model, ...facts }: AvailableModel): AvailableModelView => ({
  catalogueId: model.id,
  name: model.name,
  family: model.family,
  licence: model.licence,
  languages: model.languages,
  mirrors: model.mirrors.map(({ id, name, baseUrl }) => ({ id, name, host: hostOf(baseUrl) })),
  isConverted: model.afterwards.kind === 'convert',
  fileCount: model.files.length,
  downloadBytes: facts.downloadBytes,
  downloadedBytes: facts.downloadedBytes,
  neededBytes: facts.neededBytes,
  installedIds: facts.installedIds,
})

/** All there is to know of models, as a window shows it. */
export const modelListingView = (
  { available, installed }: ModelListing,
  { unfinishedBytes, freeBytes }: ModelDiskUsage,
  directory: string,
): ModelListingView => ({
  available: available.map(availableView),
  installed: installed.map(installedView),
  directory,
  unfinishedBytes,
  freeBytes: freeBytes ?? null,
})
