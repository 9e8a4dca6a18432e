import type { PcmBlock } from '../../shared/audio/index.ts'
import { AppError, type AppErrorCode } from '../../shared/kernel/index.ts'
import type { EngineCapabilities, RenderRequest, TakeKey } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'
import { type SpawnWorker, type WorkerCallOptions, WorkerClient } from '../worker-process/index.ts'
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
import { createTurns, type Turns } from './turns.ts'

type CallOptions = WorkerCallOptions & { signal: AbortSignal }

/** Failures after which nothing that the process holds can be relied on. */
const WEARING: readonly AppErrorCode[] = ['engine.out-of-memory', 'engine.gpu-unavailable']

/**
 * An engine that computes in a process of its own. The process starts with the first call, not before; when it ends by
 * itself, what was being rendered fails as `engine.crashed` (worth trying again) and the next call starts a fresh one. A line
 * that was spoken then is spoken alone when it comes again, so that it takes no other line along.
 *
 * A process that has grown beyond the description's limit, ran out of memory or lost its device speaks the lines that it
 * speaks to their end; those that come later wait for a fresh one.
 */
export class WorkerEngine implements Engine {
  readonly capabilities: EngineCapabilities
  readonly presetVoices: readonly Voice[]
  readonly #memoryLimitBytes: number
  readonly #input: EngineInput
  readonly #client: WorkerClient
  readonly #turns: Turns
  /** Lines that were spoken when a process ended. */
  readonly #suspects = new Set<TakeKey>()
  #isWornOut = false
  #isRetired = false

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
    this.#turns = createTurns({ mustEmpty: () => this.#isWornOut, onEmpty: () => this.#rest() })
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#call('prepare', signal)
  }

  /** @throws AppError `engine.crashed`, and those of the engine in the worker */
  async *render(request: RenderRequest, { signal, progress }: EngineJob): AsyncGenerator<PcmBlock> {
    const items = pushedItems<unknown>((push, left) =>
      this.#speak(request, { signal: AbortSignal.any([signal, left]), onItem: push }),
    )
    for await (const sent of items) {
      const item = renderItemSchema.parse(sent)
      if (item instanceof Float32Array) yield item
      else progress(item)
    }
  }

  /** Of the process that computes; starts it where there is none. @throws AppError as `prepare` does */
  async report(signal: AbortSignal): Promise<WorkerReport> {
    return workerReportSchema.parse(await this.#call('report', signal))
  }

  /** Ends the process when what it speaks is spoken; one that is started after that ends as soon as it has nothing to do. */
  async retire(): Promise<void> {
    this.#isRetired = true
    await this.#turns.whenIdle()
    await this[Symbol.asyncDispose]()
  }

  /** Ends the process; what is being rendered fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
  }

  async #speak(request: RenderRequest, options: CallOptions): Promise<void> {
    const { takeKey } = request
    const isAlone = this.#suspects.has(takeKey)
    await this.#inTurn({ isAlone, signal: options.signal }, async () => {
      try {
        const output = await this.#client.call('render', { ...this.#input, request }, options)
        this.#isWornOut ||= renderOutputSchema.parse(output).memoryBytes > this.#memoryLimitBytes
        this.#suspects.delete(takeKey)
      } catch (error) {
        if (error instanceof AppError && error.code === 'engine.crashed') this.#suspects.add(takeKey)
        throw error
      }
    })
  }

  #call(method: 'prepare' | 'report', signal: AbortSignal): Promise<unknown> {
    return this.#inTurn({ isAlone: false, signal }, () => this.#client.call(method, this.#input, { signal }))
  }

  #inTurn<Output>(how: { isAlone: boolean; signal: AbortSignal }, use: () => Promise<Output>): Promise<Output> {
    return this.#turns.take(how, async () => {
      try {
        return await use()
      } catch (error) {
        this.#isWornOut ||= error instanceof AppError && WEARING.includes(error.code)
        throw error
      }
    })
  }

  #rest(): void {
    if (!this.#isWornOut && !this.#isRetired) return
    this.#isWornOut = false
    this.#client.recycle()
  }
}

/** @param setup what the engine is made with in its process */
export const createWorkerEngine = (
  description: EngineDescription,
  spawnWorker: SpawnWorker,
  setup: unknown = null,
): WorkerEngine => new WorkerEngine(description, setup, new WorkerClient(spawnWorker, 'engine-worker'))
