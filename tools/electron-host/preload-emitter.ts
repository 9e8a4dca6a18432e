/** `events` for sandboxed preloads. Sent to pages as source text, so it closes over nothing outside itself. */
export function makePreloadEmitter() {
  type Listener = (...args: unknown[]) => void
  type Entry = { listener: Listener; isOnce: boolean }

  return class EventEmitter {
    #entries = new Map<string, Entry[]>()

    on(name: string, listener: Listener): this {
      return this.#add(name, { listener, isOnce: false })
    }

    addListener(name: string, listener: Listener): this {
      return this.on(name, listener)
    }

    once(name: string, listener: Listener): this {
      return this.#add(name, { listener, isOnce: true })
    }

    off(name: string, listener: Listener): this {
      const entries = this.#entries.get(name) ?? []
      const index = entries.findLastIndex((entry) => entry.listener === listener)
      if (index >= 0) this.#entries.set(name, entries.toSpliced(index, 1))
      return this
    }

    removeListener(name: string, listener: Listener): this {
      return this.off(name, listener)
    }

    removeAllListeners(name?: string): this {
      if (name === undefined) this.#entries.clear()
      else this.#entries.delete(name)
      return this
    }

    listenerCount(name: string): number {
      return this.#entries.get(name)?.length ?? 0
    }

    emit(name: string, ...args: unknown[]): boolean {
      const entries = this.#entries.get(name) ?? []
      for (const { listener, isOnce } of entries) {
        if (isOnce) this.off(name, listener)
        listener.apply(this, args)
      }
      return entries.length > 0
    }

    // Arrays are replaced, not changed, so that emit may walk the one it found.
    #add(name: string, entry: Entry): this {
      this.#entries.set(name, [...(this.#entries.get(name) ?? []), entry])
      return this
    }
  }
}
