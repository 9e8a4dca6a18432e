import { AppCancel, AppError, type AppErrorCode, type AppErrorData } from '../../../shared/kernel/index.ts'
import { encodeGraph, type OnnxGraph } from '../../onnx/index.ts'
import {
  float32Of,
  gpuUnavailable,
  leftToProcessor,
  type Network,
  type NetworkOptions,
  type NetworkValue,
  openNetworkFrom,
} from '../sessions.ts'
import { buildProbe, isHalfProbe, isUnused, PROBE_IDS, type Probe, type ProbeId } from './probes.ts'
import { type DeviceProvider, PROVIDER_NAMES } from './providers.ts'

/** What a device made of one probe; plain data. */
type ProbeResult = {
  readonly id: ProbeId
  readonly isRight: boolean
  /** ‖device − processor‖ / ‖processor‖; NaN where the device gave something that is no number, absent where it gave nothing. */
  readonly relativeError?: number
  /** One run, its copies to the device and back included. */
  readonly milliseconds?: number
  /** How many times as fast as the processor; below 1 it is slower. Small probes say little here. */
  readonly speedRatioToCpu?: number
  /** Why it is not right. */
  readonly refusal?: AppErrorData
}

/** What is known of a device because it was tried; plain data. */
export type ProviderCertificate = {
  readonly provider: DeviceProvider
  /** Whether everything that the app's own models ask in single precision comes out right. */
  readonly isRight: boolean
  /** Of `matmul`, the one probe that is large enough to tell. */
  readonly speedRatioToCpu?: number
  readonly probes: readonly ProbeResult[]
  /** Why it is not right: the first probe's. */
  readonly refusal?: AppErrorData
}

export type OpenProbe = (model: Uint8Array, options: NetworkOptions, name: string) => Promise<Network>
type ProofJob = {
  readonly signal: AbortSignal
  /** Preset: `openNetworkFrom`; another one stands in for hardware that is not there. */
  readonly open?: OpenProbe
}

/** The first run compiles what the others use. One that takes this long has nothing more to say. */
const HOPELESS_MS = 2000
const REPEATED_BELOW_MS = 200
const REPEATS = 3

/** What a device may answer to a probe without the proof being wrong. */
const REFUSALS: readonly AppErrorCode[] = ['engine.gpu-unavailable', 'engine.out-of-memory']

type Outputs = Record<string, NetworkValue>

const timedRuns = async (network: Network, { inputs }: Probe): Promise<{ outputs: Outputs; milliseconds: number }> => {
  const run = async (): Promise<{ outputs: Outputs; milliseconds: number }> => {
    const startedMs = performance.now()
    const outputs = await network.run(inputs)
    return { outputs, milliseconds: performance.now() - startedMs }
  }
  const first = await run()
  if (first.milliseconds > HOPELESS_MS) return first
  let best = await run()
  for (let index = 1; index < REPEATS && best.milliseconds < REPEATED_BELOW_MS; index++) {
    const next = await run()
    if (next.milliseconds < best.milliseconds) best = next
  }
  return best
}

/** Of each output on its own, the largest: a wrong one does not hide behind a loud one. */
const relativeErrorOf = (found: Outputs, expected: Outputs): number => {
  const errors = Object.entries(expected).map(([name, value]) => {
    const exact = float32Of(value)
    const measured = float32Of(found[name])
    let [difference, size] = [0, 0]
    for (const [index, number] of exact.entries()) {
      difference += ((measured[index] ?? Number.NaN) - number) ** 2
      size += number ** 2
    }
    return Math.sqrt(difference / size)
  })
  return errors.some(Number.isNaN) ? Number.NaN : Math.max(...errors)
}

const providerWrong = (provider: DeviceProvider, id: ProbeId, relativeError: number): AppError =>
  new AppError('engine.provider-wrong', {
    params: {
      provider: PROVIDER_NAMES[provider],
      graph: id,
      measured: Number.isFinite(relativeError) ? `${(100 * relativeError).toFixed(1)} %` : 'NaN',
    },
    remedies: ['choose-another-precision', 'see-help', 'report'],
  })

type Open = (graph: OnnxGraph, options: NetworkOptions) => Promise<Network>

const proveProbe = async (provider: DeviceProvider, probe: Probe, open: Open): Promise<ProbeResult> => {
  const { id, tolerance } = probe
  await using processor = await open(probe.reference, { provider: 'cpu' })
  const expected = await timedRuns(processor, probe)
  try {
    await using device = await open(probe.graph, { provider, isWhole: true })
    const found = await timedRuns(device, probe)
    // Asked of the session that ran, whatever was asked for when it was opened.
    if (device.provider !== provider) throw gpuUnavailable(provider, 'ONNX Runtime used the processor instead', id)
    if (device.onProcessor?.length !== 0)
      throw gpuUnavailable(provider, leftToProcessor(device.onProcessor ?? ['all of it']), id)
    const relativeError = relativeErrorOf(found.outputs, expected.outputs)
    const isRight = relativeError <= tolerance
    return {
      id,
      isRight,
      relativeError,
      milliseconds: found.milliseconds,
      speedRatioToCpu: expected.milliseconds / found.milliseconds,
      ...(isRight ? {} : { refusal: providerWrong(provider, id, relativeError).toData() }),
    }
  } catch (error) {
    if (error instanceof AppError && REFUSALS.includes(error.code))
      return { id, isRight: false, refusal: error.toData() }
    throw error
  }
}

/**
 * Tries a device: tiny graphs of the models' operators, each as a whole on the device, compared with the processor. Takes a
 * second or two; runs on the calling thread.
 * @returns what came out, also where the device is not there (`engine.gpu-unavailable`), has no room (`engine.out-of-memory`)
 * or computes wrong numbers (`engine.provider-wrong`); where not even the first probe could be run, the others are not asked
 * @throws AppCancel between two probes
 */
export const proveProvider = async (
  provider: DeviceProvider,
  { signal, open = openNetworkFrom }: ProofJob,
): Promise<ProviderCertificate> => {
  const probes: ProbeResult[] = []
  for (const id of PROBE_IDS) {
    if (signal.aborted) throw new AppCancel()
    const result = await proveProbe(provider, buildProbe(id), (graph, options) =>
      open(encodeGraph(graph), options, graph.name),
    )
    probes.push(result)
    if (probes.length === 1 && result.relativeError === undefined) break
  }
  const wrong = probes.find(({ id, isRight }) => !isRight && !isHalfProbe(id) && !isUnused(id, provider))
  const speedRatioToCpu = probes.find(({ id }) => id === 'matmul')?.speedRatioToCpu
  return {
    provider,
    isRight: wrong === undefined,
    probes,
    ...(speedRatioToCpu === undefined ? {} : { speedRatioToCpu }),
    ...(wrong?.refusal ? { refusal: wrong.refusal } : {}),
  }
}
