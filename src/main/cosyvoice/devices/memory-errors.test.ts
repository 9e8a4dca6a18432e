import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { tensorOf } from '../../../../test/support/run-graph.ts'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { linear } from '../../networks/index.ts'
import { buildGraph, encodeGraph, writeGraph } from '../../onnx/index.ts'
import { float32Of, networkTensor, openNetworkFrom } from '../sessions.ts'
import { isOutOfMemory, outOfMemory } from './memory-errors.ts'

/** As they were seen with onnxruntime-node 1.30.0 on linux, or reported. */
const LACKS_OF_MEMORY: readonly (readonly [where: string, message: string])[] = [
  [
    'the processor in a run, seen',
    "Non-zero status code returned while running Expand node. Name:'Expand_0' Status Message: /onnxruntime_src/onnxruntime/core/framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 281474976710656\n",
  ],
  ['the processor when a graph is loaded, seen', 'Exception during initialization: std::bad_alloc'],
  [
    'Windows when a graph is loaded, microsoft/onnxruntime issue 4325',
    'Exception during initialization: bad allocation',
  ],
  [
    'Windows in a run, microsoft/onnxruntime issue 16305',
    "Non-zero status code returned while running FusedMatMul node. Name:'MatMul_With_Transpose_token_14_FusedMatMulAndScale' Status Message: bad allocation",
  ],
  [
    'CUDA in a run, hacksider/Deep-Live-Cam issue 584',
    'D:\\a\\_work\\1\\s\\onnxruntime\\core\\providers\\cuda\\cuda_call.cc:114 onnxruntime::CudaCall CUDA failure 2: out of memory ; GPU=0 ; hostname=x ; file=D:\\a\\_work\\1\\s\\onnxruntime\\core\\providers\\cuda\\cuda_stream_handle.cc ; line=175 ; expr=cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);',
  ],
  [
    'cuBLAS when a graph is loaded, fudan-generative-vision/hallo issue 218',
    'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:121 CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0 ; hostname=x ; line=164 ; expr=cublasCreate(&cublas_handle_);',
  ],
  [
    'DirectML when a graph is loaded, in any language, huggingface/diffusers issue 791',
    'Exception during initialization: D:\\a\\_work\\1\\s\\onnxruntime\\core\\providers\\dml\\DmlExecutionProvider\\src\\BucketizedBufferAllocator.cpp(122)\\onnxruntime.dll!00007FFA82D145C8: (caller: 00007FFA8336D326) Exception(1) tid(4790) 8007000E 内存资源不足，无法处理此命令。',
  ],
  [
    'WebGPU when a graph is loaded, seen',
    'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/webgpu/buffer_manager.cc:582 WGPUBufferImpl* onnxruntime::webgpu::BufferManager::Create(size_t, wgpu::BufferUsage, bool, bool) const buffer was false. Failed to create GPU buffer: size=576000000, usage=142.\n',
  ],
  [
    'WebGPU in a run, seen',
    'WebGPU validation failed. Buffer size (1200000000) exceeds the max buffer size limit (1073741824).\n - While calling [Device].CreateBuffer([BufferDescriptor]).\n',
  ],
  [
    'WebGPU in a run, after what it calls an internal error, seen',
    'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.\n - While validating entries[1] against { binding: 1, visibility: ShaderStage::Compute, buffer: {type: BufferBindingType::Storage, minBindingSize: 0, hasDynamicOffset: 0} }.',
  ],
  [
    'WebGPU when a result is fetched, kessler/gemma-gem issue 1',
    "buffer_manager.cc:543 status == wgpu::MapAsyncStatus::Success was false. Failed to download data from buffer: Failed to execute 'mapAsync' on 'GPUBuffer': [Invalid Buffer (unlabeled)] is invalid due to a previous error.",
  ],
  [
    'Dawn on Vulkan, mlc-ai/web-llm issue 60',
    'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n    at CheckVkOOMThenSuccessImpl',
  ],
  ['a file that cannot be mapped', 'mmap failed, error code: 12 - Cannot allocate memory'],
  ['V8 for an output', 'Array buffer allocation failed'],
]

