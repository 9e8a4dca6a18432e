import { AppError } from '../../shared/kernel/index.ts'
import type { OnnxGraph } from '../onnx/index.ts'
import type { MemoryKind } from './attention-memory.ts'
import { conformerGraph } from './conformer-graph.ts'
import { readConformerTensors } from './conformer-tensors.ts'
import { ditGraph } from './dit-graph.ts'
import { ditModulation, ditModulationRows, readDitTensors } from './dit-tensors.ts'
import { equalisedDit, equalisedUnet, roundsActivations } from './equalise.ts'
import { flowFrontGraph, readFlowFrontTensors } from './flow-front-graph.ts'
import type { LinearKind } from './linear.ts'
import type { TensorReader } from './tensor.ts'
import { unetGraph } from './unet-graph.ts'
import { readUnetTensors, unetModulation, unetModulationRows } from './unet-tensors.ts'

/** The flow of either CosyVoice: two graphs and the part of the estimator that depends on the time step alone. */
export type FlowNetwork = {
  readonly architecture: 'cosyvoice2' | 'cosyvoice3'
  readonly speechCodes: number
  readonly melBins: number
  readonly modulation: { readonly rows: number; readonly width: number }
  front(name: string): OnnxGraph
  /**
   * The estimator, and the modulation that belongs to it.
   * @param remembers frames that will not change any more are remembered from call to call, as precisely as the weights are
   *   kept; CosyVoice 3 alone has such a form, for processors
   */
  estimator(name: string, weights: LinearKind, options?: { readonly remembers: boolean }): Estimator
}

export type Estimator = {
  readonly graph: OnnxGraph
  /** @param times of the Euler steps @returns [times, rows, width] */
  modulation(times: Float32Array): Promise<Float32Array>
}

/**
 * @param reader at the root of a flow checkpoint
 * @throws AppError checkpoint.missing-tensor | checkpoint.wrong-shape | checkpoint.unknown-architecture
 */
export const readFlowNetwork = (reader: TensorReader): FlowNetwork => {
  if (reader.has('decoder.estimator.input_embed.proj.weight')) return ditFlow(reader)
  if (reader.has('encoder.embed.out.0.weight')) return unetFlow(reader)
  throw new AppError('checkpoint.unknown-architecture', {
    params: { reason: `the estimator in ${reader.fileName} is of a kind that is not known` },
    remedies: ['choose-another-folder'],
  })
}

/** What each form of the weights is worth remembering in; half precision is for devices, which remember nothing. */
const MEMORY_KINDS: Readonly<Partial<Record<LinearKind, MemoryKind>>> = { float32: 'float32', 'int8-rows': 'int8' }

const ditFlow = (reader: TensorReader): FlowNetwork => {
  const front = readFlowFrontTensors(reader)
  const estimator = readDitTensors(reader.within('decoder.estimator'), front.width)
  return {
    architecture: 'cosyvoice3',
    speechCodes: front.speechCodes,
    melBins: front.width,
    modulation: { rows: ditModulationRows(estimator), width: estimator.width },
    front: (name) => flowFrontGraph(name, front),
    estimator: (name, weights, { remembers } = { remembers: false }) => {
      const even = roundsActivations(weights) ? equalisedDit(estimator) : estimator
      const memory = remembers ? MEMORY_KINDS[weights] : undefined
      return { graph: ditGraph(even, { name, weights, memory }), modulation: (times) => ditModulation(even, times) }
    },
  }
}

const unetFlow = (reader: TensorReader): FlowNetwork => {
  const front = readConformerTensors(reader)
  const estimator = readUnetTensors(reader.within('decoder.estimator'), front.melBins)
  return {
    architecture: 'cosyvoice2',
    speechCodes: front.speechCodes,
    melBins: front.melBins,
    modulation: { rows: unetModulationRows(estimator), width: estimator.width },
    front: (name) => conformerGraph(name, front),
    estimator: (name, weights) => ({
      graph: unetGraph(roundsActivations(weights) ? equalisedUnet(estimator) : estimator, { name, weights }),
      modulation: (times) => unetModulation(estimator, times),
    }),
  }
}
