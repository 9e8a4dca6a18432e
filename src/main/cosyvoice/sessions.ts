import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import path from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { AppError } from '../../shared/kernel/index.ts'
import { isOutOfMemory, outOfMemory } from './devices/memory-errors.ts'
import { type DeviceProvider, PROVIDER_NAMES, type Provider, providersOf, THIS_PLATFORM } from './devices/providers.ts'
import { isWork, type RunRecord, startRunRecord } from './devices/run-record.ts'

type OnnxRuntime = typeof import('onnxruntime-node')
let loadedRuntime: OnnxRuntime | undefined

/**
 * Loaded with the first tensor or graph: whoever only asks what a model is or what devices there are does not carry it.
 *
 * ONNX Runtime's published builds report to Microsoft unless told not to before their first session: they make an identifier
 * of the device, keep a database of events in the user's cache and send it. Nothing leaves this app unasked. Heard in the
 * main thread of a process alone, since a worker thread's environment is a copy.
 * @source microsoft/onnxruntime pull request 27379; seen with onnxruntime-node 1.30.0 on linux x64
 */
const onnxRuntime = (): OnnxRuntime => {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  loadedRuntime ??= createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime
  return loadedRuntime
}

/**
 * A tensor as ONNX Runtime holds it. Of one that lies on a device neither `data` nor `getData()` may be asked: the first
 * throws, the second ends the process (onnxruntime-node 1.30.0). `dispose()` frees it.
 */
export type NetworkValue = Tensor
export type NetworkData = Float32Array | BigInt64Array | Int32Array | Int8Array

/** A graph that is ready to run. */
export interface Network extends AsyncDisposable {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Sizes of each input; a name stands for one that is known when it runs. */
  readonly inputShapes: Readonly<Record<string, readonly (number | string)[]>>
  /** What computes it. There is no other: a device that cannot throws, and nothing goes to the processor instead. */
  readonly provider: Provider
  /**
   * Operators beside the work (see `isWork`) that the processor computes for the device, each once; none where the device
   * has the whole graph. Undefined until the first run has shown it.
   */
  readonly onProcessor: readonly string[] | undefined
  /**
   * Runs on the calling thread until it is done; there is no cancelling inside.
   * @param outputs names of the outputs wanted; the others are not copied
   * @throws AppError model.graph-rejected; engine.out-of-memory; engine.gpu-unavailable where a device failed, or the first
   * run shows that part of the work was left to the processor
   */
  run(
    inputs: Readonly<Record<string, NetworkValue>>,
    outputs?: readonly string[],
  ): Promise<Record<string, NetworkValue>>
}

export type NetworkOptions = {
  /** Preset: `cpu`. */
  readonly provider?: Provider | undefined
  /** The device computes every node of the graph, or the graph is refused when it is opened. */
  readonly isWhole?: boolean
  /**
   * Outputs that stay on the device, to be handed to the next run unread. WebGPU alone does so; elsewhere they are copied
   * as every other one.
   */
  readonly keptOnDevice?: readonly string[]
  /** Preset: one for each physical core. */
  readonly threads?: number
  /** Weights are used where they lie instead of being copied into the order that is fastest: less memory, slower runs. */
  readonly isFrugal?: boolean
  /** 8-bit products are exact on processors whose short form saturates, at a cost. See `int8Saturates`. */
  readonly hasExactInt8?: boolean
}

/** Half of the logical processors is the number of cores on most machines with two threads a core; never less than two if there are two. */
const presetThreads = (): number => {
  const logical = cpus().length
  return logical <= 4 ? logical : Math.ceil(logical / 2)
}

const rejected = (graph: string, cause: unknown): AppError =>
  new AppError('model.graph-rejected', {
    params: { graph, reason: cause instanceof Error ? cause.message : String(cause) },
    remedies: ['convert-again', 'report'],
    cause,
  })

/** What ONNX Runtime did not do, by its cause and by who should have done it. */
const failed = (provider: Provider, graph: string, cause: unknown): AppError => {
  if (isOutOfMemory(cause)) return outOfMemory(provider, cause, graph)
  return provider === 'cpu' ? rejected(graph, cause) : gpuUnavailable(provider, cause, graph)
}

/**
 * A tensor over data that is not copied, so what is written there later is seen by the next run.
 */
