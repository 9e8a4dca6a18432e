import { concatFloat32 } from '../../../shared/audio/index.ts'

/** Shorter than any sound of speech, longer than a click. */
const FADE_SEC = 0.005

/** Puts pieces of speech behind each other without a click: each fades out and the next fades in. */
export type Seam = {
  /** @returns what can be heard already: all but the last few milliseconds */
  push(pcm: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>[]
  /** The piece is over, and another comes. */
  join(): Float32Array<ArrayBuffer>[]
  /** The last piece is over; its end stays as it is. */
  end(): Float32Array<ArrayBuffer>[]
}

export const createSeam = (sampleRateHz: number): Seam => {
  const fadeSamples = Math.max(1, Math.round(FADE_SEC * sampleRateHz))
  let held = new Float32Array(0)
  /** Samples of the piece that are faded in already; all where it is the first. */
  let fadedIn = fadeSamples
  const fadeIn = (pcm: Float32Array<ArrayBuffer>): void => {
    for (let i = 0; i < pcm.length && fadedIn < fadeSamples; i++, fadedIn++)
      pcm[i] = ((pcm[i] ?? 0) * (fadedIn + 1)) / (fadeSamples + 1)
  }
  const flush = (): Float32Array<ArrayBuffer>[] => {
    const rest = held
    held = new Float32Array(0)
    return rest.length > 0 ? [rest] : []
  }
  return {
    push(pcm) {
      const own = pcm.slice()
      fadeIn(own)
      const all = concatFloat32([held, own])
      const ready = Math.max(0, all.length - fadeSamples)
      held = all.slice(ready)
      return ready > 0 ? [all.slice(0, ready)] : []
    },
    join() {
      for (let i = 0; i < held.length; i++) held[i] = ((held[i] ?? 0) * (held.length - i)) / (held.length + 1)
      fadedIn = 0
      return flush()
    },
    end: flush,
  }
}
