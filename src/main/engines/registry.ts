import { AppError, type AppErrorData, type EngineId, toAppError } from '../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { draftDescription } from './draft/draft-description.ts'
import type { Engine } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'
import {
  describeLocal,
  LOCAL_ENGINE_ID,
  localWithoutModel,
  noModelChosen,
} from './local-cosyvoice/local-description.ts'
import type { LocalSetup } from './local-cosyvoice/local-setup.ts'
import { toneDescription } from './tone/tone-description.ts'
import { createWorkerEngine, type WorkerEngine } from './worker-engine.ts'

/** The engines there are. Listing them starts nothing. */
export interface EngineRegistry extends AsyncDisposable {
  list(): EngineCapabilities[]
  /** @throws AppError `engine.unknown` */
  get(engineId: EngineId): Engine
  /** The voices of all engines, for the library to offer. */
  presetVoices(): Voice[]
  /**
   * What the local engine speaks with from now on; lines that it speaks now are spoken to their end. A model that cannot be
   * used leaves the engine listed, with the reason.
   * @param setup undefined: no model is chosen
   */
  setLocal(setup: LocalSetup | undefined): Promise<void>
  /** Closes the local engine's model, when its line is spoken to the end; lines that come until `setLocal` are told why. */
  closeLocal(reason: AppErrorData): Promise<void>
}

/** Engines that compute, in the order they are offered; each gets a process of its own, so that none takes another down. */
const COMPUTING = [draftDescription, toneDescription]

const localDescriptionOf = async (setup: LocalSetup | undefined): Promise<EngineDescription> => {
  if (!setup) return localWithoutModel(noModelChosen().toData())
  try {
    return await describeLocal(setup)
  } catch (error) {
    return localWithoutModel(toAppError(error).toData())
  }
}

export const createEngineRegistry = ({ spawnWorker }: { spawnWorker: SpawnWorker }): EngineRegistry => {
  const without = localWithoutModel(noModelChosen().toData())
  const engines = new Map<EngineId, WorkerEngine>(
    [without, ...COMPUTING].map((description) => [
      description.capabilities.engineId,
      createWorkerEngine(description, spawnWorker),
    ]),
  )
  const retiring = new Set<WorkerEngine>()
  /** What the local engine was made of, so that it is not made anew of the same. */
  let localMade: string | undefined
  /** Settles when the former engine has spoken its lines. */
  const replaceLocal = async (engine: WorkerEngine): Promise<void> => {
    const former = engines.get(LOCAL_ENGINE_ID)
    engines.set(LOCAL_ENGINE_ID, engine)
    if (!former) return
    retiring.add(former)
    await former.retire()
    retiring.delete(former)
  }
  return {
    list: () => [...engines.values()].map(({ capabilities }) => capabilities),
    get: (engineId) => {
      const engine = engines.get(engineId)
      if (!engine)
        throw new AppError('engine.unknown', {
          params: { engine: engineId, known: [...engines.keys()].join(', ') },
          remedies: ['choose-another-engine'],
        })
      const { unavailable } = engine.capabilities
      if (unavailable) throw AppError.fromData(unavailable)
      return engine
    },
    presetVoices: () => [...engines.values()].flatMap(({ presetVoices }) => presetVoices),
    async setLocal(setup) {
      const description = await localDescriptionOf(setup)
      const made = JSON.stringify([description, setup ?? null])
      if (made === localMade) return
      localMade = made
      void replaceLocal(createWorkerEngine(description, spawnWorker, setup && { description, setup }))
    },
    async closeLocal(reason) {
      localMade = undefined
      await replaceLocal(createWorkerEngine(localWithoutModel(reason), spawnWorker))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...engines.values(), ...retiring].map((engine) => engine[Symbol.asyncDispose]()))
    },
  }
}
