import type { SpawnWorker } from '../../worker-process/index.ts'
import type { Engine } from '../engine.ts'
import type { WorkerReport } from '../engine-messages.ts'
import { createWorkerEngine } from '../worker-engine.ts'
import { describeLocal } from './local-description.ts'
import type { LocalSetup } from './local-setup.ts'

/** An engine to be measured: its process does nothing else. */
export type TrialEngine = Engine & { report(signal: AbortSignal): Promise<WorkerReport> }

/** @throws AppError as `describeLocal` does */
export const openTrialEngine = async (setup: LocalSetup, spawnWorker: SpawnWorker): Promise<TrialEngine> => {
  const description = await describeLocal(setup)
  // One that ended itself in the middle would be measured at its smallest.
  const { memoryLimitBytes: _, ...unlimited } = description
  return createWorkerEngine(unlimited, spawnWorker, { description, setup })
}
