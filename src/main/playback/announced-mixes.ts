import { randomUUID } from 'node:crypto'
import type { PlayablePlan } from './audio-output.ts'
import { type MixWav, openMixWav } from './mix-wav.ts'
import { type Takes, takeReaderOf } from './take-reader-of.ts'

/** A window may still read the mix before the one it plays, after a quick seek. */
const KEPT_MIXES = 4

type AnnouncedMix = PlayablePlan & { wav: MixWav | undefined }

/** Gives the mixes that windows may fetch as WAV a name for their URL; only the last few are kept. */
export class AnnouncedMixes {
  readonly #takes: Takes
  readonly #mixes = new Map<string, AnnouncedMix>()

  constructor(takes: Takes) {
    this.#takes = takes
  }

  /** @returns the plan's id, never used twice, so that no cache can answer for it */
  announce({ plan, takeKeys }: PlayablePlan): string {
    const planId = randomUUID()
    this.#mixes.set(planId, { plan, takeKeys, wav: undefined })
    for (const oldestId of this.#mixes.keys()) {
      if (this.#mixes.size <= KEPT_MIXES) break
      this.#mixes.delete(oldestId)
    }
    return planId
  }

  find(planId: string): MixWav | undefined {
    const mix = this.#mixes.get(planId)
    if (mix) mix.wav ??= openMixWav(mix.plan, takeReaderOf(this.#takes, mix.takeKeys))
    return mix?.wav
  }
}
