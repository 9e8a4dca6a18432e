/** What ONNX Runtime can compute with; its own names. `cpu` is the processor, every other one a device. */
export const PROVIDERS = ['cpu', 'cuda', 'tensorrt', 'dml', 'coreml', 'webgpu'] as const
export type Provider = (typeof PROVIDERS)[number]
export type DeviceProvider = Exclude<Provider, 'cpu'>

/** As their makers write them; the same in every language. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  cpu: 'CPU',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
  dml: 'DirectML',
  coreml: 'CoreML',
  webgpu: 'WebGPU',
}

/** A system as Node names it: `process.platform`, `process.arch`. */
export type Platform = { readonly platform: string; readonly arch: string }
export const THIS_PLATFORM: Platform = { platform: process.platform, arch: process.arch }

/**
 * Systems that the pinned build of ONNX Runtime has binaries for, and the devices each of them can have. Asked for another
 * one beside `cpu`, it says nothing and computes on the processor; so nobody asks it.
 * @source onnxruntime-node 1.30.0 README.md, bin/ and script/install-metadata.js; the same on linux x64 from `listSupportedBackends`
 */
const PLATFORM_PROVIDERS: Readonly<Record<string, readonly Provider[]>> = {
  'linux x64': ['cpu', 'cuda', 'tensorrt', 'webgpu'],
  'linux arm64': ['cpu'],
  'win32 x64': ['cpu', 'dml', 'webgpu'],
  'win32 arm64': ['cpu', 'dml', 'webgpu'],
  'darwin arm64': ['cpu', 'coreml', 'webgpu'],
}

/** None where the app has no ONNX Runtime at all. */
export const providersOf = ({ platform, arch }: Platform): readonly Provider[] =>
  PLATFORM_PROVIDERS[`${platform} ${arch}`] ?? []

/**
 * Rows of a prompt that the language model is given at once; a provider that is not named is given all of them. WebGPU takes
 * another kernel for attention from 32 rows on, which is wrong on some drivers; that for fewer rows is right, however many
 * positions are remembered.
 * @source onnxruntime-node 1.30.0 with SwiftShader: off by a tenth to a fifth for 32 and 40 rows, by 5e-7 for up to 31
 */
export const PROMPT_ROWS_AT_ONCE: Partial<Readonly<Record<Provider, number>>> = { webgpu: 16 }
