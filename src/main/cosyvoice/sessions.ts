import { existsSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { AppError } from '../../shared/kernel/index.ts'

/** A tensor as ONNX Runtime holds it; `data` of one that lies on a device may not be read. */
export type NetworkValue = Tensor
export type NetworkData = Float32Array | BigInt64Array | Int32Array

/** A graph that is ready to run. */
export interface Network extends AsyncDisposable {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * Runs on the calling thread until it is done; there is no cancelling inside.
   * @param outputs names of the outputs wanted; the others are not copied
   * @throws AppError model.graph-rejected
   */
  run(
    inputs: Readonly<Record<string, NetworkValue>>,
    outputs?: readonly string[],
  ): Promise<Record<string, NetworkValue>>
}

export type NetworkOptions = {
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

/**
 * A tensor over data that is not copied, so what is written there later is seen by the next run.
 */
export const networkTensor = (data: NetworkData, dims: readonly number[]): NetworkValue => {
  if (data instanceof Float32Array) return new Tensor('float32', data, dims)
  if (data instanceof BigInt64Array) return new Tensor('int64', data, dims)
  return new Tensor('int32', data, dims)
}

/** A half-precision copy. */
export const halfTensor = (data: Float32Array, dims: readonly number[]): NetworkValue =>
  new Tensor('float16', new Uint16Array(new Float16Array(data).buffer), dims)

/** The numbers of a float32 tensor. @throws Error where it holds something else */
export const float32Of = (value: NetworkValue | undefined): Float32Array => {
  if (value?.data instanceof Float32Array) return value.data
  throw new Error(`a float32 tensor was expected, not ${value?.type}`)
}

/**
 * Loads a graph onto the processor.
 * @throws AppError model.not-found | model.graph-rejected
 */
export const openNetwork = async (modelPath: string, options: NetworkOptions = {}): Promise<Network> => {
  if (!existsSync(modelPath))
    throw new AppError('model.not-found', { params: { folder: path.dirname(modelPath) }, remedies: ['convert-again'] })
  const graph = path.basename(modelPath)
  const session = await InferenceSession.create(modelPath, sessionOptions(options)).catch((cause: unknown) => {
    throw rejected(graph, cause)
  })
  return networkOf(graph, session)
}

/** A small graph that is in memory as a whole. @throws AppError model.graph-rejected */
export const openNetworkFrom = async (model: Uint8Array, options: NetworkOptions = {}): Promise<Network> => {
  const session = await InferenceSession.create(model, sessionOptions(options)).catch((cause: unknown) => {
    throw rejected('graph', cause)
  })
  return networkOf('graph', session)
}

/** @source microsoft/onnxruntime js/common/lib/inference-session.ts, include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h */
const sessionOptions = (options: NetworkOptions): InferenceSession.SessionOptions => ({
  executionProviders: ['cpu'],
  intraOpNumThreads: options.threads ?? presetThreads(),
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: {
    session: {
      ...(options.isFrugal ? { disable_prepacking: '1' } : {}),
      ...(options.hasExactInt8 ? { x64quantprecision: '1' } : {}),
    },
  },
})

const networkOf = (graph: string, session: InferenceSession): Network => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  run: async (inputs, outputs = session.outputNames) => {
    try {
      return await session.run(inputs, outputs)
    } catch (cause) {
      throw rejected(graph, cause)
    }
  },
  [Symbol.asyncDispose]: () => session.release(),
})
