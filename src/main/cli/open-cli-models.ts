import { homedir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import { type Log, silentLog } from '../log/index.ts'
import {
  createModelClient,
  createModelShelf,
  type InstalledModel,
  loadCatalogue,
  type ModelClient,
} from '../models/index.ts'
import { openSettings } from '../settings/index.ts'
import { spawnCliWorkers } from './cli-workers.ts'
import { userDataDirectory } from './library-directory.ts'
import type { Reporter } from './reporter.ts'

export type ModelsFlags = { models?: string; catalogue?: string }

const userData = (): string =>
  userDataDirectory({ platform: process.platform, homeDirectory: homedir(), env: process.env })
const cliSettings = (): Settings => openSettings(userData(), silentLog).get()

/** The folder of models: the one that is named, or the app's. */
const modelsDirectoryFor = ({ models }: ModelsFlags): string =>
  models === undefined ? (cliSettings().modelsDirectory ?? path.join(userData(), 'models')) : path.resolve(models)

/** @throws AppError `usage.invalid` where a person's own catalogue is none */
const catalogueFileFor = async ({ catalogue }: ModelsFlags, mainDirectory: string): Promise<string> => {
  if (catalogue === undefined) return path.join(mainDirectory, '../../resources/models/catalogue.json')
  const file = path.resolve(catalogue)
  try {
    await loadCatalogue(file)
    return file
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : ''
    throw new AppError('usage.invalid', {
      params: { detail: `${file} is no catalogue of models: ${reason}` },
      remedies: ['see-help'],
      cause,
    })
  }
}

/** The models that are installed in the folder of the flags. */
export const openInstalledModels = async (
  flags: ModelsFlags,
  mainDirectory: string,
): Promise<readonly InstalledModel[]> => {
  const catalogueFile = await catalogueFileFor(flags, mainDirectory)
  const shelf = createModelShelf({
    directory: modelsDirectoryFor(flags),
    catalogue: await loadCatalogue(catalogueFile),
    log: silentLog,
  })
  return (await shelf.list()).installed
}

/**
 * @param mainDirectory where the built worker entries lie (out/main)
 * @throws AppError `usage.invalid` where a person's own catalogue is none
 */
export const openCliModels = async (
  flags: ModelsFlags,
  mainDirectory: string,
  reporter: Reporter,
): Promise<ModelClient> => {
  const catalogueFile = await catalogueFileFor(flags, mainDirectory)
  const directory = modelsDirectoryFor(flags)
  // What went well is said by the commands themselves.
  const log: Log = (level, message, facts = {}) => {
    if (level === 'info') return
    const names = Object.values(facts).flatMap((fact) => (typeof fact === 'string' ? [fact] : []))
    reporter.say(
      'warning',
      { message, ...facts },
      `Note: ${message}${names.length > 0 ? ` (${names.join(', ')})` : ''}`,
    )
  }
  return createModelClient({
    spawnWorker: spawnCliWorkers(mainDirectory),
    directory: () => directory,
    catalogueFile,
    log,
    isOffline: () => cliSettings().staysOffline,
  })
}
