import { serveWorker } from '../worker-process/index.ts'
import { createDraftEngine } from './draft/draft-engine.ts'
import { engineWorkerMethods } from './engine-worker-methods.ts'
import { createToneEngine } from './tone/tone-engine.ts'

// Entry of the process in which engines compute: a render blocks its thread, and native code may end it.
serveWorker(engineWorkerMethods({ draft: createDraftEngine, tone: () => createToneEngine() }))
