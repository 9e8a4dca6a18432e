import type { PcmBlock } from '../../shared/audio/index.ts'
import type { EngineCapabilities, RenderRequest } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { type SpawnWorker, WorkerClient } from '../worker-process/index.ts'
import type { Engine, EngineJob } from './engine.ts'
import type { EngineDescription } from './engine-description.ts'
import {
  type EngineInput,
  renderItemSchema,
  renderOutputSchema,
  type WorkerReport,
  workerReportSchema,
} from './engine-messages.ts'
import { pushedItems } from './pushed-items.ts'

/**
 * An engine that computes in a process of its own. The process starts with the first call, not before; when it ends by
 * itself, what was being rendered fails as `engine.crashed` (worth trying again) and the next call starts a fresh one. One
 * that has grown beyond the description's limit is ended as soon as no line is spoken.
 */
export class WorkerEngine implements Engine {
  readonly capabilities: EngineCapabilities
  readonly presetVoices: readonly Voice[]
  readonly #memoryLimitBytes: number
  readonly #input: EngineInput
  readonly #client: WorkerClient
  #calls = 0
  #isTooLarge = false
  #retired: (() => void) | undefined

  constructor(
    { capabilities, presetVoices, memoryLimitBytes }: EngineDescription,
    setup: unknown,
    client: WorkerClient,
  ) {
    this.capabilities = capabilities
    this.presetVoices = presetVoices
    this.#memoryLimitBytes = memoryLimitBytes ?? Number.POSITIVE_INFINITY
    this.#input = { engineId: capabilities.engineId, setup }
    this.#client = client
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#counted(() => this.#client.call('prepare', this.#input, { signal }))
  }

  /** @throws AppError `engine.crashed`, and those of the engine in the worker */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    const items = pushedItems<unknown>((push, left) =>
      this.#counted(async () => {
        const output = await this.#client.call(
          'render',
          { ...this.#input, request },
          { signal: AbortSignal.any([signal, left]), onItem: push },
        )
        this.#isTooLarge = renderOutputSchema.parse(output).memoryBytes > this.#memoryLimitBytes
      }),
    )
    for await (const sent of items) {
      const item = renderItemSchema.parse(sent)
      if (item instanceof Float32Array) yield item
      else progress(item)
    }
  }

  /** Of the process that computes; starts it where there is none. @throws AppError as `prepare` does */
  async report(signal: AbortSignal): Promise<WorkerReport> {
    return workerReportSchema.parse(await this.#counted(() => this.#client.call('report', this.#input, { signal })))
  }

  /** Ends the process when what it speaks is spoken. */
  async retire(): Promise<void> {
    if (this.#calls > 0)
      await new Promise<void>((resolve) => {
        this.#retired = resolve
      })
    await this[Symbol.asyncDispose]()
  }

  /** Ends the process; what is being rendered fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }

  async #counted<Output>(call: () => Promise<Output>): Promise<Output> {
    this.#calls += 1
    try {
      return await call()
    } finally {
      this.#calls -= 1
      if (this.#calls === 0) this.#rest()
    }
  }

  #rest(): void {
    this.#retired?.()
    if (!this.#isTooLarge) return
    this.#isTooLarge = false
    this.#client.recycle()
  }
}

/** @param setup what the engine is made with in its process */
export const createWorkerEngine = (
  description: EngineDescription,
  spawnWorker: SpawnWorker,
  setup: unknown = null,
): WorkerEngine => new WorkerEngine(description, setup, new WorkerClient(spawnWorker, 'engine-worker'))
