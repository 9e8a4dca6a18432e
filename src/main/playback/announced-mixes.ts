import { randomUUID } from 'node:crypto'
import type { Programme } from './audio-output.ts'
import { streamGrowing } from './growing-stream.ts'
import { type MixWav, openMixWav } from './mix-wav.ts'
import { type Takes, takeReaderOf } from './take-reader-of.ts'

/** A window may still read the mix before the one it plays, after a quick seek. */
const KEPT_MIXES = 4

type AnnouncedMix = Announced & { wav: MixWav | undefined }

export type Announced = Pick<Programme, 'plan' | 'takeKeys' | 'growing' | 'fromSamples' | 'untilSamples'> & {
  /** Aborts when nobody plays it any more. */
  signal: AbortSignal
}

/** Gives the mixes that windows may fetch as WAV a name for their URL; only the last few are kept. */
export class AnnouncedMixes {
  readonly #takes: Takes
  readonly #mixes = new Map<string, AnnouncedMix>()

  constructor(takes: Takes) {
    this.#takes = takes
  }

  /** @returns where windows find it: the plan's id is never used twice, so that no cache can answer for it */
  announce(announced: Announced): string {
    const planId = randomUUID()
    this.#mixes.set(planId, { ...announced, wav: undefined })
    for (const oldestId of this.#mixes.keys()) {
      if (this.#mixes.size <= KEPT_MIXES) break
      this.#mixes.delete(oldestId)
    }
    return announced.growing ? `mix/${planId}/stream` : `mix/${planId}`
  }

  find(planId: string): MixWav | undefined {
    const mix = this.#mixes.get(planId)
    if (!mix || mix.growing) return undefined
    const { plan, takeKeys, untilSamples } = mix
    mix.wav ??= openMixWav({ ...plan, durationSamples: untilSamples }, takeReaderOf(this.#takes, takeKeys))
    return mix.wav
  }

  /** Of what is still being rendered; each call begins at `fromSamples`. */
  stream(planId: string): AsyncIterable<Uint8Array> | undefined {
    const mix = this.#mixes.get(planId)
    return mix?.growing && !mix.signal.aborted ? streamGrowing({ ...mix, growing: mix.growing }) : undefined
  }
}
