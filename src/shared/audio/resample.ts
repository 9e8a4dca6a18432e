import { assert } from '../kernel/index.ts'
import type { PcmBlock } from './pcm.ts'
import { windowedSinc } from './windowed-sinc.ts'

export interface Resampler {
  /** Takes a block of any length, gives what can be told so far (possibly nothing). The block is not kept. */
  push(block: Float32Array): PcmBlock
  /** The rest; all blocks together then hold round(input length * toHz / fromHz) samples. Ends the resampler. */
  flush(): PcmBlock
}

/** Stop band reached at the lower Nyquist; at 100 dB the filter's own ripple is below 0.0002 dB. */
const STOP_BAND_DB = 100
/** What is kept of the band below the lower Nyquist: 24 kHz to 22.05 kHz is flat up to 10.1 kHz. */
const PASS_BAND_SHARE = 0.92

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

/** Kaiser's formulas for beta and length from the depth of the stop band and the width of the transition. */
const interpolationFilter = (phaseCount: number, fromHz: number, toHz: number) => {
  const band = Math.min(1, toHz / fromHz)
  const transition = band * (1 - PASS_BAND_SHARE)
  const halfTaps = Math.ceil((STOP_BAND_DB - 8) / (2.285 * Math.PI * transition) / 2) + 1
  const beta = 0.1102 * (STOP_BAND_DB - 8.7)
  return { halfTaps, taps: windowedSinc({ phaseCount, halfTaps, cutoff: band - transition / 2, beta }) }
}

/**
 * Changes the rate of a stream: polyphase windowed sinc, without delay (output k lies at input k * fromHz / toHz), and
 * the same samples however the input is cut into blocks.
 * @param fromHz @param toHz whole numbers; the table of taps has toHz / gcd(fromHz, toHz) rows
 */
export const createResampler = (fromHz: number, toHz: number): Resampler => {
  assert(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0, 'rates are whole numbers of Hz')
  if (fromHz === toHz) return { push: (block) => block.slice(), flush: () => new Float32Array(0) }
  const divisor = greatestCommonDivisor(fromHz, toHz)
  const phaseCount = toHz / divisor
  const stepInPhases = fromHz / divisor
  const { taps, halfTaps } = interpolationFilter(phaseCount, fromHz, toHz)
  const tapCount = 2 * halfTaps

  // held[0] is the first input under the taps of the next output: before the stream begins, that is silence.
  let held = new Float32Array(tapCount * 2)
  let heldLength = halfTaps - 1
  let phase = 0
  let inputLength = 0
  let outputLength = 0

  const append = (block: Float32Array): void => {
    if (heldLength + block.length > held.length) {
      const grown = new Float32Array(heldLength + block.length)
      grown.set(held.subarray(0, heldLength))
      held = grown
    }
    held.set(block, heldLength)
    heldLength += block.length
  }

  const produce = (atMost: number): PcmBlock => {
    const readyPhases = (heldLength - tapCount) * phaseCount - phase
    const ready = heldLength < tapCount ? 0 : Math.floor((readyPhases + phaseCount - 1) / stepInPhases) + 1
    const output = new Float32Array(Math.min(ready, atMost))
    let start = 0
    for (let k = 0; k < output.length; k++) {
      const row = phase * tapCount
      let sum = 0
      for (let tap = 0; tap < tapCount; tap++) sum += (held[start + tap] ?? 0) * (taps[row + tap] ?? 0)
      output[k] = sum
      phase += stepInPhases
      start += Math.floor(phase / phaseCount)
      phase %= phaseCount
    }
    held.copyWithin(0, start, heldLength)
    heldLength -= start
    outputLength += output.length
    return output
  }

  return {
    push: (block) => {
      append(block)
      inputLength += block.length
      return produce(Number.POSITIVE_INFINITY)
    },
    flush: () => {
      const totalLength = Math.round((inputLength * toHz) / fromHz)
      append(new Float32Array(tapCount))
      return produce(totalLength - outputLength)
    },
  }
}
