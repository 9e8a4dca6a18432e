import { type Peaks, peaksFromBytes, reducePeaks } from '../../../shared/audio/index.ts'
import type { TakeId } from '../../../shared/kernel/index.ts'

/** Peaks of one take, from fine to coarse: each level stands for `LEVEL_FACTOR` times as many samples as the one before. */
export type PeakLevels = readonly Peaks[]

export const LEVEL_FACTOR = 8
const LEVEL_COUNT = 3
const MOST_TAKES = 3000
const MOST_AT_ONCE = 6

export const peakLevels = (base: Peaks): PeakLevels => {
  const levels = [base]
  for (let level = 1; level < LEVEL_COUNT; level += 1) levels.push(reducePeaks(levels[level - 1] ?? base, LEVEL_FACTOR))
  return levels
}

export type PeaksCache = {
  /** What is known; asks for it where nothing is, and then tells the listeners. */
  get(takeId: TakeId): PeakLevels | undefined
  onLoaded(listener: () => void): () => void
}

/** Peaks by take, fetched a few at a time, newest wish first; the oldest are forgotten. */
export const createPeaksCache = (fetchPeaks: (takeId: TakeId) => Promise<ArrayBuffer>): PeaksCache => {
  const known = new Map<TakeId, PeakLevels | null>()
  const wanted: TakeId[] = []
  const listeners = new Set<() => void>()
  let running = 0

  const next = (): void => {
    const takeId = running < MOST_AT_ONCE ? wanted.pop() : undefined
    if (takeId === undefined) return
    running += 1
    fetchPeaks(takeId)
      .then((bytes) => {
        known.set(takeId, peakLevels(peaksFromBytes(bytes)))
        for (const oldest of known.keys()) {
          if (known.size <= MOST_TAKES) break
          known.delete(oldest)
        }
        for (const listener of listeners) listener()
      })
      .catch(() => {
        // A clip without a waveform is drawn as a plain box; playing it is what tells that its file is missing.
      })
      .finally(() => {
        running -= 1
        next()
      })
    next()
  }

  return {
    get(takeId) {
      const levels = known.get(takeId)
      if (levels === undefined) {
        known.set(takeId, null)
        wanted.push(takeId)
        next()
      }
      return levels ?? undefined
    },
    onLoaded(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** The window has one cache: takes never change. */
export const peaksCache = createPeaksCache(async (takeId) => {
  const response = await fetch(`take/${takeId}/peaks`)
  if (!response.ok) throw new Error(`peaks of ${takeId}: ${response.status}`)
  return response.arrayBuffer()
})
