import {
  findNvidiaDriver,
  hasCudaLibraries,
  missingFromNvidia,
  type NvidiaDriver,
  type SystemRoot,
} from './cuda-libraries.ts'
import { type Platform, PROVIDER_NAMES, PROVIDERS, type Provider, providersOf, THIS_PLATFORM } from './providers.ts'

/**
 * What can be said of a provider before it is tried.
 * - `ready`: nothing is missing that the app knows of
 * - `installable`: its libraries can be fetched
 * - `incomplete`: something is missing that the app does not fetch; `missing` says what
 * - `absent`: this platform has none, ever
 */
type ProviderState = 'ready' | 'installable' | 'incomplete' | 'absent'
type ProviderFacts = {
  readonly provider: Provider
  readonly name: string
  readonly state: ProviderState
  /** Products and libraries by name, in no language: 'NVIDIA driver 525.60.13', 'libcudnn.so.9'. */
  readonly missing: readonly string[]
}

type ProviderPlace = {
  readonly platform?: Platform
  /** Where libraries that were fetched are. */
  readonly cudaDirectory: string
  readonly system?: SystemRoot
}

const driverIsMissing = (driver: NvidiaDriver | undefined): boolean => !driver || driver.isNewEnough === false
const NEEDED_DRIVER = 'NVIDIA driver 525.60.13'

const nvidiaState = (
  provider: Provider,
  { cudaDirectory, system }: ProviderPlace,
): Pick<ProviderFacts, 'state' | 'missing'> => {
  const hasDriver = !driverIsMissing(findNvidiaDriver(system))
  const libraries = missingFromNvidia({ isForTensorRt: provider === 'tensorrt' }, system).map(({ library }) => library)
  const missing = [...(hasDriver ? [] : [NEEDED_DRIVER]), ...libraries]
  if (missing.length > 0) return { state: 'incomplete', missing }
  return { state: hasCudaLibraries(cudaDirectory) ? 'ready' : 'installable', missing: [] }
}

/** Every provider there is, in the order of `PROVIDERS`. Looks at files; whether one computes, `proveProvider` says. */
export const listProviders = (place: ProviderPlace): readonly ProviderFacts[] => {
  const here = providersOf(place.platform ?? THIS_PLATFORM)
  return PROVIDERS.map((provider) => {
    const facts = { provider, name: PROVIDER_NAMES[provider] }
    if (!here.includes(provider)) return { ...facts, state: 'absent', missing: [] }
    if (provider === 'cuda' || provider === 'tensorrt') return { ...facts, ...nvidiaState(provider, place) }
    return { ...facts, state: 'ready', missing: [] }
  })
}
