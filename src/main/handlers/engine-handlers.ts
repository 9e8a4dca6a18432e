import type { LocalEngineDesk } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'

export type EngineHandlersDeps = { localEngine: LocalEngineDesk }

type Channels = 'engine.devices' | 'engine.prove-devices' | 'engine.try-model'

export const engineHandlers = ({ localEngine }: EngineHandlersDeps): HandlersOf<Channels> => ({
  'engine.devices': () => localEngine.devices(),
  'engine.prove-devices': async ({ providers }, job) => ({ certificates: await localEngine.prove(providers, job) }),
  'engine.try-model': (_nothing, { signal, progress }) => localEngine.tryModel({ signal, progress }),
})
