import type { FetchedCuda, ProviderId } from '../../../shared/device/index.ts'
import type { CudaFetch, DeviceFacts } from '../../state/index.ts'

/** Devices that the libraries are for. */
const FOR: readonly ProviderId[] = ['cuda', 'tensorrt']

/**
 * Where the libraries for CUDA are on their way.
 * - `none`: nothing to be said: there are none for this system, or more is missing than they
 * - `confirming`: they came, and a person is to say whether their hash is right
 */
export type CudaPhase = 'none' | 'offered' | 'fetching' | 'confirming' | 'installing' | 'failed' | 'installed'

type Way = {
  facts: Pick<DeviceFacts, 'cuda' | 'providers'>
  fetching: ReturnType<CudaFetch['fetching']['store']['getState']>
  installing: ReturnType<CudaFetch['installing']['store']['getState']>
  fetched: FetchedCuda | null
}

export const cudaPhase = ({ facts: { cuda, providers }, fetching, installing, fetched }: Way): CudaPhase => {
  if (!cuda) return 'none'
  if (fetching.kind === 'running') return 'fetching'
  if (installing.kind === 'running') return 'installing'
  if (fetched) return 'confirming'
  if (fetching.kind === 'failed' || installing.kind === 'failed') return 'failed'
  if (cuda.isInstalled) return 'installed'
  return providers.some(({ state }) => state === 'installable') ? 'offered' : 'none'
}

/** Whether a device that the libraries are for could be tested and was not. */
export const isCudaUntested = ({ providers, certificates }: Pick<DeviceFacts, 'providers' | 'certificates'>): boolean =>
  providers.some(
    ({ provider, state }) =>
      FOR.includes(provider) && state === 'ready' && !certificates.some((known) => known.provider === provider),
  )

/** A hash as it is compared by eye: in groups of eight. */
export const hashGroups = (sha256: string): readonly string[] => sha256.match(/.{1,8}/g) ?? []