export const networkTensor = (data: NetworkData, dims: readonly number[]): NetworkValue => {
  if (data instanceof Float32Array) return new (onnxRuntime().Tensor)('float32', data, dims)
  if (data instanceof BigInt64Array) return new (onnxRuntime().Tensor)('int64', data, dims)
  if (data instanceof Int8Array) return new (onnxRuntime().Tensor)('int8', data, dims)
  return new (onnxRuntime().Tensor)('int32', data, dims)
}

/** A half-precision copy. */
export const halfTensor = (data: Float32Array, dims: readonly number[]): NetworkValue =>
  new (onnxRuntime().Tensor)('float16', new Uint16Array(new Float16Array(data).buffer), dims)

/** The numbers of a float32 tensor. @throws Error where it holds something else */
export const float32Of = (value: NetworkValue | undefined): Float32Array => {
  if (value?.data instanceof Float32Array) return value.data
  throw new Error(`a float32 tensor was expected, not ${value?.type}`)
}

/** The numbers of an int8 tensor. @throws Error where it holds something else */
export const int8Of = (value: NetworkValue | undefined): Int8Array => {
  if (value?.data instanceof Int8Array) return value.data
  throw new Error(`an int8 tensor was expected, not ${value?.type}`)
}

/**
 * Loads a graph onto the processor or a device.
 * @throws AppError model.not-found; engine.out-of-memory; model.graph-rejected by the processor; engine.gpu-unavailable by a
 * device, whatever its reason
 */
export const openNetwork = async (modelPath: string, options: NetworkOptions = {}): Promise<Network> => {
  if (!existsSync(modelPath))
    throw new AppError('model.not-found', { params: { folder: path.dirname(modelPath) }, remedies: ['convert-again'] })
  return open(path.basename(modelPath), options, (how) => onnxRuntime().InferenceSession.create(modelPath, how))
}

/** A small graph that is in memory as a whole. @param name of it, for errors. @throws AppError as `openNetwork` */
export const openNetworkFrom = (model: Uint8Array, options: NetworkOptions = {}, name = 'graph'): Promise<Network> =>
  open(name, options, (how) => onnxRuntime().InferenceSession.create(model, how))

type Create = (options: InferenceSession.SessionOptions) => Promise<InferenceSession>

const open = async (graph: string, options: NetworkOptions, create: Create): Promise<Network> => {
  const { provider = 'cpu' } = options
  if (provider !== 'cpu') return openOnDevice(graph, provider, options, create)
  const session = await create(sessionOptions(options)).catch((cause: unknown) => {
    throw failed(provider, graph, cause)
  })
  return networkOf(session, {
    provider,
    onProcessor: () => [],
    run: async (inputs, outputs) => {
      try {
        return await session.run(inputs, outputs)
      } catch (cause) {
        throw failed(provider, graph, cause)
      }
    },
    release: () => session.release(),
  })
}

/** What ONNX Runtime says where it would have used the processor and may not. @source microsoft/onnxruntime onnxruntime/core/session/inference_session.cc */
const LEFT_TO_PROCESSOR = 'fallback to CPU EP has been explicitly disabled'

/**
 * First with the processor forbidden: what opens then is on the device as a whole. Where a few nodes are not, opened again
 * with a record of its first run, which names them; shapes and sums may be there, work may not.
 */
const openOnDevice = async (
  graph: string,
  provider: DeviceProvider,
  options: NetworkOptions,
  create: Create,
): Promise<Network> => {
  const refuse = (cause: unknown): never => {
    throw failed(provider, graph, cause)
  }
  if (!providersOf(THIS_PLATFORM).includes(provider))
    refuse(`there is no ${PROVIDER_NAMES[provider]} on ${THIS_PLATFORM.platform} ${THIS_PLATFORM.arch}`)
  const isCounted = provider === 'tensorrt'
  const whole = await create(sessionOptions(options, { isWhole: true })).catch((cause: unknown) => {
    const isPartial = cause instanceof Error && cause.message.includes(LEFT_TO_PROCESSOR)
    return isPartial && !options.isWhole ? undefined : refuse(cause)
  })
  if (whole && !isCounted) {
    const run: Run = async (inputs, outputs) => await whole.run(inputs, outputs).catch(refuse)
    return networkOf(whole, { provider, run, onProcessor: () => [], release: () => whole.release() })
  }
  await whole?.release()

  const record = startRunRecord()
  const session = await create(sessionOptions(options, { isWhole: whole !== undefined, record })).catch(
    (cause: unknown) => {
      record[Symbol.dispose]()
      return refuse(cause)
    },
  )
  let onProcessor: readonly string[] | undefined
  return networkOf(session, {
    provider,
    onProcessor: () => onProcessor,
    run: async (inputs, outputs) => {
      const results = await session.run(inputs, outputs).catch(refuse)
      if (onProcessor) return results
      session.endProfiling()
      const ran = record.read()
      const processor = ran.get('cpu') ?? []
      const work = processor.filter(isWork)
      if (work.length > 0) refuse(leftToProcessor(work))
      if (!ran.has(provider)) refuse('ONNX Runtime did not use it')
      onProcessor = processor
      return results
    },
    release: async () => {
      await session.release()
      record[Symbol.dispose]()
    },
  })
}

