import { AppError } from '../../../shared/kernel/index.ts'
import { PROVIDER_NAMES, type Provider } from './providers.ts'

/**
 * Words that tell a lack of memory from every other failure: ONNX Runtime has no code for it, and each of its parts says it in
 * its own way.
 * @source microsoft/onnxruntime onnxruntime/core/framework/bfc_arena.cc (arenas of all providers),
 *   core/providers/webgpu/buffer_manager.cc, issues 16305, 16512 (CUDA), 17413 (DirectML: the rest of its sentence is in the
 *   system's language), 25195 (WebGPU)
 */
const WORDS: readonly RegExp[] = [
  /failed to allocate memory/i,
  /\bout of memory\b/i,
  /std::bad_alloc\b/,
  /\bbad allocation\b/i,
  /\bcannot allocate memory\b/i,
  /\b(?:CUBLAS|CUBLASLT|CUDNN|CUFFT|CURAND)_STATUS_ALLOC_FAILED\b/,
  /\bCUDA_ERROR_OUT_OF_MEMORY\b/,
  /\bVK_ERROR_OUT_OF_(?:HOST|DEVICE)_MEMORY\b/,
  // What Windows calls E_OUTOFMEMORY.
  /\b(?:0x)?8007000E\b/i,
  /failed to create GPU buffer/i,
  /exceeds the max buffer size limit/i,
  // Said by the first to use a buffer that could not be made.
  /\[Invalid Buffer[^\]]*\] is invalid due to a previous error/i,
  // V8's, where an output has no place in JavaScript's memory.
  /array buffer allocation failed/i,
]

/** Whether a failure of ONNX Runtime, in a session that is made or run, is a lack of memory. */
export const isOutOfMemory = (cause: unknown): boolean =>
  cause instanceof Error && WORDS.some((words) => words.test(cause.message))

/** @param graph file of the graph that was loaded or run */
export const outOfMemory = (provider: Provider, cause: unknown, graph: string): AppError =>
  new AppError('engine.out-of-memory', {
    params: { provider: PROVIDER_NAMES[provider], graph },
    remedies: ['close-other-app', 'choose-another-precision'],
    retryable: true,
    cause,
  })
