import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { listSupportedBackends } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../../test/support/test-disk.ts'
import { openNetworkFrom } from '../sessions.ts'
import { CUDA_LIBRARIES, cudaEnvironment } from './cuda-libraries.ts'
import { listProviders } from './list-providers.ts'
import { type Platform, PROVIDERS, providersOf, THIS_PLATFORM } from './providers.ts'

const LINUX: Platform = { platform: 'linux', arch: 'x64' }
const statesOf = (place: Parameters<typeof listProviders>[0]) =>
  Object.fromEntries(listProviders(place).map(({ provider, state }) => [provider, state]))

test('on this platform there is what ONNX Runtime says there is', () => {
  expect(
    listSupportedBackends()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...providersOf(THIS_PLATFORM)].sort())
})

test.each([
  ['linux x64', ['cpu', 'cuda', 'tensorrt', 'webgpu']],
  ['linux arm64', ['cpu']],
  ['win32 x64', ['cpu', 'dml', 'webgpu']],
  ['win32 arm64', ['cpu', 'dml', 'webgpu']],
  ['darwin arm64', ['cpu', 'coreml', 'webgpu']],
  ['darwin x64', []],
  ['freebsd x64', []],
] as const)('%s has %o', (name, expected) => {
  const [platform = '', arch = ''] = name.split(' ')
  expect(providersOf({ platform, arch })).toEqual(expected)
  const listed = listProviders({ platform: { platform, arch }, cudaDirectory: '/none', system: { root: '/none' } })
  expect(listed.map(({ provider }) => provider)).toEqual(PROVIDERS)
  expect(listed.filter(({ state }) => state !== 'absent').map(({ provider }) => provider)).toEqual(expected)
})

test('CUDA is incomplete without driver and libraries, then installable, then ready', () => {
  using folder = temporaryFolder()
  const cudaDirectory = path.join(folder.directory, 'libraries')
  const place = { platform: LINUX, cudaDirectory, system: { root: folder.directory } }
  const put = (file: string): void => {
    mkdirSync(path.dirname(path.join(folder.directory, file)), { recursive: true })
    writeFileSync(path.join(folder.directory, file), '')
  }
  const cuda = () => listProviders(place).find(({ provider }) => provider === 'cuda')
  expect(cuda()).toMatchObject({ name: 'CUDA', state: 'incomplete' })
  expect(cuda()?.missing).toEqual([
    'NVIDIA driver 525.60.13',
    ...CUDA_LIBRARIES.fromNvidia.map(({ library }) => library),
  ])
  put('usr/lib/libcuda.so.1')
  for (const { library } of CUDA_LIBRARIES.fromNvidia) put(`usr/lib/${library}`)
  expect(cuda()).toMatchObject({ state: 'installable', missing: [] })
  for (const file of CUDA_LIBRARIES.files) put(`libraries/${file}`)
  expect(statesOf(place)).toMatchObject({
    cpu: 'ready',
    webgpu: 'ready',
    cuda: 'ready',
    tensorrt: 'incomplete',
    dml: 'absent',
  })
  put('usr/lib/libnvinfer.so.10')
  expect(statesOf(place)).toMatchObject({ tensorrt: 'ready' })
  put('usr/lib/libcuda.so.470.256.02')
  expect(cuda()).toMatchObject({ state: 'incomplete', missing: ['NVIDIA driver 525.60.13'] })
})

test.each(PROVIDERS.filter((provider) => !providersOf(THIS_PLATFORM).includes(provider)))(
  '%s, which this platform has not, is refused and not quietly the processor',
  async (provider) => {
    await expect(openNetworkFrom(new Uint8Array(8), { provider })).rejects.toMatchObject({
      code: 'engine.gpu-unavailable',
      params: { reason: expect.stringContaining('there is no') },
    })
  },
)

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'ONNX Runtime looks for its libraries in the folder it is started with, not in its own',
  async () => {
    using folder = temporaryFolder()
    const binding = import.meta.resolve('onnxruntime-node')
    const runtime = path.resolve(new URL(binding).pathname, '../../bin/napi-v6/linux/x64')
    const environment = cudaEnvironment(folder.directory, runtime, undefined)
    writeFileSync(path.join(folder.directory, 'libonnxruntime_providers_shared.so'), 'no library at all')
    const script = `
      import { InferenceSession } from '${binding}'
      await InferenceSession.create(new Uint8Array(8), { executionProviders: ['cuda'] }).catch(() => undefined)`
    const env = { ...process.env, ...environment, ORT_DISABLE_TELEMETRY: '1' }
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' })
    expect(stderr).toContain(`${path.join(folder.directory, 'libonnxruntime_providers_shared.so')}: file too short`)
  },
)
