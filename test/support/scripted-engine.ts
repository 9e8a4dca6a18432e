import type { Engine, EngineJob } from '../../src/main/engines/index.ts'
import type { PcmBlock } from '../../src/shared/audio/index.ts'
import { AppCancel } from '../../src/shared/kernel/index.ts'
import type { EngineCapabilities, RenderRequest } from '../../src/shared/render/index.ts'
import { anEngine } from './a-project.ts'

/** An engine that does as a test tells it, and remembers what it was asked. */
export type ScriptedEngine = Engine & {
  readonly asked: RenderRequest[]
  readonly running: Set<RenderRequest>
  mostRunning: number
  prepared: number
  /** Called for each request, before its sound; throws or waits as the test likes. */
  before: (request: RenderRequest, job: EngineJob) => Promise<void> | void
  beforePrepare: (signal: AbortSignal) => Promise<void> | void
}

const SAMPLES_PER_CHARACTER = 100

/** @param patch of the capabilities; by default one line at a time at 24 kHz */
export const scriptedEngine = (patch: Partial<EngineCapabilities> = {}): ScriptedEngine => {
  const engine: ScriptedEngine = {
    capabilities: anEngine(patch),
    presetVoices: [],
    asked: [],
    running: new Set(),
    mostRunning: 0,
    prepared: 0,
    before: () => undefined,
    beforePrepare: () => undefined,
    prepare: async (signal) => {
      engine.prepared++
      await engine.beforePrepare(signal)
    },
    async *render(request, job): AsyncGenerator<PcmBlock> {
      engine.asked.push(request)
      engine.running.add(request)
      engine.mostRunning = Math.max(engine.mostRunning, engine.running.size)
      try {
        await engine.before(request, job)
        for (let count = 0; count < request.text.length; count++) {
          if (job.signal.aborted) throw new AppCancel()
          yield new Float32Array(SAMPLES_PER_CHARACTER).fill(0.25)
        }
      } finally {
        engine.running.delete(request)
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  return engine
}

/** Waits until the job is cancelled, like an engine in the middle of a long line. */
export const untilCancelled = (_request: RenderRequest, { signal }: EngineJob): Promise<void> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(new AppCancel())
    signal.addEventListener('abort', () => reject(new AppCancel()), { once: true })
  })
