import { AppError, type EngineId } from '../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { draftDescription } from './draft/draft-description.ts'
import type { Engine } from './engine.ts'
import { toneDescription } from './tone/tone-description.ts'
import { createWorkerEngine } from './worker-engine.ts'

/** The engines there are. Listing them starts nothing. */
export interface EngineRegistry extends AsyncDisposable {
  list(): EngineCapabilities[]
  /** @throws AppError `engine.unknown` */
  get(engineId: EngineId): Engine
  /** The voices of all engines, for the library to offer. */
  presetVoices(): Voice[]
}

/** Engines that compute, in the order they are offered; each gets a process of its own, so that none takes another down. */
const COMPUTING = [draftDescription, toneDescription]

export const createEngineRegistry = ({ spawnWorker }: { spawnWorker: SpawnWorker }): EngineRegistry => {
  const engines = new Map<EngineId, Engine>(
    COMPUTING.map((description) => [description.capabilities.engineId, createWorkerEngine(description, spawnWorker)]),
  )
  return {
    list: () => [...engines.values()].map(({ capabilities }) => capabilities),
    get: (engineId) => {
      const engine = engines.get(engineId)
      if (engine) return engine
      throw new AppError('engine.unknown', {
        params: { engine: engineId, known: [...engines.keys()].join(', ') },
        remedies: ['choose-another-engine'],
      })
    },
    presetVoices: () => [...engines.values()].flatMap(({ presetVoices }) => presetVoices),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...engines.values()].map((engine) => engine[Symbol.asyncDispose]()))
    },
  }
}
