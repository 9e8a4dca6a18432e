import type { ProviderFactsView } from '../../shared/device/index.ts'
import { listDevices } from '../engines/index.ts'
import { type CudaDesk, openCudaDesk } from '../studio/index.ts'
import { cliCudaDirectory } from './cli-workers.ts'
import { openCliModels } from './open-cli-models.ts'
import type { Reporter } from './reporter.ts'

type CliCuda = AsyncDisposable & { readonly desk: CudaDesk; listDevices(): readonly ProviderFactsView[] }

/** The app's own libraries for CUDA. @param mainDirectory where the built worker entries lie (out/main) */
export const openCliCudaDesk = async (mainDirectory: string, reporter: Reporter): Promise<CliCuda> => {
  const directory = cliCudaDirectory()
  const models = await openCliModels({}, mainDirectory, reporter)
  return {
    desk: openCudaDesk({ directory, fetchPackage: models.fetchPackage, onChanged: () => undefined }),
    listDevices: () => listDevices(directory),
    [Symbol.asyncDispose]: () => models[Symbol.asyncDispose](),
  }
}
