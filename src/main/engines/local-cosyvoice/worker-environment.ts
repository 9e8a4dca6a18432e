import { createRequire } from 'node:module'
import path from 'node:path'
import { cudaEnvironment, hasCudaLibraries, isCudaPlatform } from '../../cosyvoice/index.ts'
import type { WorkerEntry, WorkerEnvironment } from '../../worker-process/index.ts'

/** Those that compute with ONNX Runtime. */
const COMPUTING: readonly WorkerEntry[] = ['engine-worker', 'model-worker']

/**
 * From where on glibc gives memory back when it is freed. Left to itself it raises the limit with the largest block it has
 * seen, and then keeps every stage of a model that was closed: 734 MB at the fullest instead of 589. Other systems do not
 * read it.
 */
const MALLOC_TRIM_BYTES = String(128 * 1024)

/** The folder of ONNX Runtime's own library. Native libraries are never inside an archive of the app, only beside it. */
const runtimeDirectory = (): string => {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node')
  const directory = path.resolve(entry, `../../bin/napi-v6/${process.platform}/${process.arch}`)
  return directory.replace(`app.asar${path.sep}`, `app.asar.unpacked${path.sep}`)
}

/**
 * What processes are started with that compute: no telemetry, memory given back, and where libraries for CUDA were fetched, where they are.
 * Asked at each start, so that they count from the next process on, without a restart of the app.
 * @param cudaDirectory as of `cudaDirectoryIn`
 * @throws what the system says
 */
export const workerEnvironment =
  (cudaDirectory: string): WorkerEnvironment =>
  (entry) => {
    if (!COMPUTING.includes(entry)) return {}
    const always = { ORT_DISABLE_TELEMETRY: '1', MALLOC_TRIM_THRESHOLD_: MALLOC_TRIM_BYTES }
    if (!isCudaPlatform() || !hasCudaLibraries(cudaDirectory)) return always
    return { ...always, ...cudaEnvironment(cudaDirectory, runtimeDirectory()) }
  }
