import { rename } from 'node:fs/promises'
import path from 'node:path'
import { discard, ifAbsent, namesIn, syncFolder } from '../disk/index.ts'
import type { BundlePrecision } from '../model-bundle/index.ts'
import type { CatalogueModel } from './catalogue.ts'

/** Names of installed models. Whatever else lies in the folder has a dot in its name: `x.partial`, `x.new`, `.downloads`. */
const MODEL_ID = /^\w[\w-]*$/
export const isModelId = (name: string): boolean => MODEL_ID.test(name)

/** What is on its way. */
export const DOWNLOADS_FOLDER = '.downloads'

/** Where the files of a model of the catalogue gather until something is made of them. */
export const downloadFolder = (modelsDirectory: string, modelId: string): string =>
  path.join(modelsDirectory, DOWNLOADS_FOLDER, modelId)

/** A name for a model made from something else: of what it allows, as much as there is. */
export const toModelId = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'model'

/** A model of each precision has a folder of its own. */
export const installedId = ({ id, afterwards }: CatalogueModel, precision: BundlePrecision): string =>
  afterwards.kind === 'convert' ? `${id}-${precision}` : id

/** `wanted`, or the first of `wanted-2`, `wanted-3` ... that is not taken. */
export const freeModelId = async (modelsDirectory: string, wanted: string): Promise<string> => {
  const taken = await namesIn(modelsDirectory)
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted}-${number}`
    if (!taken.includes(id)) return id
  }
}

/**
 * Puts a finished folder in the place of another, which goes. A process that is killed in between leaves both under names
 * of their own, and the same call carries on.
 */
export const putInPlace = async (fresh: string, place: string): Promise<void> => {
  const old = `${place}.old`
  await discard(old)
  await rename(place, old).catch(ifAbsent(undefined))
  await rename(fresh, place)
  await syncFolder(path.dirname(place))
  await discard(old)
}
