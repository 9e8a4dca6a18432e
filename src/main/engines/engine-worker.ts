import { serveWorker } from '../worker-process/index.ts'
import { createDraftEngine } from './draft/draft-engine.ts'
import { engineWorkerMethods } from './engine-worker-methods.ts'
import { createToneEngine } from './tone/tone-engine.ts'

// Entry of the process in which engines compute: a render blocks its thread, and native code may end it.
serveWorker(
  engineWorkerMethods(
    {
      draft: createDraftEngine,
      tone: () => createToneEngine(),
      // Loaded when they are asked for: the others need no ONNX Runtime.
      'local-cosyvoice': async (setup) => (await import('./local-cosyvoice/host-local.ts')).createHostedLocal(setup),
    },
    async (input, signal) => (await import('./local-cosyvoice/prove-device.ts')).proveDevice(input, signal),
  ),
)
