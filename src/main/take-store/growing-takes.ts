import type { TakeKey } from '../../shared/render/index.ts'

/** How far a take has come that is being kept. */
export type TakeGrowth =
  | {
      kind: 'growing'
      takeKey: TakeKey
      /** Where its samples lie until the take is kept, and from then on. The first may be gone at any moment. */
      unfinishedFile: string
      file: string
      /** Samples that can be read; never fewer than before. */
      writtenSamples: number
      /** All of it is there. That it is safe on disk under its own name comes a moment later. */
      isWhole: boolean
    }
  /** It will not be kept, and its samples are gone. */
  | { kind: 'lost'; error: unknown }

/** Tells how far a take has come: at once where something is known, and after each change. @returns the way to stop */
export type FollowTake = (onGrowth: (growth: TakeGrowth) => void) => () => void

type Kept = { growth: Extract<TakeGrowth, { kind: 'growing' }>; flush(): Promise<void> }

/** A take that is being written, as its writer reports it. */
export type GrowingTake = {
  /** Somebody wants to hear of every block. */
  isFollowed(): boolean
  grewTo(writtenSamples: number, isWhole: boolean): void
  /** Safe on disk: there is nothing more to tell. */
  kept(): void
  lost(error: unknown): void
}

/** Who follows which take, and how far those takes have come. */
export class GrowingTakes {
  readonly #followers = new Map<TakeKey, Set<(growth: TakeGrowth) => void>>()
  readonly #kept = new Map<TakeKey, Kept>()

  /** @param flush brings to disk what is buffered, for somebody who comes late */
  begin(takeKey: TakeKey, files: { unfinishedFile: string; file: string }, flush: () => Promise<void>): GrowingTake {
    const kept: Kept = { growth: { kind: 'growing', takeKey, ...files, writtenSamples: 0, isWhole: false }, flush }
    this.#kept.set(takeKey, kept)
    return {
      isFollowed: () => this.#followers.has(takeKey),
      grewTo: (writtenSamples, isWhole) => {
        const { growth } = kept
        if (growth.isWhole || (writtenSamples === growth.writtenSamples && !isWhole)) return
        kept.growth = { ...growth, writtenSamples, isWhole }
        this.#tell(takeKey, kept.growth)
      },
      kept: () => {
        this.#kept.delete(takeKey)
      },
      lost: (error) => {
        this.#kept.delete(takeKey)
        this.#tell(takeKey, { kind: 'lost', error })
      },
    }
  }

  follow(takeKey: TakeKey, onGrowth: (growth: TakeGrowth) => void): () => void {
    const followers = this.#followers.get(takeKey) ?? new Set()
    this.#followers.set(takeKey, followers)
    // Of its own, so that the same function may follow twice.
    const follower = (growth: TakeGrowth): void => onGrowth(growth)
    followers.add(follower)
    const kept = this.#kept.get(takeKey)
    if (kept) {
      onGrowth(kept.growth)
      // What keeps this from being written keeps the take from being kept, and is told then.
      kept.flush().catch(() => undefined)
    }
    return () => {
      followers.delete(follower)
      if (followers.size === 0 && this.#followers.get(takeKey) === followers) this.#followers.delete(takeKey)
    }
  }

  #tell(takeKey: TakeKey, growth: TakeGrowth): void {
    for (const follower of [...(this.#followers.get(takeKey) ?? [])]) follower(growth)
  }
}