const OTHER_FAILURES = [
  'Failed to get a WebGPU adapter: No supported adapters',
  'Load model from llm.onnx failed:Protobuf parsing failed.',
  "Non-zero status code returned while running Cast node. Name:'Cast_6' Status Message: shader_helper.cc:416 GenerateSourceCode Program Cast requires f16 but the device does not support it.",
  'Got invalid dimensions for input: x for the following indices\n index: 1 Got: 63 Expected: 64',
  'Session already disposed.',
]

describe('a lack of memory', () => {
  test.each(LACKS_OF_MEMORY)('is known by its words: %s', (_, message) => {
    expect(isOutOfMemory(new Error(message))).toBe(true)
  })

  test.each(OTHER_FAILURES)('is not what this says: %s', (message) => {
    expect(isOutOfMemory(new Error(message))).toBe(false)
  })

  test('is an error and no text', () => {
    expect(isOutOfMemory('std::bad_alloc')).toBe(false)
    expect(isOutOfMemory(undefined)).toBe(false)
  })

  test('names who and what, and may pass', () => {
    const cause = new Error('std::bad_alloc')
    expect(outOfMemory('cpu', cause, 'llm.onnx')).toMatchObject({
      code: 'engine.out-of-memory',
      params: { provider: 'CPU', graph: 'llm.onnx' },
      remedies: ['close-other-app', 'choose-another-precision'],
      retryable: true,
      cause,
    })
  })

  test('in a run is told apart from a graph that is wrong, for real, and the session lives on', async () => {
    const graph = buildGraph('huge', (g) => {
      const wide = g.op('Expand', [g.input('x', 'float32', [1]), g.input('shape', 'int64', [1])])
      g.output('y', g.op('Abs', [wide]), 'float32', ['count'])
    })
    await using network = await openNetworkFrom(encodeGraph(graph), { threads: 1 }, 'huge.onnx')
    const count = (numbers: bigint) =>
      network.run({
        x: networkTensor(Float32Array.of(-2), [1]),
        shape: networkTensor(BigInt64Array.of(numbers), [1]),
      })
    // More bytes than a process has addresses.
    await expect(count(2n ** 46n)).rejects.toMatchObject({
      code: 'engine.out-of-memory',
      params: { provider: 'CPU', graph: 'huge.onnx' },
    })
    expect([...float32Of((await count(2n)).y)]).toEqual([2, 2])
  })

  test.skipIf(!existsSync('/usr/bin/prlimit'))('when a graph is loaded has its name too, for real', async () => {
    using folder = temporaryFolder()
    const size = 4096
    const job = { signal: new AbortController().signal, onBytes: () => undefined }
    const graph = buildGraph('large', (g) => {
      const layer = { weight: tensorOf([size, size], new Float32Array(size * size)) }
      const x = g.input('x', 'float32', ['rows', size])
      g.output('y', linear(g, 'layer', x, layer, 'float32'), 'float32', ['rows', size])
    })
    await writeGraph(graph, folder.directory, {}, job)
    const small = buildGraph('y', (g) => g.output('y', g.op('Abs', [g.input('x', 'float32', [1])]), 'float32', [1]))
    const sessions = pathToFileURL(path.join(import.meta.dirname, '../sessions.ts')).href
    // The 64 megabytes of the weights fit in twice, once as they are and once in the order that is fastest; here they fit in half.
    const script = `
      import { execFileSync } from 'node:child_process'
      import { readFileSync } from 'node:fs'
      const { openNetwork, openNetworkFrom } = await import('${sessions}')
      // What is ONNX Runtime's own is there before.
      await openNetworkFrom(Buffer.from('${Buffer.from(encodeGraph(small)).toString('base64')}', 'base64'), { threads: 1 })
      const usedKb = Number(/VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
      execFileSync('prlimit', ['--as=' + (usedKb + 32 * 1024) * 1024, '--pid', String(process.pid)])
      try {
        await openNetwork(process.argv[1], { threads: 1 })
        console.log('opened')
      } catch (error) {
        console.log(JSON.stringify({ code: error.code, params: error.params, said: error.cause?.message }))
      }`
    const args = ['--input-type=module', '-e', script, path.join(folder.directory, 'large.onnx')]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(JSON.parse(stdout || '{}'), stderr + stdout).toMatchObject({
      code: 'engine.out-of-memory',
      params: { provider: 'CPU', graph: 'large.onnx' },
      said: expect.stringContaining('bad_alloc'),
    })
  })
})
