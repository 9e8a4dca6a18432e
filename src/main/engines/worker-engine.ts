import type { PcmBlock } from '../../shared/audio/index.ts'
import type { EngineCapabilities, RenderRequest } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { type SpawnWorker, WorkerClient } from '../worker-process/index.ts'
import type { Engine, EngineJob } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'
import { renderItemSchema } from './engine-messages.ts'
import { pushedItems } from './pushed-items.ts'

/**
 * An engine that computes in a process of its own. The process starts with the first call, not before; when it ends by
 * itself, what was being rendered fails as `engine.crashed` (worth trying again) and the next call starts a fresh one.
 */
class WorkerEngine implements Engine {
  readonly capabilities: EngineCapabilities
  readonly presetVoices: readonly Voice[]
  readonly #client: WorkerClient

  constructor({ capabilities, presetVoices }: EngineDescription, client: WorkerClient) {
    this.capabilities = capabilities
    this.presetVoices = presetVoices
    this.#client = client
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#client.call('prepare', { engineId: this.capabilities.engineId }, { signal })
  }

  /** @throws AppError `engine.crashed`, and those of the engine in the worker */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    const items = pushedItems<unknown>((push, left) =>
      this.#client.call('render', request, {
        signal: AbortSignal.any([signal, left]),
        onItem: push,
      }),
    )
    for await (const sent of items) {
      const item = renderItemSchema.parse(sent)
      if (item instanceof Float32Array) yield item
      else progress(item)
    }
  }

  /** Ends the process; what is being rendered fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }
}

export const createWorkerEngine = (description: EngineDescription, spawnWorker: SpawnWorker): Engine =>
  new WorkerEngine(description, new WorkerClient(spawnWorker, 'engine-worker'))
