import type { TakeKey } from '../../shared/render/index.ts'
import { type OpenTake, openTake, readSamples } from './take-file.ts'

/** Reads takes by key; what playback and export need, in whatever process. */
export interface TakeReader extends AsyncDisposable {
  /**
   * @param startSamples first sample wanted, within the take
   * @param target mono f32, filled completely
   * @throws AppError `take.missing`
   */
  read(takeKey: TakeKey, startSamples: number, target: Float32Array): Promise<void>
  /** Lets go of the file, e.g. because it is replaced. */
  forget(takeKey: TakeKey): void
}

type Entry = { take: Promise<OpenTake>; readers: number; isForgotten: boolean }

/** Neighbouring takes are read in turn, block by block; opening a file for each block would cost more than reading it. */
const OPEN_TAKES = 32

/**
 * Keeps the files read last open.
 * @param directory folder of the takes
 */
export const createTakeReader = (directory: string, maxOpen = OPEN_TAKES): TakeReader => {
  const entries = new Map<TakeKey, Entry>()
  const closing = new Set<Promise<void>>()

  const closeUnused = (entry: Entry): void => {
    if (!entry.isForgotten || entry.readers > 0) return
    // A take that could not be opened has nothing to close; its reader has been told.
    const closed = entry.take.then(({ handle }) => handle.close()).catch(() => undefined)
    closing.add(closed)
    void closed.then(() => closing.delete(closed))
  }
  const forget = (takeKey: TakeKey): void => {
    const entry = entries.get(takeKey)
    if (!entry) return
    entries.delete(takeKey)
    entry.isForgotten = true
    closeUnused(entry)
  }
  const use = (takeKey: TakeKey): Entry => {
    const entry = entries.get(takeKey) ?? { take: openTake(directory, takeKey), readers: 0, isForgotten: false }
    entry.readers++
    // Newest use last: the first key is the one used longest ago.
    entries.delete(takeKey)
    entries.set(takeKey, entry)
    for (const oldest of entries.keys()) {
      if (entries.size <= maxOpen) break
      forget(oldest)
    }
    return entry
  }

  return {
    read: async (takeKey, startSamples, target) => {
      const entry = use(takeKey)
      try {
        await readSamples(await entry.take, takeKey, startSamples, target)
      } catch (error) {
        if (entries.get(takeKey) === entry) forget(takeKey)
        throw error
      } finally {
        entry.readers--
        closeUnused(entry)
      }
    },
    forget,
    [Symbol.asyncDispose]: async () => {
      for (const takeKey of [...entries.keys()]) forget(takeKey)
      await Promise.all(closing)
    },
  }
}
