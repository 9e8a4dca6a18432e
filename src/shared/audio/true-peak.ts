import { concatFloat32 } from './pcm.ts'
import { windowedSinc } from './windowed-sinc.ts'

/** Samples on either side that an interpolated value looks at. ITU-R BS.1770 annex 2 has six. */
const HALF_TAPS = 8
const TAP_COUNT = 2 * HALF_TAPS
const KAISER_BETA = 5
/** Samples whose highest magnitude is taken together. */
const STRETCH = 8
/**
 * Around its highest peak a band-limited signal falls no faster than a sine at the end of the band, so one of the two
 * nearest points of a grid of half samples has cos(45°) of the peak: 0.71, here with room for the filter's own error.
 */
const NEAR_PEAK = 0.65

/** The highest value that a converter will make of one channel, between its samples as well. */
export interface TruePeakMeter {
  /** @param channel the samples behind those of the last call */
  add(channel: Float32Array): void
  /** The highest so far, as if silence followed; 1 is full scale. */
  peakLinear(): number
}

const stretchPeaks = (pcm: Float32Array): Float32Array => {
  const peaks = new Float32Array(Math.ceil(pcm.length / STRETCH))
  for (let stretch = 0; stretch < peaks.length; stretch++) {
    const end = Math.min(pcm.length, (stretch + 1) * STRETCH)
    let highest = 0
    for (let i = stretch * STRETCH; i < end; i++) {
      const magnitude = Math.abs(pcm[i] ?? 0)
      if (magnitude > highest) highest = magnitude
    }
    peaks[stretch] = highest
  }
  return peaks
}

/**
 * Interpolates to at least 192 kHz, as ITU-R BS.1770 annex 2 asks. Most of speech needs no look: nothing interpolated can
 * be higher than the highest sample around it times the sum of the filter's magnitudes.
 */
export const createTruePeakMeter = (sampleRateHz: number): TruePeakMeter => {
  // Even, so that one row lies half way between two samples.
  const phaseCount = 2 * Math.ceil(96_000 / sampleRateHz)
  const taps = windowedSinc({ phaseCount, halfTaps: HALF_TAPS, cutoff: 1, beta: KAISER_BETA })
  const halfway = (phaseCount / 2) * TAP_COUNT
  // The row half way sees the most: its taps reach equally far on both sides.
  const largestGain = taps.subarray(halfway, halfway + TAP_COUNT).reduce((sum, tap) => sum + Math.abs(tap), 0)
  // Begins with the silence before the first sample.
  let held = new Float32Array(HALF_TAPS - 1)
  let peak = 0

  const interpolate = (pcm: Float32Array, at: number, row: number): number => {
    let sum = 0
    for (let tap = 0; tap < TAP_COUNT; tap++) sum += (pcm[at + tap] ?? 0) * (taps[row + tap] ?? 0)
    return Math.abs(sum)
  }

  /** @param at the first of the TAP_COUNT samples around the place */
  const highestAround = (pcm: Float32Array, at: number, floor: number): number => {
    const before = Math.abs(pcm[at + HALF_TAPS - 1] ?? 0)
    const behind = Math.abs(pcm[at + HALF_TAPS] ?? 0)
    let highest = Math.max(before, behind, interpolate(pcm, at, halfway))
    if (highest < floor * NEAR_PEAK) return floor
    for (let row = TAP_COUNT; row < taps.length; row += TAP_COUNT)
      highest = Math.max(highest, interpolate(pcm, at, row))
    return Math.max(floor, highest)
  }

  const highestIn = (pcm: Float32Array, floor: number): number => {
    const peaks = stretchPeaks(pcm)
    const placeCount = pcm.length - TAP_COUNT + 1
    let highest = floor
    for (let start = 0, stretch = 0; start < placeCount; start += STRETCH, stretch++) {
      let local = 0
      for (let i = stretch; i <= stretch + TAP_COUNT / STRETCH; i++) local = Math.max(local, peaks[i] ?? 0)
      if (local * largestGain <= highest) continue
      const end = Math.min(start + STRETCH, placeCount)
      for (let at = start; at < end; at++) highest = highestAround(pcm, at, highest)
    }
    return highest
  }

  return {
    add: (channel) => {
      const joined = concatFloat32([held, channel])
      peak = highestIn(joined, peak)
      held = joined.slice(Math.max(0, joined.length - TAP_COUNT + 1))
    },
    peakLinear: () => highestIn(concatFloat32([held, new Float32Array(HALF_TAPS)]), peak),
  }
}
