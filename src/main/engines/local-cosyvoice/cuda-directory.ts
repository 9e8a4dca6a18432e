import path from 'node:path'
import { CUDA_LIBRARIES } from '../../cosyvoice/index.ts'

/** Where the libraries that ONNX Runtime needs for CUDA are kept; those of another version do not fit. */
export const cudaDirectoryIn = (userData: string): string =>
  path.join(userData, `cuda-${CUDA_LIBRARIES.onnxRuntimeVersion}`)
