import type {
  DeviceCertificate,
  DeviceTrial,
  DeviceWishId,
  ProviderFactsView,
  ProviderId,
} from '../../../shared/device/index.ts'

/** The engine that these devices and this model are for. */
export const LOCAL_ENGINE = 'local-cosyvoice'

/** The heading of the devices, for what speaks of them elsewhere on the page. */
export const DEVICES_ID = 'engines-devices'

/**
 * What is known of a provider.
 * - `reference`: the processor, which every other one is compared with
 * - `untested`: nobody tried it
 * - `right`: everything came out right; `right-single`: everything but what is in half precision
 * - `wrong`: it gave wrong numbers; `refused`: it gave none
 */
export type Verdict = 'reference' | 'untested' | 'right' | 'right-single' | 'wrong' | 'refused'

export const verdictOf = (provider: ProviderId, certificate: DeviceCertificate | undefined): Verdict => {
  if (provider === 'cpu') return 'reference'
  if (!certificate) return 'untested'
  if (certificate.isRight) return certificate.probes.every(({ isRight }) => isRight) ? 'right' : 'right-single'
  return certificate.probes.some(({ relativeError }) => relativeError !== null) ? 'wrong' : 'refused'
}

/**
 * The furthest that a device was off among the probes it gave numbers for; among those it had right where it is right as a
 * whole. null where it gave none.
 */
export const largestError = ({ isRight, probes }: Pick<DeviceCertificate, 'isRight' | 'probes'>): number | null => {
  const counted = isRight ? probes.filter((probe) => probe.isRight) : probes
  const errors = counted.flatMap(({ relativeError }) => (relativeError === null ? [] : [relativeError]))
  return errors.length === 0 ? null : Math.max(...errors)
}

/** Smaller errors are told as a bound: their digits mean nothing to anybody. */
const SMALLEST_TOLD_ERROR = 0.0001

/** A relative error as it is told: exactly, or as less than the smallest that is worth its digits. */
export const toldError = (relativeError: number): { isBound: 'yes' | 'no'; share: number } =>
  relativeError < SMALLEST_TOLD_ERROR
    ? { isBound: 'yes', share: SMALLEST_TOLD_ERROR }
    : { isBound: 'no', share: relativeError }

/** Ratios closer to 1 than this are told as equal. */
const EQUAL_WITHIN = 0.05

/** @param ratio of two speeds, above 0 @returns which is faster, and how many times, from 1 up */
export const toldSpeed = (ratio: number): { direction: 'faster' | 'slower' | 'same'; times: number } => {
  if (Math.abs(ratio - 1) <= EQUAL_WITHIN) return { direction: 'same', times: 1 }
  return ratio > 1 ? { direction: 'faster', times: ratio } : { direction: 'slower', times: 1 / ratio }
}

/** Providers that this system can have, and those it never has. */
export const splitProviders = (
  providers: readonly ProviderFactsView[],
): { present: readonly ProviderFactsView[]; absent: readonly ProviderFactsView[] } => ({
  present: providers.filter(({ state }) => state !== 'absent'),
  absent: providers.filter(({ state }) => state === 'absent'),
})

/**
 * What may be wished for: every provider that this system can have. What is not usable yet is shown but not to be chosen,
 * and a wish from another computer stays visible until it is changed.
 */
export const deviceWishes = (
  providers: readonly ProviderFactsView[],
  wish: DeviceWishId,
): readonly { facts: ProviderFactsView; isUsable: boolean }[] =>
  providers
    .filter(({ provider, state }) => state !== 'absent' || provider === wish)
    .map((facts) => ({ facts, isUsable: facts.state === 'ready' }))

export const providerName = (providers: readonly ProviderFactsView[], provider: ProviderId): string =>
  providers.find((facts) => facts.provider === provider)?.name ?? provider

/**
 * What a model was measured on, devices before the processor. Graphs that are the processor's on every computer do not
 * count.
 */
export const trialDevices = ({ placements }: Pick<DeviceTrial, 'placements'>): readonly ProviderId[] => {
  const used = new Set(placements.filter(({ reason }) => reason !== 'always-processor').map(({ provider }) => provider))
  const devices = [...used].filter((provider) => provider !== 'cpu')
  return used.has('cpu') || devices.length === 0 ? [...devices, 'cpu'] : devices
}

/** Whether a graph is where it is because nothing better was right or faster, which nobody should have to find out. */
export const isFallback = ({ reason }: Pick<DeviceTrial['placements'][number], 'reason'>): boolean =>
  reason === 'slower' || reason === 'unproved'
