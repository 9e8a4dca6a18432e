import { AppError, type AppErrorData, type EngineId, toAppError } from '../../shared/kernel/index.ts'
import type { EngineCapabilities } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import { draftDescription } from './draft/draft-description.ts'
import type { Engine } from './engine.ts'
import { createEngineCrew, type RetirableEngine } from './engine-crew.ts'
import type { EngineDescription } from './engine-description.ts'
import {
  describeLocal,
  LOCAL_ENGINE_ID,
  localWithoutModel,
  noModelChosen,
} from './local-cosyvoice/local-description.ts'
import type { LocalSetup } from './local-cosyvoice/local-setup.ts'
import type { MemberState } from './remote/member-pool.ts'
import { openRemoteEngine } from './remote/open-remote-engine.ts'
import type { RemoteEngine } from './remote/remote-engine.ts'
import type { RemoteDeps, RemoteSetup } from './remote/remote-setup.ts'
import { withSsml } from './ssml/with-ssml.ts'
import { toneDescription } from './tone/tone-description.ts'
import { createWorkerEngine } from './worker-engine.ts'

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
  /**
   * The engines that compute elsewhere, from now on; those that go or change speak what they speak to the end.
   * @returns the engines that came, went or changed
   */
  setRemote(setups: readonly RemoteSetup[]): EngineId[]
  /** How the endpoints of a remote engine are; none for any other. */
  memberStates(engineId: EngineId): readonly MemberState[]
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

export type EngineRegistryDeps = {
  readonly spawnWorker: SpawnWorker
  /** How engines elsewhere are reached. */
  readonly remote: RemoteDeps
}

export const createEngineRegistry = ({ spawnWorker, remote }: EngineRegistryDeps): EngineRegistry => {
  const without = localWithoutModel(noModelChosen().toData())
  const engines = new Map<EngineId, RetirableEngine>(
    [without, ...COMPUTING].map((description) => [
      description.capabilities.engineId,
      withSsml(createWorkerEngine(description, spawnWorker)),
    ]),
  )
  /** In the order they were added, with what they were made of. */
  let remoteEngines = new Map<EngineId, { made: string; engine: RemoteEngine }>()
  const retiring = new Set<RetirableEngine>()
  /** What the local engine was made of, so that it is not made anew of the same. */
  let localMade: string | undefined
  /** Settles when the former engine has spoken its lines. */
  const replaceLocal = async (engine: RetirableEngine): Promise<void> => {
    const former = engines.get(LOCAL_ENGINE_ID)
    engines.set(LOCAL_ENGINE_ID, engine)
    if (former) await retire(former)
  }
  const retire = async (engine: RetirableEngine): Promise<void> => {
    retiring.add(engine)
    await engine.retire()
    retiring.delete(engine)
  }
  const all = (): Engine[] => [...engines.values(), ...[...remoteEngines.values()].map(({ engine }) => engine)]
  return {
    list: () => all().map(({ capabilities }) => capabilities),
    get: (engineId) => {
      const engine = engines.get(engineId) ?? remoteEngines.get(engineId)?.engine
      if (!engine)
        throw new AppError('engine.unknown', {
          params: { engine: engineId, known: [...engines.keys(), ...remoteEngines.keys()].join(', ') },
          remedies: ['choose-another-engine'],
        })
      const { unavailable } = engine.capabilities
      if (unavailable) throw AppError.fromData(unavailable)
      return engine
    },
    presetVoices: () => all().flatMap(({ presetVoices }) => presetVoices),
    async setLocal(setup) {
      const description = await localDescriptionOf(setup)
      const made = JSON.stringify([description, setup ?? null])
      if (made === localMade) return
      localMade = made
      const makeProcess = () => createWorkerEngine(description, spawnWorker, setup && { description, setup })
      const { lines = 1 } = setup ?? {}
      void replaceLocal(withSsml(lines === 1 ? makeProcess() : createEngineCrew(description, makeProcess, lines)))
    },
    setRemote(setups) {
      const former = remoteEngines
      const changed = new Set(former.keys())
      remoteEngines = new Map()
      for (const setup of setups) {
        const { engine } = setup
        // Also of whether there are keys, which shows in a hint and in nothing else.
        const made = JSON.stringify([engine, engine.members.map(({ memberId }) => setup.keyMark(memberId))])
        const known = former.get(engine.engineId)
        if (known?.made === made) {
          changed.delete(engine.engineId)
          remoteEngines.set(engine.engineId, known)
          continue
        }
        changed.add(engine.engineId)
        remoteEngines.set(engine.engineId, { made, engine: openRemoteEngine(setup, remote) })
      }
      for (const [engineId, { engine }] of former)
        if (remoteEngines.get(engineId)?.engine !== engine) void retire(engine)
      return [...changed]
    },
    memberStates: (engineId) => remoteEngines.get(engineId)?.engine.memberStates() ?? [],
    async closeLocal(reason) {
      localMade = undefined
      await replaceLocal(createWorkerEngine(localWithoutModel(reason), spawnWorker))
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...all(), ...retiring].map((engine) => engine[Symbol.asyncDispose]()))
    },
  }
}