/**
 * What a message of ONNX Runtime says, without the place in its source that comes first and the stack that follows.
 * @source microsoft/onnxruntime include/onnxruntime/core/common/exceptions.h; onnxruntime/core/framework/sequential_executor.cc
 */
export const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  const [line = ''] = cause.message.trim().split('\n')
  const words = line.replace(/^.* was false\. /, '').replace(/^.*Status Message: (?:\S+:\d+ \w+ )?/, '')
  return words.replace(/\.$/, '') || cause.name
}

/** @param operators of ONNX that the processor would compute */
export const leftToProcessor = (operators: readonly string[]): string =>
  `ONNX Runtime would leave ${operators.join(', ')} to the processor`

/** A device that is not there, is not used, or fails. @param cause the foreign error, or the reason in words */
export const gpuUnavailable = (provider: DeviceProvider, cause: unknown, graph?: string): AppError =>
  new AppError('engine.gpu-unavailable', {
    params: {
      provider: PROVIDER_NAMES[provider],
      reason: reasonOf(cause),
      ...(graph === undefined ? {} : { graph }),
    },
    remedies: ['choose-another-precision', 'see-help', 'report'],
    cause,
  })

/** One list for each attempt. TensorRT leaves what it does not know to CUDA, which is the same card. */
const providerList = (provider: Provider): readonly Provider[] =>
  provider === 'tensorrt' ? ['tensorrt', 'cuda'] : [provider]

/** @source microsoft/onnxruntime js/common/lib/inference-session.ts, include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h */
const sessionOptions = (
  options: NetworkOptions,
  { isWhole = false, record }: { isWhole?: boolean; record?: RunRecord } = {},
): InferenceSession.SessionOptions => {
  const { provider = 'cpu', keptOnDevice = [] } = options
  return {
    executionProviders: providerList(provider),
    intraOpNumThreads: options.threads ?? presetThreads(),
    interOpNumThreads: 1,
    // Of a device that fails, the error is told in full; ONNX Runtime need not print it as well.
    logSeverityLevel: provider === 'cpu' ? 3 : 4,
    ...(provider === 'webgpu' && keptOnDevice.length > 0
      ? { preferredOutputLocation: Object.fromEntries(keptOnDevice.map((name) => [name, 'gpu-buffer' as const])) }
      : {}),
    ...(record ? { enableProfiling: true, profileFilePrefix: record.filePrefix } : {}),
    extra: {
      session: {
        ...(isWhole ? { disable_cpu_ep_fallback: '1' } : {}),
        ...(options.isFrugal ? { disable_prepacking: '1' } : {}),
        ...(options.hasExactInt8 ? { x64quantprecision: '1' } : {}),
      },
    },
  }
}

type Run = (
  inputs: Readonly<Record<string, NetworkValue>>,
  outputs: readonly string[],
) => Promise<Record<string, NetworkValue>>

const networkOf = (
  session: InferenceSession,
  how: { provider: Provider; onProcessor: () => readonly string[] | undefined; run: Run; release: () => Promise<void> },
): Network => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  inputShapes: Object.fromEntries(
    session.inputMetadata.flatMap((input) => (input.isTensor ? [[input.name, input.shape]] : [])),
  ),
  provider: how.provider,
  get onProcessor() {
    return how.onProcessor()
  },
  run: (inputs, outputs = session.outputNames) => how.run(inputs, outputs),
  [Symbol.asyncDispose]: how.release,
})
