import { expect, test } from 'vitest'
import { buildGraph, encodeGraph } from '../../onnx/index.ts'
import { float32Of, networkTensor, openNetworkFrom } from '../sessions.ts'
import { onlyNumbers } from './only-numbers.ts'

/** What it is given, its logarithm and its reciprocal. */
const open = () =>
  openNetworkFrom(
    encodeGraph(
      buildGraph('fragile', (g) => {
        const x = g.input('x', 'float32', ['count'])
        g.output('same', g.op('Abs', [x]), 'float32', ['count'])
        g.output('logarithm', g.op('Log', [x]), 'float32', ['count'])
        g.output('reciprocal', g.op('Reciprocal', [x]), 'float32', ['count'])
      }),
    ),
    { threads: 1 },
  )
const of = (...numbers: number[]) => ({ x: networkTensor(Float32Array.from(numbers), [numbers.length]) })

test('numbers are handed on as they are', async () => {
  await using network = onlyNumbers(await open(), 'fragile.onnx', ['same', 'logarithm', 'reciprocal'])
  expect(network).toMatchObject({ provider: 'cpu', onProcessor: [], inputNames: ['x'] })
  expect(network.outputNames).toEqual(['same', 'logarithm', 'reciprocal'])
  const results = await network.run(of(1, 2))
  expect([...float32Of(results.reciprocal)]).toEqual([1, 0.5])
  expect(Object.keys(await network.run(of(1), ['same']))).toEqual(['same'])
})

test.each([
  ['NaN', -1, ['logarithm']],
  ['infinity', 0, ['reciprocal']],
] as const)('%s among them is refused: the graph of the processor, or the device', async (_, number, looked) => {
  await using network = await open()
  const last = of(1, 2, number)
  await expect(onlyNumbers(network, 'fragile.onnx', looked).run(last)).rejects.toMatchObject({
    code: 'model.graph-rejected',
    params: { graph: 'fragile.onnx', reason: expect.stringContaining(looked[0]) },
  })
  const device = { ...network, provider: 'webgpu' } as const
  await expect(onlyNumbers(device, 'fragile.onnx', looked).run(last)).rejects.toMatchObject({
    code: 'engine.provider-wrong',
    params: { provider: 'WebGPU', graph: 'fragile.onnx', measured: 'NaN' },
  })
})

test('nobody looks at outputs that are not named or were not asked for', async () => {
  await using network = await open()
  await expect(onlyNumbers(network, 'fragile.onnx', ['same']).run(of(-1))).resolves.toHaveProperty('logarithm')
  await expect(onlyNumbers(network, 'fragile.onnx', ['logarithm']).run(of(-1), ['same'])).resolves.toHaveProperty(
    'same',
  )
})
