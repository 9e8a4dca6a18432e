import { AppCancel, AppError, assert } from '../../shared/kernel/index.ts'
import type { SpawnWorker, WorkerChannel, WorkerEntry } from './spawn.ts'

export type WorkerCallOptions = {
  signal?: AbortSignal
  /** Items arrive in order, while the call runs. */
  onItem?: (item: unknown) => void
}

/** A worker that has not answered a cancel for this long is ended. */
const CANCEL_GRACE_MS = 10_000

type PendingCall = {
  channel: WorkerChannel
  resolve(output: unknown): void
  reject(error: Error): void
  onItem: ((item: unknown) => void) | undefined
}

/**
 * Owner's side of a worker process: starts it at the first call, settles every pending call when it dies, and starts a
 * fresh one at the next call.
 */
export class WorkerClient implements AsyncDisposable {
  readonly #spawn: SpawnWorker
  readonly #entry: WorkerEntry
  #channel: WorkerChannel | undefined
  #nextCallId = 1
  readonly #pending = new Map<number, PendingCall>()
  #exited: Promise<void> = Promise.resolve()

  constructor(spawn: SpawnWorker, entry: WorkerEntry) {
    this.#spawn = spawn
    this.#entry = entry
  }

  /**
   * @throws AppError as the worker names it, or `engine.crashed` when the process ends before it answers
   * @throws AppCancel when the signal aborts
   */
  async call(method: string, input: unknown, options: WorkerCallOptions = {}): Promise<unknown> {
    const { signal, onItem } = options
    if (signal?.aborted) throw new AppCancel()
    const channel = this.#start()
    const callId = this.#nextCallId++
    let grace: NodeJS.Timeout | undefined
    const cancel = (): void => {
      channel.send({ kind: 'cancel', callId })
      grace = setTimeout(() => channel.kill(), CANCEL_GRACE_MS)
    }
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(callId, { channel, resolve, reject, onItem })
        signal?.addEventListener('abort', cancel, { once: true })
        channel.send({ kind: 'call', callId, method, input })
      })
    } catch (error) {
      throw signal?.aborted ? new AppCancel() : error
    } finally {
      clearTimeout(grace)
      signal?.removeEventListener('abort', cancel)
      this.#pending.delete(callId)
    }
  }

  /** Ends the process at once; pending calls fail. */
  kill(): void {
    this.#channel?.kill()
  }

  /** Ends a process that nobody waits for; the next call starts a fresh one, without waiting for this one to be gone. */
  recycle(): void {
    assert(this.#pending.size === 0, 'nobody waits for a process that is ended')
    const ended = this.#channel
    this.#channel = undefined
    ended?.kill()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.#exited
  }

  #start(): WorkerChannel {
    if (this.#channel) return this.#channel
    const channel = this.#spawn(this.#entry)
    this.#channel = channel
    const before = this.#exited
    const exited = new Promise<void>((resolve) => {
      channel.onExit((exitCode) => {
        if (this.#channel === channel) this.#channel = undefined
        for (const pending of [...this.#pending.values()].filter((call) => call.channel === channel))
          pending.reject(
            new AppError('engine.crashed', {
              params: { worker: this.#entry, exitCode: exitCode ?? -1 },
              remedies: ['try-again', 'report'],
              retryable: true,
            }),
          )
        resolve()
      })
    })
    this.#exited = Promise.all([before, exited]).then(() => undefined)
    channel.onMessage((message) => {
      const pending = this.#pending.get(message.callId)
      if (!pending) return
      if (message.kind === 'item') pending.onItem?.(message.item)
      else if (message.kind === 'done') pending.resolve(message.output)
      else if (message.kind === 'failed') pending.reject(AppError.fromData(message.error))
      else pending.reject(new AppCancel())
    })
    return channel
  }
}
