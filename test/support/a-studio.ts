import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { silentLog } from '../../src/main/log/index.ts'
import { openSecrets } from '../../src/main/secrets/index.ts'
import { Studio, type StudioDeps } from '../../src/main/studio/index.ts'
import { type SpawnWorker, spawnOnNode } from '../../src/main/worker-process/index.ts'
import { settingsSchema } from '../../src/shared/settings/index.ts'
import { anEngineId } from './a-project.ts'

const main = path.resolve(import.meta.dirname, '../../src/main')
const ROOMS = {
  'engine-worker': 'engines',
  'export-worker': 'export',
  'playback-worker': 'playback',
  'model-worker': 'models',
} as const

/** Any worker, run from its source. */
export const spawnSource: SpawnWorker = (entry) => spawnOnNode(path.join(main, ROOMS[entry]), '.ts')(entry)

/** What a studio needs in a test: real files and real worker processes, run from source. */
export const studioDeps = (directory: string, deps: Partial<StudioDeps> = {}): StudioDeps => ({
  directory,
  spawnWorker: spawnSource,
  defaultEngineId: () => anEngineId('draft'),
  nowEpochMs: () => Date.now(),
  random: () => 0.5,
  mint: () => randomUUID(),
  log: silentLog,
  onQueueChanged: () => undefined,
  onTakesAdded: () => undefined,
  onTakesRemoved: () => undefined,
  localSettings: () => settingsSchema.parse({}),
  findModel: async () => undefined,
  cudaDirectory: path.join(directory, 'cuda'),
  onEnginesChanged: () => undefined,
  onDevicesChanged: () => undefined,
  secrets: openSecrets(path.join(directory, 'keys.json'), undefined, silentLog),
  environment: () => undefined,
  isOffline: () => false,
  ...deps,
})

export const aStudio = (directory: string, deps: Partial<StudioDeps> = {}): Studio =>
  new Studio(studioDeps(directory, deps))
