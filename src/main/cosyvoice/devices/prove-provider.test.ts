import { describe, expect, test } from 'vitest'
import { AppCancel, AppError } from '../../../shared/kernel/index.ts'
import { buildGraph, encodeGraph } from '../../onnx/index.ts'
import { float32Of, type Network, type NetworkValue, networkTensor, openNetworkFrom } from '../sessions.ts'
import { outOfMemory } from './memory-errors.ts'
import { buildProbe, PROBE_IDS } from './probes.ts'
import { type OpenProbe, proveProvider } from './prove-provider.ts'
import { providersOf, THIS_PLATFORM } from './providers.ts'

const never = new AbortController().signal

type Outputs = Record<string, NetworkValue>
/** The processor, called a device: stands in for hardware that is not there. */
const standIn =
  (changes: Partial<Network>, changed: (outputs: Outputs) => Outputs = (outputs) => outputs): OpenProbe =>
  async (model, { provider = 'cpu' }, name) => {
    const network = await openNetworkFrom(model, { threads: 1 }, name)
    if (provider === 'cpu') return network
    return {
      ...network,
      provider,
      onProcessor: [],
      run: async (inputs, outputs) => changed(await network.run(inputs, outputs)),
      ...changes,
    }
  }
const each =
  (of: (numbers: Float32Array) => Float32Array) =>
  (outputs: Outputs): Outputs =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, networkTensor(of(float32Of(value)), value.dims)]),
    )

describe('a device', () => {
  test('that computes as the processor does is right in every probe', async () => {
    const certificate = await proveProvider('webgpu', { signal: never, open: standIn({}) })
    expect(certificate).toMatchObject({ provider: 'webgpu', isRight: true })
    expect(certificate.refusal).toBeUndefined()
    expect(certificate.speedRatioToCpu).toBeGreaterThan(0)
    expect(certificate.probes.map(({ id, isRight }) => [id, isRight])).toEqual(PROBE_IDS.map((id) => [id, true]))
    // Half precision is compared with single, and so is never quite the same.
    for (const { id, relativeError } of certificate.probes)
      if (id.endsWith('-half')) expect(relativeError).toBeGreaterThan(1e-5)
      else expect(relativeError).toBe(0)
    expect(structuredClone(certificate)).toEqual(certificate)
  })

  test('that fails when a session is made for it is unavailable, in its own words, and is asked no more', async () => {
    const open: OpenProbe = async (model, options, name) => {
      if (options.provider === 'cpu') return openNetworkFrom(model, options, name)
      throw new AppError('engine.gpu-unavailable', { params: { provider: 'WebGPU', reason: 'no adapter' } })
    }
    const certificate = await proveProvider('webgpu', { signal: never, open })
    expect(certificate).toMatchObject({
      isRight: false,
      refusal: { code: 'engine.gpu-unavailable', params: { reason: 'no adapter' } },
    })
    expect(certificate.probes).toHaveLength(1)
    expect(certificate).not.toHaveProperty('speedRatioToCpu')
  })

  test('that gives what is no number computes wrong', async () => {
    const open = standIn(
      {},
      each((numbers) => numbers.with(numbers.length - 1, Number.NaN)),
    )
    const certificate = await proveProvider('cuda', { signal: never, open })
    expect(certificate).toMatchObject({
      isRight: false,
      refusal: { code: 'engine.provider-wrong', params: { provider: 'CUDA', graph: 'matmul', measured: 'NaN' } },
    })
    expect(certificate.probes.every(({ isRight, relativeError }) => !isRight && Number.isNaN(relativeError))).toBe(true)
  })

  test('that is off by more than rounding computes wrong, by as much as is said', async () => {
    const open = standIn(
      {},
      each((numbers) => numbers.map((x) => 1.25 * x)),
    )
    const certificate = await proveProvider('coreml', { signal: never, open })
    expect(certificate.refusal).toMatchObject({
      code: 'engine.provider-wrong',
      params: { provider: 'CoreML', measured: '25.0 %' },
    })
  })

  test('that gives one wrong output among right ones computes wrong', async () => {
    const open = standIn({}, (outputs) => {
      const { present_value: value } = outputs
      return value ? { ...outputs, ...each((numbers) => numbers.map(() => 0))({ present_value: value }) } : outputs
    })
    const certificate = await proveProvider('webgpu', { signal: never, open })
    expect(certificate.probes.filter(({ isRight }) => !isRight).map(({ id }) => id)).toEqual(
      PROBE_IDS.filter((id) => id.startsWith('grouped-attention')),
    )
  })

  test('that only the processor stands behind is unavailable, however right it is', async () => {
    const silent = await proveProvider('webgpu', { signal: never, open: standIn({ provider: 'cpu' }) })
    expect(silent).toMatchObject({
      isRight: false,
      refusal: { code: 'engine.gpu-unavailable', params: { reason: expect.stringContaining('processor') } },
    })
    const partly = await proveProvider('webgpu', { signal: never, open: standIn({ onProcessor: ['MatMul'] }) })
    expect(partly).toMatchObject({
      isRight: false,
      refusal: { code: 'engine.gpu-unavailable', params: { reason: expect.stringContaining('MatMul') } },
    })
  })

  test('that has no half precision is right all the same', async () => {
    const open: OpenProbe = (model, options, name) => {
      const isHalf = name.endsWith('-half') && options.provider !== 'cpu'
      if (isHalf) throw new AppError('engine.gpu-unavailable', { params: { provider: 'WebGPU', reason: 'no f16' } })
      return standIn({})(model, options, name)
    }
    const certificate = await proveProvider('webgpu', { signal: never, open })
    expect(certificate.isRight).toBe(true)
    expect(certificate.probes.filter(({ isRight }) => !isRight).map(({ id }) => id)).toEqual(
      PROBE_IDS.filter((id) => id.endsWith('-half')),
    )
  })

  test.each([
    ['webgpu', 'convolution-18-channels', true],
    ['webgpu', 'grouped-attention-prompt', true],
    ['webgpu', 'grouped-attention-pieces', false],
    ['cuda', 'convolution-18-channels', true],
    ['cuda', 'grouped-attention-prompt', false],
    ['cuda', 'grouped-attention-pieces', true],
  ] as const)('%s that is wrong in %s alone is right all the same: %s', async (provider, id, isRight) => {
    const open: OpenProbe = (model, options, name) =>
      standIn(
        {},
        each((numbers) => numbers.map((x) => (name === id ? 0 : x))),
      )(model, options, name)
    const certificate = await proveProvider(provider, { signal: never, open })
    expect(certificate.isRight).toBe(isRight)
    expect(certificate.probes.find((result) => result.id === id)).toMatchObject({ isRight: false, relativeError: 1 })
    expect(certificate.refusal?.params.graph).toBe(isRight ? undefined : id)
  })

  test('that has no room for a probe says so, and is asked for the others', async () => {
    const open: OpenProbe = (model, options, name) => {
      if (options.provider !== 'cpu' && name === 'matmul-8-bits')
        throw outOfMemory('webgpu', new Error('Failed to create GPU buffer'), name)
      return standIn({})(model, options, name)
    }
    const certificate = await proveProvider('webgpu', { signal: never, open })
    expect(certificate).toMatchObject({
      isRight: false,
      refusal: {
        code: 'engine.out-of-memory',
        params: { provider: 'WebGPU', graph: 'matmul-8-bits' },
        retryable: true,
      },
    })
    expect(certificate.probes.filter(({ isRight }) => !isRight)).toHaveLength(1)
  })

  test('is not blamed where the processor has no room', async () => {
    const open: OpenProbe = async (_, __, name) => {
      throw outOfMemory('cpu', new Error('std::bad_alloc'), name)
    }
    await expect(proveProvider('webgpu', { signal: never, open })).rejects.toMatchObject({
      code: 'engine.out-of-memory',
      params: { provider: 'CPU' },
    })
  })

  test('is not asked further once nobody wants to know', async () => {
    const controller = new AbortController()
    const asked: string[] = []
    const open: OpenProbe = async (model, options, name) => {
      if (!asked.includes(name)) asked.push(name)
      if (asked.length === 3) controller.abort()
      return standIn({})(model, options, name)
    }
    await expect(proveProvider('webgpu', { signal: controller.signal, open })).rejects.toBeInstanceOf(AppCancel)
    expect(asked).toHaveLength(3)
  })
})

