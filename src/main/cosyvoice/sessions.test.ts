import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { openGraphs, someNumbers, tensorOf } from '../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { linear } from '../networks/index.ts'
import { buildGraph, encodeGraph, writeGraph } from '../onnx/index.ts'
import {
  float32Of,
  gpuUnavailable,
  halfTensor,
  int8Of,
  type NetworkOptions,
  networkTensor,
  openNetwork,
  openNetworkFrom,
  reasonOf,
} from './sessions.ts'

const graphs = openGraphs()
afterAll(() => graphs[Symbol.asyncDispose]())

const product = (name: string, kind: 'float32' | 'int8-rows') =>
  buildGraph(name, (g) => {
    const x = g.input('x', 'float32', ['rows', 64])
    const layer = { weight: tensorOf([16, 64], someNumbers(1024, 1)) }
    g.output('y', linear(g, 'layer', x, layer, kind), 'float32', ['rows', 16])
    g.output('x_twice', g.op('Add', [x, x]), 'float32', ['rows', 64])
  })

test('numbers of each type go in and out, from wherever they lie', async () => {
  const graph = buildGraph('types', (g) => {
    g.output('bytes', g.op('Identity', [g.input('x', 'int8', ['rows', 2])]), 'int8', ['rows', 2])
    g.output('floats', g.op('Identity', [g.input('y', 'float32', [2])]), 'float32', [2])
  })
  await using network = await openNetworkFrom(encodeGraph(graph))
  const bytes = new ArrayBuffer(0, { maxByteLength: 8 })
  bytes.resize(8)
  new Int8Array(bytes).set([9, -128, 127, 0, 3, 9, 9, 9])
  const inputs = {
    x: networkTensor(new Int8Array(bytes, 1, 4), [2, 2]),
    y: networkTensor(Float32Array.of(0.5, -1), [2]),
  }
  const outputs = await network.run(inputs)
  expect(int8Of(outputs.bytes)).toEqual(Int8Array.of(-128, 127, 0, 3))
  expect(() => int8Of(outputs.floats)).toThrow('int8')
  expect(() => float32Of(outputs.bytes)).toThrow('float32')
  const none = { ...inputs, x: networkTensor(new Int8Array(bytes, 0, 0), [0, 2]) }
  expect((await network.run(none)).bytes?.dims).toEqual([0, 2])
})

describe('a graph', () => {
  test('that is not there says which folder has none', async () => {
    using folder = temporaryFolder()
    await expect(openNetwork(path.join(folder.directory, 'llm.onnx'))).rejects.toMatchObject({
      code: 'model.not-found',
      params: { folder: folder.directory },
    })
  })

  test('that is none is refused by its name, with the words of ONNX Runtime', async () => {
    using folder = temporaryFolder()
    const modelPath = path.join(folder.directory, 'llm.onnx')
    writeFileSync(modelPath, 'not a graph')
    await expect(openNetwork(modelPath)).rejects.toMatchObject({
      code: 'model.graph-rejected',
      params: { graph: 'llm.onnx', reason: expect.stringMatching(/\w{4}/) },
      remedies: ['convert-again', 'report'],
    })
    await expect(openNetworkFrom(new Uint8Array(3))).rejects.toMatchObject({ code: 'model.graph-rejected' })
  })

  test('whose weights are gone or end early is refused', async () => {
    using folder = temporaryFolder()
    const job = { signal: new AbortController().signal, onBytes: () => undefined }
    await writeGraph(product('cut', 'float32'), folder.directory, {}, job)
    writeFileSync(path.join(folder.directory, 'cut.weights'), new Uint8Array(100))
    await expect(openNetwork(path.join(folder.directory, 'cut.onnx'))).rejects.toMatchObject({
      code: 'model.graph-rejected',
      params: { graph: 'cut.onnx' },
    })
  })

  test('given what it does not take is refused when it runs, and still runs afterwards', async () => {
    const network = await graphs.open(product('strict', 'float32'))
    expect([network.inputNames, network.outputNames]).toEqual([['x'], ['y', 'x_twice']])
    expect(network.inputShapes).toEqual({ x: ['rows', 64] })
    const rejected = { code: 'model.graph-rejected', params: { graph: 'strict.onnx' } }
    await expect(network.run({})).rejects.toMatchObject(rejected)
    const narrow = networkTensor(new Float32Array(63), [1, 63])
    await expect(network.run({ x: narrow })).rejects.toMatchObject(rejected)
    const whole = networkTensor(
      BigInt64Array.from({ length: 64 }, () => 1n),
      [1, 64],
    )
    await expect(network.run({ x: whole })).rejects.toMatchObject(rejected)
    await expect(network.run({ x: networkTensor(new Float32Array(64), [1, 64]) })).resolves.toHaveProperty('y')
  })

  test('gives the outputs that are asked for and no other', async () => {
    const network = await graphs.open(product('outputs', 'float32'))
    const x = networkTensor(new Float32Array(64).fill(1), [1, 64])
    expect(Object.keys(await network.run({ x }))).toEqual(['y', 'x_twice'])
    expect(Object.keys(await network.run({ x }, ['x_twice']))).toEqual(['x_twice'])
  })

  test('that is closed runs no more', async () => {
    const network = await openNetworkFrom(
      encodeGraph(
        buildGraph('closed', (g) => g.output('y', g.op('Abs', [g.input('x', 'float32', [1])]), 'float32', [1])),
      ),
    )
    await network[Symbol.asyncDispose]()
    const run = network.run({ x: networkTensor(Float32Array.of(1), [1]) })
    await expect(run).rejects.toMatchObject({ code: 'model.graph-rejected' })
  })
})

