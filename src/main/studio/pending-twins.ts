import { AppCancel, toAppError } from '../../shared/kernel/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import { isVoiceMissing, toVoiceError } from '../engines/index.ts'
import type { Log } from '../log/index.ts'
import { type TwinBook, twinKey } from './twin-book.ts'
import { memberOf, type VoiceEndpointDeps, voicesAt } from './voice-endpoint.ts'

export type PendingTwinsDeps = VoiceEndpointDeps & { readonly log: Log }

type Watch = { readonly controller: AbortController; readonly ended: Promise<void> }

/** Twins that services work on, asked for until they can be used or never will be. */
export class PendingTwins implements AsyncDisposable {
  readonly #deps: PendingTwinsDeps
  readonly #book: TwinBook
  readonly #watches = new Map<string, Watch>()
  #isStarted = false
  #isClosed = false

  constructor(deps: PendingTwinsDeps, book: TwinBook) {
    this.#deps = deps
    this.#book = book
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const watches = [...this.#watches.values()]
    for (const { controller } of watches) controller.abort()
    await Promise.all(watches.map(({ ended }) => ended))
  }

  /** Before it is started, nothing is followed. */
  start(): void {
    this.#isStarted = true
    this.follow()
  }

  /** Asks for those that came, and for those that are no more no longer. What fails is written to the log. */
  follow(): void {
    if (!this.#isStarted || this.#isClosed) return
    const pending = new Map(
      this.#deps.remote.twins().flatMap((twin) => (twin.status === 'pending' ? [[twinKey(twin), twin] as const] : [])),
    )
    for (const [key, { controller }] of this.#watches) if (!pending.has(key)) controller.abort()
    for (const [key, twin] of pending) {
      if (this.#watches.has(key)) continue
      const controller = new AbortController()
      const ended = this.#watch(twin, controller.signal).finally(() => this.#watches.delete(key))
      this.#watches.set(key, { controller, ended })
    }
  }

  /** Settles when a twin is asked for no more; undefined where it is not asked for. */
  ended(twin: VoiceTwin): Promise<void> | undefined {
    return this.#watches.get(twinKey(twin))?.ended
  }

  async #watch(twin: VoiceTwin, signal: AbortSignal): Promise<void> {
    const { log, remote } = this.#deps
    try {
      const engine = remote.get(twin.engineId)
      const access = voicesAt(this.#deps, engine, memberOf(engine, twin.memberId))
      try {
        this.#book.checked(twin, engine, (await access.settled?.(twin.remoteVoice, signal)) ?? 'ready')
      } catch (error) {
        if (!isVoiceMissing(error)) throw toVoiceError(error, engine.name, 'enrol')
        this.#book.lost(twin, engine, error)
      }
    } catch (error) {
      if (error instanceof AppCancel) return
      const { code } = toAppError(error)
      log('warn', 'a copy of a voice was not asked for', { memberId: twin.memberId, code, error })
    }
  }
}
