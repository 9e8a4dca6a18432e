import { DASHSCOPE_SAMPLE_LIMITS, dashscopeSampleUrlSchema } from '../../../shared/endpoint/index.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { audioKindOf, type OwnReason, ownReason, RemoteFailure } from '../../remote/index.ts'
import { uploadTemporarily } from './temporary-upload.ts'
import { isAddressRefusal } from './voice-failure.ts'
import type { VoiceServiceDeps } from './voice-service.ts'

/** A recording of a voice: as a file, as an address that anyone can load it from, or both. */
export type VoiceSample = {
  /** WAV of 16-bit samples, mono. */
  readonly wav: Uint8Array<ArrayBuffer> | null
  /** https, and open for an hour at least. */
  readonly url: string | null
}

/**
 * Ways in which the service gets hold of a sample.
 * `own-url`: it loads it from where a person put it. `temporary-upload`: the sample is uploaded to the service's own storage,
 * which keeps it for two days. `data-uri`: the sample stands in the request itself.
 */
export const SAMPLE_WAYS = ['own-url', 'temporary-upload', 'data-uri'] as const
export type SampleWay = (typeof SAMPLE_WAYS)[number]

/** In the order in which they are tried: an address that a person took the trouble to give first, then what is most likely to work. */
export const waysOfSample = ({ wav, url }: VoiceSample): readonly SampleWay[] =>
  SAMPLE_WAYS.filter((way) => (way === 'own-url' ? url !== null : wav !== null))

/** A way that was of no use, and why. */
export type SampleWayFailed = { readonly way: SampleWay; readonly failure: RemoteFailure }

export type SampleDeps = VoiceServiceDeps & {
  /** Whether a person agrees that their recording goes that way; asked before anything is sent. */
  mayUpload(way: SampleWay): Promise<boolean>
}

const refusal = (reason: OwnReason): RemoteFailure => new RemoteFailure('bad-request', reason)

/** @throws RemoteFailure `bad-request` for a sample that the service would not take */
export const checkSample = ({ wav, url }: VoiceSample): void => {
  if (wav === null && url === null) throw refusal(ownReason('no-recording'))
  if (url !== null && !dashscopeSampleUrlSchema.safeParse(url).success) throw refusal(ownReason('recording-address'))
  if (wav === null) return
  if (audioKindOf(wav) !== 'wav') throw refusal(ownReason('recording-format', { allowed: 'WAV' }))
  if (wav.length > DASHSCOPE_SAMPLE_LIMITS.largestBytes)
    throw refusal(ownReason('recording-too-large', { limitMb: DASHSCOPE_SAMPLE_LIMITS.largestBytes / 1e6 }))
}

const addressBy = async (
  deps: SampleDeps,
  { wav, url }: VoiceSample,
  way: SampleWay,
  signal: AbortSignal,
): Promise<string> => {
  if (way === 'own-url') return url ?? ''
  const bytes = wav ?? new Uint8Array()
  return way === 'data-uri'
    ? `data:audio/wav;base64,${Buffer.from(bytes).toString('base64')}`
    : uploadTemporarily(deps, bytes, signal)
}

/** A person may take their time, and cancel meanwhile. */
const hasConsent = ({ mayUpload }: SampleDeps, way: SampleWay, signal: AbortSignal): Promise<boolean> => {
  if (signal.aborted) return Promise.reject(new AppCancel())
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new AppCancel())
    signal.addEventListener('abort', cancel, { once: true })
    mayUpload(way)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', cancel))
  })
}

/** Nothing that another way would change. */
const isFinal = ({ failureClass }: RemoteFailure): boolean => ['auth', 'quota', 'offline'].includes(failureClass)

/**
 * Makes a request that has the address of a sample in it, by one way after another until the service can load the sample.
 * @returns what the request returned, and by which way; the ways that were of no use before
 * @throws RemoteFailure of the last way; AppCancel also where a person agrees to none
 */
export const withSampleAddress = async <Output>(
  deps: SampleDeps,
  sample: VoiceSample,
  request: (url: string) => Promise<Output>,
  signal: AbortSignal,
): Promise<{ readonly output: Output; readonly way: SampleWay; readonly failed: readonly SampleWayFailed[] }> => {
  checkSample(sample)
  const failed: SampleWayFailed[] = []
  for (const way of waysOfSample(sample)) {
    if (!(await hasConsent(deps, way, signal))) continue
    const address = await addressBy(deps, sample, way, signal).catch(failureThatOthersMayAvoid)
    const output = address instanceof RemoteFailure ? address : await request(address).catch(failureOfAddress)
    if (!(output instanceof RemoteFailure)) return { output, way, failed }
    failed.push({ way, failure: output })
  }
  const last = failed.at(-1)
  if (last) throw last.failure
  throw new AppCancel()
}

const failureThatOthersMayAvoid = (error: unknown): RemoteFailure => {
  if (error instanceof RemoteFailure && !isFinal(error)) return error
  throw error
}
const failureOfAddress = (error: unknown): RemoteFailure => {
  if (error instanceof RemoteFailure && isAddressRefusal(error.facts)) return error
  throw error
}
