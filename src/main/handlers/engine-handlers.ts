import type { CudaDesk, LocalEngineDesk } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'

export type EngineHandlersDeps = { localEngine: LocalEngineDesk; cuda: CudaDesk }

type Channels =
  | 'engine.devices'
  | 'engine.prove-devices'
  | 'engine.try-model'
  | 'engine.fetch-cuda'
  | 'engine.install-cuda'
  | 'engine.remove-cuda'

export const engineHandlers = ({ localEngine, cuda }: EngineHandlersDeps): HandlersOf<Channels> => ({
  'engine.devices': async () => ({ ...(await localEngine.devices()), cuda: await cuda.offer() }),
  'engine.prove-devices': async ({ providers }, job) => ({ certificates: await localEngine.prove(providers, job) }),
  'engine.try-model': (_nothing, { signal, progress }) => localEngine.tryModel({ signal, progress }),
  'engine.fetch-cuda': ({ acceptedLicence }, { signal, progress }) => cuda.fetch(acceptedLicence, { signal, progress }),
  'engine.install-cuda': ({ sha256 }, { signal, progress }) => cuda.install(sha256, { signal, progress }),
  'engine.remove-cuda': () => cuda.remove(),
})
