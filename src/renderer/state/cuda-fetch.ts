import { createStore, type StoreApi } from 'zustand/vanilla'
import type { FetchedCuda } from '../../shared/device/index.ts'
import type { Bridge } from '../bridge/index.ts'
import { createDeviceJob, type DeviceJob, type ResumableJob } from './device-job.ts'

export type CudaFetch = {
  /** What came, and waits for a person to say that its hash is right; null before and after. */
  store: StoreApi<{ fetched: FetchedCuda | null }>
  fetching: Pick<DeviceJob<'engine.fetch-cuda'>, 'store' | 'cancel'>
  installing: Pick<DeviceJob<'engine.install-cuda'>, 'store' | 'cancel'>
  /** @param acceptedLicence SPDX identifier of what the person has accepted */
  fetch(acceptedLicence: string): void
  /** The hash of what came is right. */
  confirm(): void
  /** Removes the libraries, or what came of them. */
  remove(): void
}

/** The way of the libraries for CUDA onto this computer: what is known installs itself, the rest waits for a person. */
export const createCudaFetch = (
  bridge: Bridge,
  ended: () => void,
  tellError: (error: unknown) => void,
): CudaFetch & { readonly jobs: readonly ResumableJob[] } => {
  const store = createStore<{ fetched: FetchedCuda | null }>(() => ({ fetched: null }))
  const installing = createDeviceJob(bridge, 'engine.install-cuda', { ended })
  const install = ({ sha256 }: FetchedCuda): void => {
    store.setState({ fetched: null })
    installing.start({ sha256 })
  }
  const fetching = createDeviceJob(bridge, 'engine.fetch-cuda', {
    ended,
    done: (fetched) => (fetched.isKnown ? install(fetched) : store.setState({ fetched })),
  })
  return {
    store,
    fetching,
    installing,
    jobs: [fetching, installing],
    fetch: (acceptedLicence) => {
      store.setState({ fetched: null })
      installing.reset()
      fetching.start({ acceptedLicence })
    },
    confirm: () => {
      const { fetched } = store.getState()
      if (fetched) install(fetched)
    },
    remove: () => {
      store.setState({ fetched: null })
      bridge.call('engine.remove-cuda').catch(tellError)
    },
  }
}
