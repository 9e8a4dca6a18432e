import { AppError, type AppErrorData } from '../../../shared/kernel/index.ts'
import type { BundleGraph, ModelDescription } from '../../model-bundle/index.ts'
import { gpuUnavailable, type NetworkOptions } from '../sessions.ts'
import { isUnused, type ProbeId } from './probes.ts'
import type { ProviderCertificate } from './prove-provider.ts'
import { PROVIDER_NAMES, type Provider } from './providers.ts'

/** Every graph of a model, and the two networks that listen to prompt audio. */
type ModelGraph = BundleGraph | 'speaker' | 'speechTokenizer'
export const MODEL_GRAPHS: readonly ModelGraph[] = [
  'llm',
  'flowFront',
  'estimator',
  'pitch',
  'vocoder',
  'speaker',
  'speechTokenizer',
]

/**
 * Why a graph runs where it does.
 * - `always-processor`: pitch, whose errors add up along the phase; the networks of prompt audio, whose answer is kept with
 *   the voice and shall not depend on the machine
 * - `made-for-processor`: its form or its 8-bit weights are the processor's
 * - `wished`: the processor was asked for
 * - `proved`: a device computes it right, and was asked for or is faster
 * - `slower`, `unproved`: no device is faster, or right, or there is none; `refusal` says what was wrong
 */
type PlacementReason = 'always-processor' | 'made-for-processor' | 'wished' | 'proved' | 'slower' | 'unproved'
type GraphPlacement = {
  readonly provider: Provider
  readonly reason: PlacementReason
  readonly refusal?: AppErrorData
}
export type DeviceChoice = Readonly<Record<ModelGraph, GraphPlacement>>

/** What a person asked for; `automatic` is the fastest device that was proved, or the processor. */
export type DeviceWish = 'automatic' | Provider

type DeviceQuestion = {
  readonly model: Pick<ModelDescription, 'architecture' | 'llm' | 'flow'>
  readonly certificates: readonly ProviderCertificate[]
  readonly wish: DeviceWish
}

/**
 * `device`: it can run nowhere else, because half precision and the form that leaves its memory on a device are slow or
 * unknown on the processor. `either`: it is single precision.
 */
type Home = 'always-processor' | 'made-for-processor' | 'device' | 'either'

const homeOf = (graph: ModelGraph, { llm, flow }: DeviceQuestion['model']): Home => {
  if (graph === 'pitch' || graph === 'speaker' || graph === 'speechTokenizer') return 'always-processor'
  if (graph === 'llm') return llm.form === 'gpu' ? 'device' : 'made-for-processor'
  // What stands around an estimator that the processor must compute is not worth the way to a device.
  if (flow.weights === 'int8') return 'made-for-processor'
  return graph === 'estimator' && flow.weights === 'fp16' ? 'device' : 'either'
}

/** Probes whose operators a graph is made of; of two ways to give a prompt both. */
const probesOf = (graph: ModelGraph, { architecture, llm, flow }: DeviceQuestion['model']): readonly ProbeId[] => {
  if (graph === 'vocoder') return ['convolution', 'transposed-convolution', 'sine']
  if (graph === 'flowFront')
    return architecture === 'cosyvoice2'
      ? ['matmul', 'convolution', 'layer-norm', 'attention']
      : ['matmul', 'convolution', 'layer-norm']
  if (graph === 'estimator')
    return flow.weights === 'fp16'
      ? ['matmul', 'matmul-half', 'convolution', 'layer-norm', 'attention-half']
      : ['matmul', 'convolution', 'layer-norm', 'attention']
  if (graph !== 'llm') return []
  if (llm.weights === 'fp16')
    return [
      'matmul-half',
      'rms-norm',
      'grouped-attention-prompt-half',
      'grouped-attention-pieces-half',
      'grouped-attention-step-half',
    ]
  const whole: readonly ProbeId[] = [
    'rms-norm',
    'grouped-attention-prompt',
    'grouped-attention-pieces',
    'grouped-attention-step',
  ]
  if (llm.weights === 'fp32') return ['matmul', ...whole]
  if (llm.weights === 'int8') return ['matmul-8-bits', ...whole]
  return ['matmul-8-bits', 'matmul-4-bits', ...whole]
}

/** Why a device may not run a graph; undefined where it was proved. */
const refusalOf = (
  graph: ModelGraph,
  { model }: DeviceQuestion,
  { provider, probes, refusal }: ProviderCertificate,
): AppErrorData | undefined => {
  for (const id of probesOf(graph, model)) {
    if (isUnused(id, provider)) continue
    const probe = probes.find((result) => result.id === id)
    if (probe?.isRight) continue
    return probe?.refusal ?? refusal ?? gpuUnavailable(provider, `the test ${id} was not run`, graph).toData()
  }
  return undefined
}

const speedOf = ({ speedRatioToCpu = 0 }: ProviderCertificate): number => speedRatioToCpu

