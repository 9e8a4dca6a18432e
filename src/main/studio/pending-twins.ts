import { AppCancel, toAppError } from '../../shared/kernel/index.ts'
import type { VoiceTwin } from '../../shared/voice/index.ts'
import { isVoiceMissing, toVoiceError } from '../engines/index.ts'
import type { Log } from '../log/index.ts'
import { type TwinBook, twinKey } from './twin-book.ts'
import { memberOf, type VoiceEndpointDeps, voicesAt } from './voice-endpoint.ts'
import { Watches } from './watches.ts'

export type PendingTwinsDeps = VoiceEndpointDeps & { readonly log: Log }

/** Twins that services work on, asked for until they can be used or never will be. */
export class PendingTwins implements AsyncDisposable {
  readonly #deps: PendingTwinsDeps
  readonly #book: TwinBook
  readonly #watches = new Watches()
  #isStarted = false

  constructor(deps: PendingTwinsDeps, book: TwinBook) {
    this.#deps = deps
    this.#book = book
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#watches[Symbol.asyncDispose]()
  }

  /** Before it is started, nothing is followed. */
  start(): void {
    this.#isStarted = true
    this.#follow(() => false)
  }

  /**
   * Asks for those that nobody asks for, also where that was given up, and for those that are no more no longer. What fails is
   * noted with the twin.
   */
  follow(): void {
    this.#follow(() => true)
  }

  /** Asks for a twin. @returns settles when it is asked for no more; undefined where it is not pending */
  asked(twin: VoiceTwin): Promise<void> | undefined {
    const key = twinKey(twin)
    this.#follow((known) => known === key)
    return this.#watches.ended(key)
  }

  #follow(mayRepeat: (key: string) => boolean): void {
    if (!this.#isStarted) return
    const pending = this.#deps.remote.twins().filter(({ status }) => status === 'pending')
    const wanted = pending.map((twin) => [twinKey(twin), (signal: AbortSignal) => this.#watch(twin, signal)] as const)
    this.#watches.follow(new Map(wanted), mayRepeat)
  }

  async #watch(twin: VoiceTwin, signal: AbortSignal): Promise<void> {
    const { log, remote } = this.#deps
    try {
      const engine = remote.get(twin.engineId)
      const access = voicesAt(this.#deps, engine, memberOf(engine, twin.memberId))
      try {
        this.#book.checked(twin, engine, (await access.settled?.(twin.remoteVoice, signal)) ?? 'ready')
      } catch (error) {
        if (!isVoiceMissing(error)) throw toVoiceError(error, engine.name, 'follow')
        this.#book.lost(twin, engine, error)
      }
    } catch (error) {
      if (error instanceof AppCancel) return
      const told = toAppError(error)
      log('warn', 'a copy of a voice was not asked for', { memberId: twin.memberId, code: told.code, error })
      this.#book.unasked(twin, told.toData())
    }
  }
}
