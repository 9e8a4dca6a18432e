import { AppCancel } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'

/** Two lines that sound the same are not spoken twice: the second waits for the first, and finds its take. */
export interface SoundLocks {
  /** @throws AppCancel when the signal aborts while waiting; whatever `action` throws */
  hold<Result>(takeKey: TakeKey, signal: AbortSignal, action: () => Promise<Result>): Promise<Result>
}

const whenAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

export const createSoundLocks = (): SoundLocks => {
  const held = new Map<TakeKey, Promise<void>>()
  return {
    hold: async (takeKey, signal, action) => {
      for (let before = held.get(takeKey); before; before = held.get(takeKey)) {
        await Promise.race([before, whenAborted(signal)])
        if (signal.aborted) throw new AppCancel()
      }
      let release = (): void => undefined
      held.set(
        takeKey,
        new Promise((resolve) => {
          release = resolve
        }),
      )
      try {
        return await action()
      } finally {
        held.delete(takeKey)
        release()
      }
    },
  }
}
