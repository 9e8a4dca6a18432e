import { systemClock } from '../clock/index.ts'
import { serveWorker } from '../worker-process/index.ts'
import { modelWorkerMethods } from './model-worker-methods.ts'
import { fetchAsEnvironmentSays } from './proxied-fetch.ts'

// Entry of the process in which models are downloaded, hashed and converted.

// Ctrl+C reaches every process of a terminal. The owner hears it too, and says what is to become of the work.
process.on('SIGINT', () => undefined)

serveWorker(
  modelWorkerMethods({
    createFetch: (log) => fetchAsEnvironmentSays(process.env, log),
    clock: systemClock,
    random: Math.random,
    // Loaded when it is needed: a download has no use for ONNX Runtime.
    convert: async (request, job) => (await import('../model-converter/index.ts')).convertCheckpoint(request, job),
  }),
)
