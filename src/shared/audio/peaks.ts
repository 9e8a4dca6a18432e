import { assert } from '../kernel/index.ts'

/** Samples behind one pair of the base level. */
export const SAMPLES_PER_PEAK = 256
/** A sample of 1.0; -1.0 is its negative. */
export const PEAK_FULL_SCALE = 32_767

/**
 * What a waveform is drawn from: lowest and highest sample of each run of `SAMPLES_PER_PEAK`, interleaved (min, max, min,
 * max ...), at `PEAK_FULL_SCALE`. Rounded outwards, so that no sample sticks out; louder than full scale is clipped.
 */
export type Peaks = Int16Array<ArrayBuffer>

export const peakPairCount = (durationSamples: number): number => Math.ceil(durationSamples / SAMPLES_PER_PEAK)

const clip = (value: number): number => Math.min(PEAK_FULL_SCALE, Math.max(-PEAK_FULL_SCALE, value))

export interface PeakCollector {
  /** Takes the next samples, any number of them. The block is not kept. */
  push(block: Float32Array): void
  /** Peaks of everything pushed; the last pair may stand for fewer samples. */
  finish(): Peaks
}

/** Base level of a take's peaks, as its samples pass by. */
export const createPeakCollector = (): PeakCollector => {
  let peaks: Peaks = new Int16Array(512)
  let length = 0
  let inPair = 0
  let min = 0
  let max = 0

  const endPair = (): void => {
    if (length === peaks.length) {
      const larger: Peaks = new Int16Array(peaks.length * 2)
      larger.set(peaks)
      peaks = larger
    }
    peaks[length++] = clip(Math.floor(min * PEAK_FULL_SCALE))
    peaks[length++] = clip(Math.ceil(max * PEAK_FULL_SCALE))
    inPair = 0
  }

  return {
    push: (block) => {
      for (const sample of block) {
        if (inPair === 0) {
          min = sample
          max = sample
        } else if (sample < min) min = sample
        else if (sample > max) max = sample
        inPair++
        if (inPair === SAMPLES_PER_PEAK) endPair()
      }
    },
    finish: () => {
      if (inPair > 0) endPair()
      return peaks.slice(0, length)
    },
  }
}

/** A coarser level: each pair of it stands for `factor` pairs of the given one. */
export const reducePeaks = (peaks: Peaks, factor: number): Peaks => {
  assert(Number.isInteger(factor) && factor >= 1, 'peaks are reduced by a whole number')
  const pairCount = peaks.length / 2
  const reduced: Peaks = new Int16Array(Math.ceil(pairCount / factor) * 2)
  for (let pair = 0; pair * factor < pairCount; pair++) {
    const { min, max } = peakRange(peaks, pair * factor, (pair + 1) * factor)
    reduced[pair * 2] = min
    reduced[pair * 2 + 1] = max
  }
  return reduced
}

/** Lowest and highest value of pairs `from` up to, not including, `to`; silence where there are none. */
export const peakRange = (peaks: Peaks, from: number, to: number): { min: number; max: number } => {
  const end = Math.min(to * 2, peaks.length)
  let min = peaks[from * 2] ?? 0
  let max = peaks[from * 2 + 1] ?? 0
  for (let index = from * 2 + 2; index < end; index += 2) {
    min = Math.min(min, peaks[index] ?? min)
    max = Math.max(max, peaks[index + 1] ?? max)
  }
  return { min, max }
}

/** Little-endian bytes, as they are stored and fetched. */
export const peaksToBytes = (peaks: Peaks): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(peaks.length * 2)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of peaks.entries()) view.setInt16(index * 2, value, true)
  return bytes
}

export const peaksFromBytes = (bytes: ArrayBuffer): Peaks => {
  const view = new DataView(bytes)
  return Int16Array.from({ length: Math.floor(bytes.byteLength / 4) * 2 }, (_, index) => view.getInt16(index * 2, true))
}
