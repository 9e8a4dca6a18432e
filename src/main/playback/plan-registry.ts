import { randomUUID } from 'node:crypto'
import type { PlayablePlan } from './audio-output.ts'

/** A window may still read the plan before the one it plays, after a quick seek. */
const KEPT_PLANS = 4

/** Gives the plans that windows may fetch as WAV a name for their URL; only the last few are kept. */
export class PlanRegistry {
  readonly #plans = new Map<string, PlayablePlan>()

  /** @returns the plan's id, never used twice, so that no cache can answer for it */
  add(playable: PlayablePlan): string {
    const planId = randomUUID()
    this.#plans.set(planId, playable)
    for (const oldestId of this.#plans.keys()) {
      if (this.#plans.size <= KEPT_PLANS) break
      this.#plans.delete(oldestId)
    }
    return planId
  }

  find(planId: string): PlayablePlan | undefined {
    return this.#plans.get(planId)
  }
}