test.each<NetworkOptions>([{}, { threads: 2 }, { isFrugal: true }, { hasExactInt8: true }])(
  'the same numbers come out, opened with %o',
  async (options) => {
    const x = networkTensor(someNumbers(320, 2), [5, 64])
    for (const kind of ['float32', 'int8-rows'] as const) {
      const expected = float32Of((await (await graphs.open(product(`plain-${kind}`, kind))).run({ x })).y)
      const name = `${kind}-${JSON.stringify(options).replace(/\W/g, '')}`
      const found = float32Of((await (await graphs.open(product(name, kind), options)).run({ x })).y)
      for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 5)
    }
  },
)

test('a tensor looks at the numbers it was made over, and one of half precision has its own type', async () => {
  const network = await graphs.open(product('view', 'float32'))
  const data = new Float32Array(128)
  const x = networkTensor(data.subarray(64), [1, 64])
  data[64] = 3
  const { x_twice } = await network.run({ x }, ['x_twice'])
  expect(float32Of(x_twice)[0]).toBe(6)
  const half = halfTensor(data, [2, 64])
  expect(half.type).toBe('float16')
})

test('numbers of another type are not taken for float32', () => {
  expect(() => float32Of(networkTensor(Int32Array.of(1), [1]))).toThrow('not int32')
  expect(() => float32Of(undefined)).toThrow('not undefined')
  expect([...float32Of(networkTensor(Float32Array.of(1), [1]))]).toEqual([1])
})

test('the processor computes what nothing else was asked for, and all of it', async () => {
  const network = await graphs.open(product('processor', 'float32'))
  expect(network).toMatchObject({ provider: 'cpu', onProcessor: [] })
  await using kept = await openNetworkFrom(
    encodeGraph(buildGraph('kept', (g) => g.output('y', g.op('Abs', [g.input('x', 'float32', [1])]), 'float32', [1]))),
    { provider: 'cpu', keptOnDevice: ['y'] },
  )
  const { y } = await kept.run({ x: networkTensor(Float32Array.of(-2), [1]) })
  expect(float32Of(y)[0]).toBe(2)
})

test.skipIf(process.env.LD_LIBRARY_PATH !== undefined)(
  'a device that is not there is named, with its graph',
  async () => {
    await expect(graphs.open(product('nowhere', 'float32'), { provider: 'tensorrt' })).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { provider: 'TensorRT', graph: 'nowhere.onnx' },
      remedies: ['choose-another-precision', 'see-help', 'report'],
    })
  },
)

test.skipIf(process.platform === 'win32')(
  'ONNX Runtime writes down nothing about this computer to report',
  async () => {
    using folder = temporaryFolder()
    const graph = buildGraph('y', (g) => g.output('y', g.op('Abs', [g.input('x', 'float32', [1])]), 'float32', [1]))
    const sessions = pathToFileURL(path.join(import.meta.dirname, 'sessions.ts')).href
    const script = `
    const { openNetworkFrom } = await import('${sessions}')
    await using network = await openNetworkFrom(Buffer.from('${Buffer.from(encodeGraph(graph)).toString('base64')}', 'base64'))
    console.log(network.inputNames.join())`
    const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...inherited } = process.env
    const env = { ...inherited, HOME: folder.directory, TMPDIR: folder.directory }
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      encoding: 'utf8',
    })
    expect(stdout.trim(), stderr).toBe('x')
    expect(readdirSync(folder.directory)).toEqual([])
  },
)

test.each([
  [
    '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n',
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  [
    "Non-zero status code returned while running Cast node. Name:'Cast_6' Status Message: shader_helper.cc:416 GenerateSourceCode Program Cast requires f16 but the device does not support it.",
    'Program Cast requires f16 but the device does not support it',
  ],
  [
    "Non-zero status code returned while running Add node. Name:'Add_35' Status Message: Add_35: right operand cannot broadcast on dim 1 LeftShape: {1,192,16}, RightShape: {1,160,16}",
    'Add_35: right operand cannot broadcast on dim 1 LeftShape: {1,192,16}, RightShape: {1,160,16}',
  ],
  [
    'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library\n',
    'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
  ],
])('of what ONNX Runtime says a person reads the end: %#', (message, reason) => {
  expect(reasonOf(new Error(message))).toBe(reason)
  expect(gpuUnavailable('webgpu', new Error(message)).params).toEqual({ provider: 'WebGPU', reason })
})

test('what says nothing has a reason all the same', () => {
  expect(reasonOf(new RangeError(''))).toBe('RangeError')
  expect(reasonOf('in words')).toBe('in words')
})