const onProcessor = (question: DeviceQuestion, of: (graph: ModelGraph) => GraphPlacement): DeviceChoice => {
  const placed = (graph: ModelGraph): GraphPlacement => {
    const home = homeOf(graph, question.model)
    return home === 'always-processor' || home === 'made-for-processor' ? { provider: 'cpu', reason: home } : of(graph)
  }
  return {
    llm: placed('llm'),
    flowFront: placed('flowFront'),
    estimator: placed('estimator'),
    pitch: placed('pitch'),
    vocoder: placed('vocoder'),
    speaker: placed('speaker'),
    speechTokenizer: placed('speechTokenizer'),
  }
}

/** Each graph on the device if it is proved there; those that cannot be elsewhere must be. */
const onDevice = (question: DeviceQuestion, certificate: ProviderCertificate): DeviceChoice =>
  onProcessor(question, (graph) => {
    const refusal = refusalOf(graph, question, certificate)
    return refusal
      ? { provider: 'cpu', reason: 'unproved', refusal }
      : { provider: certificate.provider, reason: 'proved' }
  })

const unavailable = (provider: Provider | undefined, reason: string): AppError =>
  new AppError('engine.gpu-unavailable', {
    params: { ...(provider ? { provider: PROVIDER_NAMES[provider] } : {}), reason },
    remedies: ['choose-another-precision', 'see-help'],
  })

/**
 * Where each graph of a model runs.
 *
 * Nobody guesses: what needs a device and has none that was proved is refused, with the device's own reason. A graph in
 * single precision that a wished device computes wrong stays on the processor and says so.
 * @param question.certificates one for each device that was tried; where one is given, it is taken at its word
 * @throws AppError engine.gpu-unavailable, engine.provider-wrong
 */
export const chooseDevices = (question: DeviceQuestion): DeviceChoice => {
  const { model, certificates, wish } = question
  const needy = MODEL_GRAPHS.filter((graph) => homeOf(graph, model) === 'device')

  if (wish === 'cpu') {
    if (needy.length > 0) throw unavailable('cpu', 'the model was converted for graphics cards')
    return onProcessor(question, () => ({ provider: 'cpu', reason: 'wished' }))
  }
  if (wish !== 'automatic') {
    const certificate = certificates.find(({ provider }) => provider === wish)
    if (!certificate) throw unavailable(wish, 'it has not been tested on this computer')
    if (needy.length === 0 && homeOf('estimator', model) === 'made-for-processor')
      throw unavailable(wish, 'the model was converted for the processor')
    refuseMissing(question, certificate, needy)
    return onDevice(question, certificate)
  }
  const candidates = certificates.toSorted((one, other) => speedOf(other) - speedOf(one))
  return needy.length > 0 ? fastestFor(question, candidates, needy) : fastestIfAny(question, candidates)
}

const refuseMissing = (
  question: DeviceQuestion,
  certificate: ProviderCertificate,
  needy: readonly ModelGraph[],
): void => {
  for (const graph of needy) {
    const refusal = refusalOf(graph, question, certificate)
    if (refusal) throw AppError.fromData(refusal)
  }
}

const fastestFor = (
  question: DeviceQuestion,
  candidates: readonly ProviderCertificate[],
  needy: readonly ModelGraph[],
): DeviceChoice => {
  const able = candidates.filter((certificate) => needy.every((graph) => !refusalOf(graph, question, certificate)))
  const [best] = able
  if (best && speedOf(best) > 1) return onDevice(question, best)
  if (best) throw unavailable(best.provider, 'it is slower than the processor')
  for (const certificate of candidates) refuseMissing(question, certificate, needy)
  throw unavailable(undefined, 'no graphics card has been tested on this computer')
}

const fastestIfAny = (question: DeviceQuestion, candidates: readonly ProviderCertificate[]): DeviceChoice => {
  const able = candidates.filter((certificate) => !refusalOf('estimator', question, certificate))
  const [best] = able
  if (best && speedOf(best) > 1) return onDevice(question, best)
  const refusal = candidates.map((certificate) => refusalOf('estimator', question, certificate)).find(Boolean)
  return onProcessor(question, () => ({
    provider: 'cpu',
    reason: best ? 'slower' : 'unproved',
    ...(refusal && !best ? { refusal } : {}),
  }))
}

/** How a graph is opened where it was placed. The language model's memory stays on the device. */
export const placedOptions = (
  graph: ModelGraph,
  choice: DeviceChoice,
  { llm }: Pick<ModelDescription, 'llm'>,
): Pick<NetworkOptions, 'provider' | 'keptOnDevice'> => {
  const { provider } = choice[graph]
  if (graph !== 'llm' || provider === 'cpu') return { provider }
  const keptOnDevice = Array.from({ length: llm.layers }, (_, layer) => [
    `present_key.${layer}`,
    `present_value.${layer}`,
  ])
  return { provider, keptOnDevice: keptOnDevice.flat() }
}
