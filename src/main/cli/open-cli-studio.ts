import { randomBytes } from 'node:crypto'
import { homedir } from 'node:os'
import path from 'node:path'
import { createMintId, engineIdSchema } from '../../shared/kernel/index.ts'
import { LOCAL_ENGINE_ID } from '../engines/index.ts'
import { createFileLog } from '../log/index.ts'
import { openSecrets } from '../secrets/index.ts'
import { openSettings } from '../settings/index.ts'
import { Studio } from '../studio/index.ts'
import { cliLocalDeps, type LocalFlags } from './cli-local.ts'
import { cliCudaDirectory, spawnCliWorkers } from './cli-workers.ts'
import { findEngine } from './find-engine.ts'
import { libraryDirectoryIn, userDataDirectory } from './library-directory.ts'

export type StudioFlags = LocalFlags & { library?: string; engine?: string }

const userData = (): string =>
  userDataDirectory({ platform: process.platform, homeDirectory: homedir(), env: process.env })

const libraryDirectoryFor = (flags: StudioFlags): string =>
  flags.library === undefined ? libraryDirectoryIn(userData()) : path.resolve(flags.library)

/** The same core as the app's, on plain Node, without a window. */
export const openCliStudio = (flags: StudioFlags, onQueueChanged: () => void = () => undefined): Studio => {
  const directory = libraryDirectoryFor(flags)
  // The command line's own short name.
  const asked = flags.engine === 'local' ? LOCAL_ENGINE_ID : (flags.engine ?? 'draft')
  let engineId = engineIdSchema.parse('draft')
  const log = createFileLog(path.join(directory, 'logs'), () => new Date())
  const settings = openSettings(userData(), log).get()
  const studio = new Studio({
    directory,
    spawnWorker: spawnCliWorkers(import.meta.dirname),
    defaultEngineId: () => engineId,
    nowEpochMs: () => Date.now(),
    random: () => Math.random(),
    mint: createMintId(randomBytes),
    log,
    onQueueChanged,
    onTakesAdded: () => undefined,
    onTakesRemoved: () => undefined,
    ...cliLocalDeps(flags),
    cudaDirectory: cliCudaDirectory(),
    onEnginesChanged: () => undefined,
    onDevicesChanged: () => undefined,
    // Keys that the app sealed can only be opened by the app; the command line has its own, or the environment's.
    secrets: openSecrets(path.join(directory, 'keys.json'), undefined, log),
    environment: (name) => process.env[name],
    isOffline: () => settings.staysOffline,
  })
  try {
    engineId = findEngine(studio.engines.list(), asked).engineId
    return studio
  } catch (error) {
    studio.library.close()
    throw error
  }
}
