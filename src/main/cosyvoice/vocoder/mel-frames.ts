import { assert } from '../../../shared/kernel/index.ts'

/** Mel frames [from, to) of row-major [bins, frames]; frames behind the end are zeros. */
export const sliceFrames = (
  mel: Float32Array,
  bins: number,
  from: number,
  to: number = mel.length / bins,
): Float32Array<ArrayBuffer> => {
  const frames = mel.length / bins
  assert(Number.isInteger(frames) && from >= 0 && to >= from, 'a mel is [bins, frames]')
  const width = to - from
  const slice = new Float32Array(bins * width)
  for (let bin = 0; bin < bins; bin++)
    slice.set(mel.subarray(bin * frames + from, bin * frames + Math.max(from, Math.min(to, frames))), bin * width)
  return slice
}

/** One mel behind another, both row-major [bins, frames]. */
export const joinFrames = (first: Float32Array, second: Float32Array, bins: number): Float32Array<ArrayBuffer> => {
  const [left, right] = [first.length / bins, second.length / bins]
  assert(Number.isInteger(left) && Number.isInteger(right), 'a mel is [bins, frames]')
  const joined = new Float32Array(first.length + second.length)
  for (let bin = 0; bin < bins; bin++) {
    joined.set(first.subarray(bin * left, (bin + 1) * left), bin * (left + right))
    joined.set(second.subarray(bin * right, (bin + 1) * right), bin * (left + right) + left)
  }
  return joined
}
