import { windowedSinc } from './windowed-sinc.ts'

/** Samples on either side that an interpolated value looks at. ITU-R BS.1770 annex 2 has six. */
const HALF_TAPS = 8
const TAP_COUNT = 2 * HALF_TAPS
const KAISER_BETA = 5
/** Places looked at together, to be passed over at once where none can be the highest. */
const STRETCH = 32

/** The highest value that a converter will make of one channel, between its samples as well. */
export interface TruePeakMeter {
  /** @param channel the samples behind those of the last call */
  add(channel: Float32Array): void
  /** The highest so far, as if silence followed; 1 is full scale. */
  peakLinear(): number
}

const highestMagnitude = (pcm: Float32Array, start: number, end: number): number => {
  let highest = 0
  for (let i = start; i < end; i++) highest = Math.max(highest, Math.abs(pcm[i] ?? 0))
  return highest
}

/**
 * Interpolates to at least 192 kHz, as ITU-R BS.1770 annex 2 asks. Most of speech needs no look: nothing interpolated can
 * be higher than the highest sample around it times the sum of the filter's magnitudes.
 */
export const createTruePeakMeter = (sampleRateHz: number): TruePeakMeter => {
  const phaseCount = Math.ceil(192_000 / sampleRateHz)
  const taps = windowedSinc({ phaseCount, halfTaps: HALF_TAPS, cutoff: 1, beta: KAISER_BETA })
  const rowGains = Array.from({ length: phaseCount }, (_, phase) =>
    taps.subarray(phase * TAP_COUNT, (phase + 1) * TAP_COUNT).reduce((sum, tap) => sum + Math.abs(tap), 0),
  )
  const largestGain = Math.max(...rowGains)
  // Begins with the silence before the first sample.
  let held = new Float32Array(HALF_TAPS - 1)
  let peak = 0

  const interpolate = (pcm: Float32Array, start: number, end: number): number => {
    let highest = 0
    for (let at = start; at < end; at++)
      for (let row = 0; row < taps.length; row += TAP_COUNT) {
        let sum = 0
        for (let tap = 0; tap < TAP_COUNT; tap++) sum += (pcm[at + tap] ?? 0) * (taps[row + tap] ?? 0)
        highest = Math.max(highest, Math.abs(sum))
      }
    return highest
  }

  const highestIn = (pcm: Float32Array, floor: number): number => {
    let highest = floor
    const placeCount = pcm.length - TAP_COUNT + 1
    for (let start = 0; start < placeCount; start += STRETCH) {
      const end = Math.min(start + STRETCH, placeCount)
      if (highestMagnitude(pcm, start, end + TAP_COUNT - 1) * largestGain <= highest) continue
      highest = Math.max(highest, interpolate(pcm, start, end))
    }
    return highest
  }

  const followedBy = (channel: Float32Array): Float32Array<ArrayBuffer> => {
    const joined = new Float32Array(held.length + channel.length)
    joined.set(held)
    joined.set(channel, held.length)
    return joined
  }

  return {
    add: (channel) => {
      const joined = followedBy(channel)
      peak = highestIn(joined, peak)
      held = joined.slice(Math.max(0, joined.length - TAP_COUNT + 1))
    },
    peakLinear: () => highestIn(followedBy(new Float32Array(HALF_TAPS)), peak),
  }
}