test('a defect of the proof itself is not taken for one of the device', async () => {
  const open: OpenProbe = async () => {
    throw new TypeError('not a device at all')
  }
  await expect(proveProvider('webgpu', { signal: never, open })).rejects.toThrow(TypeError)
})

test.skipIf(!providersOf(THIS_PLATFORM).includes('cuda') || process.env.LD_LIBRARY_PATH !== undefined)(
  'without its libraries CUDA is unavailable, for real',
  async () => {
    expect(await proveProvider('cuda', { signal: never })).toMatchObject({
      isRight: false,
      refusal: { code: 'engine.gpu-unavailable', params: { provider: 'CUDA' } },
    })
  },
)

test('what every platform lacks is refused before ONNX Runtime is asked', async () => {
  const absent = providersOf(THIS_PLATFORM).includes('dml') ? 'coreml' : 'dml'
  const { refusal } = await proveProvider(absent, { signal: never })
  expect(refusal).toMatchObject({
    code: 'engine.gpu-unavailable',
    params: { reason: expect.stringMatching(/^there is no/) },
  })
})

describe('the probes', () => {
  test('of 4 and 8 bits have products as large as their weights and scales make them', async () => {
    for (const [id, bits] of [
      ['matmul-8-bits', 8],
      ['matmul-4-bits', 4],
    ] as const) {
      const { graph, inputs } = buildProbe(id)
      await using network = await openNetworkFrom(encodeGraph(graph), { threads: 1 })
      const { y } = await network.run(inputs)
      expect(y?.dims).toEqual([1, 3, 64])
      // Weights are levels around the middle one; the scale of every block is between 0.005 and 0.025.
      const largest = 256 * 127 * 2 ** (bits - 1) * 0.025
      const peak = Math.max(...float32Of(y).map(Math.abs))
      expect(peak).toBeGreaterThan(largest / 1000)
      expect(peak).toBeLessThan(largest)
    }
  })

  test('have weights that are constants, as those of a model are', () => {
    for (const id of PROBE_IDS) {
      const { graph, inputs } = buildProbe(id)
      expect(Object.keys(inputs).sort()).toEqual(graph.inputs.map(({ name }) => name).sort())
    }
  })

  test('that the processor itself cannot compute are no verdict on a device', async () => {
    const broken = encodeGraph(
      buildGraph('broken', (g) => g.output('y', g.op('Abs', [g.input('x', 'float32', [2])]), 'float32', [3])),
    )
    const open: OpenProbe = (_, options, name) => openNetworkFrom(broken, options, name)
    await expect(proveProvider('webgpu', { signal: never, open })).rejects.toMatchObject({
      code: 'model.graph-rejected',
    })
  })
})
