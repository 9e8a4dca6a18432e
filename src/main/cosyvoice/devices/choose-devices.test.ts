import { describe, expect, test } from 'vitest'
import { A_MODEL } from '../../../../test/support/a-conversion.ts'
import { AppError } from '../../../shared/kernel/index.ts'
import type { ModelDescription } from '../../model-bundle/index.ts'
import { chooseDevices, type DeviceWish, MODEL_GRAPHS, placedOptions } from './choose-devices.ts'
import { isHalfProbe, PROBE_IDS, type ProbeId } from './probes.ts'
import type { ProviderCertificate } from './prove-provider.ts'
import type { DeviceProvider, Provider } from './providers.ts'

type Llm = ModelDescription['llm']
const model = (form: Llm['form'], llm: Llm['weights'], flow: ModelDescription['flow']['weights']) => ({
  architecture: 'cosyvoice3' as ModelDescription['architecture'],
  llm: { ...A_MODEL.llm, form, weights: llm },
  flow: { ...A_MODEL.flow, weights: flow },
})
/** What `convert` makes for each precision. */
const CPU = model('cpu', 'int8', 'int8')
const CPU_WITHOUT_INT8 = model('cpu', 'int8', 'fp32')
const FP32 = model('cpu', 'fp32', 'fp32')
const GPU = model('gpu', 'fp16', 'fp16')

const wrong = (provider: DeviceProvider, id: ProbeId) =>
  new AppError('engine.provider-wrong', {
    params: { provider, graph: id, measured: '50.0 %' },
    remedies: ['report'],
  }).toData()
const certificate = (
  provider: DeviceProvider,
  speedRatioToCpu: number,
  isWrong: (id: ProbeId) => boolean = () => false,
): ProviderCertificate => ({
  provider,
  isRight: !PROBE_IDS.some((id) => isWrong(id) && !isHalfProbe(id)),
  speedRatioToCpu,
  probes: PROBE_IDS.map((id) => ({
    id,
    isRight: !isWrong(id),
    relativeError: 0,
    ...(isWrong(id) ? { refusal: wrong(provider, id) } : {}),
  })),
})
const absent = (provider: DeviceProvider): ProviderCertificate => {
  const refusal = new AppError('engine.gpu-unavailable', {
    params: { provider, reason: 'no driver' },
    remedies: ['report'],
  }).toData()
  return { provider, isRight: false, probes: [{ id: 'matmul', isRight: false, refusal }], refusal }
}

const places = (
  of: ModelDescription | ReturnType<typeof model>,
  certificates: readonly ProviderCertificate[],
  wish: DeviceWish,
): Record<string, Provider> => {
  const choice = chooseDevices({ model: of, certificates, wish })
  return Object.fromEntries(MODEL_GRAPHS.map((graph) => [graph, choice[graph].provider]))
}
const all = (provider: Provider) => Object.fromEntries(MODEL_GRAPHS.map((graph) => [graph, provider]))
const ON_PROCESSOR = { pitch: 'cpu', speaker: 'cpu', speechTokenizer: 'cpu' } as const

const FAST = certificate('cuda', 12)
const SLOW = certificate('webgpu', 0.01)
const NO_HALF = certificate('webgpu', 4, isHalfProbe)
const BAD_ATTENTION = certificate('webgpu', 4, (id) => id === 'attention' || id === 'grouped-attention-prompt')
const BAD_PIECES = certificate('webgpu', 4, (id) => id === 'grouped-attention-pieces')
const GPU_SINGLE = model('gpu', 'fp32', 'fp32')

