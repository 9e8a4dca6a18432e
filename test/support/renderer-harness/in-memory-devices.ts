import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'
import type {
  CudaOffer,
  DeviceCertificate,
  DeviceTrial,
  ProviderFactsView,
  ProviderId,
} from '../../../src/shared/device/index.ts'
import { AppCancel, AppError } from '../../../src/shared/kernel/index.ts'

export type DeviceChannels =
  | 'engine.devices'
  | 'engine.prove-devices'
  | 'engine.try-model'
  | 'engine.fetch-cuda'
  | 'engine.install-cuda'
  | 'engine.remove-cuda'

/** What the address of the page asks for; nothing outside a browser. */
const query = new URLSearchParams(globalThis.location?.search ?? '')
const AT_EPOCH_MS = 1_790_000_000_000

const PROVIDERS: readonly ProviderFactsView[] = [
  { provider: 'cpu', name: 'CPU', state: 'ready', missing: [] },
  {
    provider: 'cuda',
    name: 'CUDA',
    state: 'incomplete',
    missing: ['NVIDIA driver 525.60.13', 'libcudnn.so.9', 'libcublasLt.so.12'],
  },
  { provider: 'tensorrt', name: 'TensorRT', state: 'incomplete', missing: ['libnvinfer.so.10'] },
  { provider: 'dml', name: 'DirectML', state: 'absent', missing: [] },
  { provider: 'coreml', name: 'CoreML', state: 'absent', missing: [] },
  { provider: 'webgpu', name: 'WebGPU', state: 'ready', missing: [] },
]

const PROBES = ['matmul', 'matmul-half', 'attention', 'attention-half', 'convolution', 'layer-norm', 'sine']

const certificateOf = (provider: ProviderId, wrongProbes: readonly string[]): DeviceCertificate => {
  const wrong = (graph: string) =>
    new AppError('engine.provider-wrong', {
      params: { provider: provider === 'webgpu' ? 'WebGPU' : provider, graph, measured: '50.0 %' },
      remedies: ['report'],
    }).toData()
  const [first] = wrongProbes.filter((id) => !id.endsWith('-half'))
  return {
    provider,
    isRight: first === undefined,
    speedRatioToCpu: 3.42,
    probes: PROBES.map((id, index) => {
      const isRight = !wrongProbes.includes(id)
      return {
        id,
        isRight,
        relativeError: isRight ? 4e-7 * (index + 1) ** 5 : 0.5,
        milliseconds: 0.8 + index * 1.37,
        speedRatioToCpu: 0.7 + index,
        refusal: isRight ? null : wrong(id),
      }
    }),
    refusal: first === undefined ? null : wrong(first),
    provedAtEpochMs: AT_EPOCH_MS,
  }
}
const refused = (provider: ProviderId): DeviceCertificate => ({
  provider,
  isRight: false,
  speedRatioToCpu: null,
  probes: [],
  refusal: new AppError('engine.gpu-unavailable', {
    params: { provider: 'CUDA', reason: 'libcudnn.so.9: cannot open shared object file' },
    remedies: ['see-help'],
  }).toData(),
  provedAtEpochMs: AT_EPOCH_MS,
})

const aTrial = (isOnDevice: boolean): DeviceTrial => {
  const placed = (graph: string): DeviceTrial['placements'][number] => {
    if (['pitch', 'speaker', 'speechTokenizer'].includes(graph))
      return { graph, provider: 'cpu', reason: 'always-processor', refusal: null }
    if (graph === 'llm') return { graph, provider: 'cpu', reason: 'made-for-processor', refusal: null }
    if (isOnDevice && graph !== 'estimator') return { graph, provider: 'webgpu', reason: 'proved', refusal: null }
    return {
      graph,
      provider: 'cpu',
      reason: 'unproved',
      refusal: certificateOf('webgpu', ['attention']).refusal,
    }
  }
  return {
    modelId: 'cosyvoice3-cpu',
    placements: ['llm', 'flowFront', 'estimator', 'pitch', 'vocoder', 'speaker', 'speechTokenizer'].map(placed),
    durationSec: 4,
    tookSec: 5.2,
    rtf: 1.3,
    firstAudioSec: 2.31,
    loadSec: 3.4,
    peakMemoryBytes: 1_240_000_000,
    triedAtEpochMs: AT_EPOCH_MS,
  }
}

