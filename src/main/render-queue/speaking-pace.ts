import type { EngineId } from '../../shared/kernel/index.ts'

/** Weight of the newest line: the last dozen lines decide, so that a machine that gets busy is noticed. */
const NEWEST_WEIGHT = 0.15

/** How long each engine takes for a character, learned from the lines it spoke. */
export interface SpeakingPace {
  learn(engineId: EngineId, characters: number, tookMs: number): void
  /** undefined while nothing is known. */
  secPerCharacter(engineId: EngineId): number | undefined
}

export const createSpeakingPace = (): SpeakingPace => {
  const known = new Map<EngineId, number>()
  return {
    learn: (engineId, characters, tookMs) => {
      const newest = Math.max(0, tookMs) / 1000 / Math.max(1, characters)
      const average = known.get(engineId)
      known.set(engineId, average === undefined ? newest : average + NEWEST_WEIGHT * (newest - average))
    },
    secPerCharacter: (engineId) => known.get(engineId),
  }
}