describe('a choice that is made', () => {
  test.each([
    ['cpu', CPU, [], 'automatic', all('cpu')],
    ['cpu', CPU, [FAST], 'automatic', all('cpu')],
    ['cpu', CPU, [FAST], 'cpu', all('cpu')],
    ['gpu', GPU, [FAST], 'automatic', { ...all('cuda'), ...ON_PROCESSOR }],
    ['gpu', GPU, [FAST], 'cuda', { ...all('cuda'), ...ON_PROCESSOR }],
    ['gpu, the faster of two', GPU, [certificate('webgpu', 3), FAST], 'automatic', { ...all('cuda'), ...ON_PROCESSOR }],
    [
      'gpu, the one of two that is right',
      GPU,
      [certificate('cuda', 12, () => true), certificate('webgpu', 3)],
      'automatic',
      { ...all('webgpu'), ...ON_PROCESSOR },
    ],
    ['gpu, a slow one that was wished for', GPU, [SLOW], 'webgpu', { ...all('webgpu'), ...ON_PROCESSOR }],
    ['gpu with 4 bits', model('gpu', 'int4', 'fp16'), [FAST], 'automatic', { ...all('cuda'), ...ON_PROCESSOR }],
    ['fp32 without a device', FP32, [], 'automatic', all('cpu')],
    ['fp32 with a device that is absent', FP32, [absent('cuda')], 'automatic', all('cpu')],
    ['fp32 with a slow one', FP32, [SLOW], 'automatic', all('cpu')],
    ['fp32', FP32, [FAST], 'automatic', { ...all('cuda'), ...ON_PROCESSOR, llm: 'cpu' }],
    ['fp32 without half precision', FP32, [NO_HALF], 'automatic', { ...all('webgpu'), ...ON_PROCESSOR, llm: 'cpu' }],
    ['fp32', FP32, [FAST], 'cpu', all('cpu')],
    ['fp32 with wrong attention', FP32, [BAD_ATTENTION], 'automatic', all('cpu')],
    [
      'fp32 with wrong attention',
      FP32,
      [BAD_ATTENTION],
      'webgpu',
      { ...all('cpu'), flowFront: 'webgpu', vocoder: 'webgpu' },
    ],
    [
      'fp32 of CosyVoice 2, whose front has attention too, with wrong attention',
      { ...FP32, architecture: 'cosyvoice2' },
      [BAD_ATTENTION],
      'webgpu',
      { ...all('cpu'), vocoder: 'webgpu' },
    ],
    [
      'gpu in single precision whose prompt is only right in pieces, as it is given',
      GPU_SINGLE,
      [BAD_ATTENTION],
      'webgpu',
      { ...all('cpu'), llm: 'webgpu', flowFront: 'webgpu', vocoder: 'webgpu' },
    ],
    [
      'cpu of a machine without exact int8',
      CPU_WITHOUT_INT8,
      [FAST],
      'automatic',
      { ...all('cuda'), ...ON_PROCESSOR, llm: 'cpu' },
    ],
  ] as const)('%s bundle: %#', (_, of, certificates, wish, expected) => {
    expect(places(of, certificates, wish)).toEqual(expected)
  })
})

describe('a choice that is refused', () => {
  test.each([
    ['a gpu bundle with no device tried', GPU, [], 'automatic', 'engine.gpu-unavailable', /no graphics card/],
    ['a gpu bundle on the processor', GPU, [FAST], 'cpu', 'engine.gpu-unavailable', /converted for graphics cards/],
    ['a gpu bundle on a device nobody tried', GPU, [FAST], 'webgpu', 'engine.gpu-unavailable', /not been tested/],
    [
      'a gpu bundle on a device that is absent',
      GPU,
      [absent('cuda')],
      'automatic',
      'engine.gpu-unavailable',
      /no driver/,
    ],
    ['a gpu bundle on a device that is absent', GPU, [absent('cuda')], 'cuda', 'engine.gpu-unavailable', /no driver/],
    [
      'a gpu bundle on a device slower than the processor',
      GPU,
      [SLOW],
      'automatic',
      'engine.gpu-unavailable',
      /slower/,
    ],
    ['a gpu bundle without half precision', GPU, [NO_HALF], 'automatic', 'engine.provider-wrong', undefined],
    [
      'a gpu bundle with 8 bits and a wrong prompt',
      model('gpu', 'int8', 'fp16'),
      [BAD_PIECES],
      'webgpu',
      'engine.provider-wrong',
      undefined,
    ],
    [
      'a gpu bundle whose prompt is given whole and is only right in pieces',
      GPU_SINGLE,
      [certificate('cuda', 4, (id) => id === 'grouped-attention-prompt')],
      'cuda',
      'engine.provider-wrong',
      undefined,
    ],
    ['a cpu bundle on a device', CPU, [FAST], 'cuda', 'engine.gpu-unavailable', /converted for the processor/],
  ] as const)('%s: %#', (_, of, certificates, wish, code, reason) => {
    const choose = () => chooseDevices({ model: of, certificates, wish })
    expect(choose).toThrow(AppError)
    try {
      choose()
    } catch (error) {
      expect(error).toMatchObject({ code, ...(reason ? { params: { reason: expect.stringMatching(reason) } } : {}) })
      expect(error instanceof AppError ? error.remedies : []).not.toEqual([])
    }
  })
})