const CUDA: CudaOffer = {
  packageName: 'Microsoft.ML.OnnxRuntime.Gpu.Linux',
  licence: { spdx: 'MIT', url: 'https://github.com/microsoft/onnxruntime/blob/v1.30.0/LICENSE' },
  host: 'api.nuget.org',
  page: 'https://www.nuget.org/packages/Microsoft.ML.OnnxRuntime.Gpu.Linux/1.30.0',
  sizeBytes: null,
  isDownloaded: false,
  isInstalled: false,
}
const PACKAGE_BYTES = 312_000_000

/** Waits a moment between two steps of a job, unless the person has cancelled it. */
const step = async (signal: AbortSignal): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 150))
  if (signal.aborted) throw new AppCancel()
}

/**
 * Devices kept in memory. `?devices=tested`, `wrong`, `fails`, `installable`, `installable-fails`, `installed`, `elsewhere`
 * (a system without libraries to fetch) and `?trial` in the page's address choose what they are like.
 */
export const inMemoryDevices = ({
  emit,
}: {
  emit(channel: string, payload: unknown): void
}): Handlers<AppContract, DeviceChannels, AbortSignal> => {
  const kind = query.get('devices')
  const found = (): DeviceCertificate[] =>
    kind === 'wrong'
      ? [refused('cuda'), certificateOf('webgpu', ['attention', 'attention-half'])]
      : [certificateOf('webgpu', ['attention-half'])]
  let certificates = kind === 'tested' || kind === 'wrong' ? found() : []
  let trial = query.has('trial') ? aTrial(kind === 'wrong') : null
  const hasDriver = kind?.startsWith('install') ?? false
  let cuda: CudaOffer | null = kind === 'elsewhere' ? null : { ...CUDA, isInstalled: kind === 'installed' }
  const providers = (): readonly ProviderFactsView[] =>
    PROVIDERS.map((facts) =>
      facts.provider === 'cuda' && hasDriver
        ? { ...facts, state: cuda?.isInstalled ? 'ready' : 'installable', missing: [] }
        : facts,
    )
  const changeCuda = (change: Partial<CudaOffer>): void => {
    cuda = { ...CUDA, ...cuda, ...change }
    emit('engine.devices-changed', {})
  }
  return {
    'engine.devices': () => ({ providers: providers(), certificates, trial, cuda }),
    'engine.fetch-cuda': async (_input, { progress, signal }) => {
      progress({ doneBytes: 0, totalBytes: null })
      await step(signal)
      for (let share = 0; share <= 1; share += 0.1) {
        progress({ doneBytes: share * PACKAGE_BYTES, totalBytes: PACKAGE_BYTES })
        await step(signal)
        if (kind === 'installable-fails' && share > 0.3)
          throw new AppError('model.download-failed', {
            params: { file: CUDA.packageName, reason: `${CUDA.host}: the connection ended early` },
            remedies: ['try-again'],
            retryable: true,
          })
      }
      changeCuda({ isDownloaded: true })
      return { sha256: '0123456789abcdef'.repeat(4), sizeBytes: PACKAGE_BYTES, isKnown: false }
    },
    'engine.install-cuda': async (_input, { progress, signal }) => {
      for (let doneBytes = 0; doneBytes < 800e6; doneBytes += 100e6) {
        progress({ doneBytes, totalBytes: 800e6 })
        await step(signal)
      }
      changeCuda({ isDownloaded: false, isInstalled: true })
    },
    'engine.remove-cuda': () => changeCuda({ isDownloaded: false, isInstalled: false }),
    'engine.prove-devices': async (_input, { progress, item, signal }) => {
      const proved = found()
      for (const [done, certificate] of proved.entries()) {
        progress({ doneDevices: done, totalDevices: proved.length + 1 })
        await step(signal)
        if (kind === 'fails') throw new AppError('engine.crashed', { remedies: ['try-again'], retryable: true })
        item(certificate)
      }
      progress({ doneDevices: proved.length, totalDevices: proved.length + 1 })
      for (let wait = 0; wait < 10; wait += 1) await step(signal)
      certificates = proved
      emit('engine.devices-changed', {})
      return { certificates }
    },
    'engine.try-model': async (_input, { progress, signal }) => {
      for (let fraction = 0; fraction < 1; fraction += 0.1) {
        progress({ fraction })
        await step(signal)
        if (kind === 'fails' && fraction > 0.1)
          throw new AppError('engine.out-of-memory', {
            params: { provider: 'WebGPU', graph: 'estimator' },
            remedies: ['choose-another-precision', 'close-other-app'],
            retryable: true,
          })
      }
      trial = aTrial(false)
      emit('engine.devices-changed', {})
      return trial
    },
  }
}
