type Watch = { readonly controller: AbortController; readonly ended: Promise<void>; isOver: boolean }

/** What is asked for behind everybody's back, once for each key, until it is wanted no longer or gives up. */
export class Watches implements AsyncDisposable {
  readonly #watches = new Map<string, Watch>()
  #isClosed = false

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const watches = [...this.#watches.values()]
    for (const { controller } of watches) controller.abort()
    await Promise.all(watches.map(({ ended }) => ended))
  }

  /**
   * Begins what is wanted and not there, and ends what is wanted no longer.
   * @param wanted none of them throws
   * @param mayRepeat whether one that gave up begins again
   */
  follow(
    wanted: ReadonlyMap<string, (signal: AbortSignal) => Promise<void>>,
    mayRepeat: (key: string) => boolean = () => false,
  ): void {
    if (this.#isClosed) return
    for (const [key, { controller, isOver }] of this.#watches) {
      if (wanted.has(key)) continue
      controller.abort()
      if (isOver) this.#watches.delete(key)
    }
    for (const [key, watch] of wanted) {
      const known = this.#watches.get(key)
      if (!known || (known.isOver && mayRepeat(key))) this.#begin(key, watch)
    }
  }

  /** Settles when it ends; undefined where nothing is asked. */
  ended(key: string): Promise<void> | undefined {
    const watch = this.#watches.get(key)
    return watch?.isOver ? undefined : watch?.ended
  }

  #begin(key: string, watch: (signal: AbortSignal) => Promise<void>): void {
    const controller = new AbortController()
    const ended = watch(controller.signal).finally(() => {
      begun.isOver = true
      if (controller.signal.aborted) this.#watches.delete(key)
    })
    const begun: Watch = { controller, ended, isOver: false }
    this.#watches.set(key, begun)
  }
}
