import type { DeviceCertificate, ProviderFactsView, ProviderId } from '../../../shared/device/index.ts'
import { AppCancel, AppError, toAppError } from '../../../shared/kernel/index.ts'
import { listProviders, PROVIDER_NAMES } from '../../cosyvoice/index.ts'
import { type SpawnWorker, WorkerClient } from '../../worker-process/index.ts'
import { proveOutputSchema } from '../engine-messages.ts'

/** Every provider there is, as far as files tell. @param cudaDirectory where libraries for CUDA are kept */
export const listDevices = (cudaDirectory: string): readonly ProviderFactsView[] => listProviders({ cudaDirectory })

type ProveJob = {
  readonly signal: AbortSignal
  onCertificate(certificate: DeviceCertificate): void
}

/** The first use of a device compiles its programs, which takes seconds; one that takes this long hangs. */
const PATIENCE_MS = 180_000

const failed = (provider: ProviderId, error: AppError, nowEpochMs: number): DeviceCertificate => ({
  provider,
  isRight: false,
  speedRatioToCpu: null,
  probes: [],
  refusal: error.toData(),
  provedAtEpochMs: nowEpochMs,
})

const noAnswer = (provider: ProviderId): AppError =>
  new AppError('engine.gpu-unavailable', {
    params: { provider: PROVIDER_NAMES[provider], reason: `it did not answer within ${PATIENCE_MS / 1000} seconds` },
    remedies: ['try-again', 'report'],
  })

/** A driver may end the process that tries it, which is then what is known of the device. */
const crashed = (provider: ProviderId, cause: AppError): AppError =>
  new AppError('engine.gpu-unavailable', {
    params: { provider: PROVIDER_NAMES[provider], reason: `it ended the process (${cause.params.exitCode})` },
    remedies: ['report'],
    cause,
  })

const proveOne = async (
  provider: ProviderId,
  spawnWorker: SpawnWorker,
  signal: AbortSignal,
  nowEpochMs: () => number,
): Promise<DeviceCertificate> => {
  await using client = new WorkerClient(spawnWorker, 'engine-worker')
  const patience = AbortSignal.timeout(PATIENCE_MS)
  try {
    // A device that hangs hears no cancel.
    patience.addEventListener('abort', () => client.kill(), { once: true })
    return proveOutputSchema.parse(await client.call('prove', { provider }, { signal }))
  } catch (error) {
    if (error instanceof AppCancel) throw error
    const named = toAppError(error)
    const reason = patience.aborted
      ? noAnswer(provider)
      : named.code === 'engine.crashed'
        ? crashed(provider, named)
        : named
    return failed(provider, reason, nowEpochMs())
  }
}

/**
 * Tries devices one after the other, each in a process of its own. What one does wrong is its certificate, and the next is
 * tried.
 * @throws AppCancel
 */
export const proveDevices = async (
  providers: readonly ProviderId[],
  { spawnWorker, nowEpochMs }: { spawnWorker: SpawnWorker; nowEpochMs(): number },
  { signal, onCertificate }: ProveJob,
): Promise<DeviceCertificate[]> => {
  const certificates: DeviceCertificate[] = []
  for (const provider of providers) {
    const certificate = await proveOne(provider, spawnWorker, signal, nowEpochMs)
    certificates.push(certificate)
    onCertificate(certificate)
  }
  return certificates
}
