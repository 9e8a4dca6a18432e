import path from 'node:path'
import {
  CUDA_LIBRARIES,
  type CudaInstallation,
  type CudaInstallJob,
  type CudaPackage,
  installCudaLibraries,
} from '../../cosyvoice/index.ts'
import { discard } from '../../disk/index.ts'
import { claimFolder } from '../../model-bundle/index.ts'

export {
  type CudaInstallation,
  type CudaInstallJob,
  type CudaPackage,
  hasCudaLibraries,
  hashPackage,
  isCudaPlatform,
  type Platform,
} from '../../cosyvoice/index.ts'

/** Where the libraries that ONNX Runtime needs for CUDA are kept; those of another version do not fit. */
export const cudaDirectoryIn = (userData: string): string =>
  path.join(userData, `cuda-${CUDA_LIBRARIES.onnxRuntimeVersion}`)

/** The package that this version's libraries are in. */
export const CUDA_PACKAGE: CudaPackage = CUDA_LIBRARIES.package

/** `installCudaLibraries` for one at a time. @throws AppError as it does; `model.busy` */
export const installCuda = async (installation: CudaInstallation, job: CudaInstallJob): Promise<void> => {
  await using _claim = await claimFolder(installation.directory)
  await installCudaLibraries(installation, job)
}

/** Removes the libraries and whatever was downloaded of them; processes that use them keep them until they end. @throws AppError `model.busy` */
export const removeCuda = async (directory: string): Promise<void> => {
  await using _claim = await claimFolder(directory)
  await discard(directory)
}
