import { homedir } from 'node:os'
import { cudaDirectoryIn, workerEnvironment } from '../engines/index.ts'
import { type SpawnWorker, spawnOnNode } from '../worker-process/index.ts'
import { userDataDirectory } from './library-directory.ts'

/** Where the app keeps what it fetched for CUDA; the command line uses the same. */
export const cliCudaDirectory = (): string =>
  cudaDirectoryIn(userDataDirectory({ platform: process.platform, homeDirectory: homedir(), env: process.env }))

/** @param mainDirectory where the built worker entries lie (out/main) */
export const spawnCliWorkers = (mainDirectory: string): SpawnWorker =>
  spawnOnNode(mainDirectory, '.js', undefined, workerEnvironment(cliCudaDirectory()))