test.each(PROBE_IDS)('one wrong probe, %s, is enough to refuse a model that needs it and none other', (id) => {
  const certificates = [certificate('cuda', 10, (other) => other === id)]
  const isRefused = (of: ReturnType<typeof model>): boolean => {
    try {
      chooseDevices({ model: of, certificates, wish: 'automatic' })
      return false
    } catch {
      return true
    }
  }
  const needed: Readonly<Record<string, readonly ProbeId[]>> = {
    fp16: [
      'matmul',
      'matmul-half',
      'grouped-attention-prompt-half',
      'grouped-attention-step-half',
      'attention-half',
      'rms-norm',
      'layer-norm',
      'convolution',
    ],
    int8: [
      'matmul',
      'matmul-half',
      'matmul-8-bits',
      'grouped-attention-prompt',
      'grouped-attention-step',
      'attention-half',
      'rms-norm',
      'layer-norm',
      'convolution',
    ],
  }
  expect(isRefused(GPU)).toBe(needed.fp16?.includes(id))
  expect(isRefused(model('gpu', 'int8', 'fp16'))).toBe(needed.int8?.includes(id))
})

test('what a choice says of each graph tells why, with the refusal of what was wrong', () => {
  const choice = chooseDevices({ model: FP32, certificates: [BAD_ATTENTION], wish: 'webgpu' })
  expect(choice.llm).toEqual({ provider: 'cpu', reason: 'made-for-processor' })
  expect(choice.pitch).toEqual({ provider: 'cpu', reason: 'always-processor' })
  expect(choice.vocoder).toEqual({ provider: 'webgpu', reason: 'proved' })
  expect(choice.estimator).toEqual({ provider: 'cpu', reason: 'unproved', refusal: wrong('webgpu', 'attention') })
  const slow = chooseDevices({ model: FP32, certificates: [SLOW], wish: 'automatic' })
  expect(slow.estimator).toEqual({ provider: 'cpu', reason: 'slower' })
  const wished = chooseDevices({ model: FP32, certificates: [FAST], wish: 'cpu' })
  expect(wished.estimator).toEqual({ provider: 'cpu', reason: 'wished' })
})

test('the memory of the language model stays on its device, and on the processor nothing is said of it', () => {
  const onDevice = chooseDevices({ model: GPU, certificates: [FAST], wish: 'automatic' })
  const { keptOnDevice, provider } = placedOptions('llm', onDevice, GPU)
  expect(provider).toBe('cuda')
  expect(keptOnDevice).toHaveLength(2 * GPU.llm.layers)
  expect(keptOnDevice).toEqual(expect.arrayContaining(['present_key.0', 'present_value.23']))
  expect(placedOptions('vocoder', onDevice, GPU)).toEqual({ provider: 'cuda' })
  expect(placedOptions('pitch', onDevice, GPU)).toEqual({ provider: 'cpu' })
})
