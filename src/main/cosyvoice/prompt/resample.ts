import { assert } from '../../../shared/kernel/index.ts'

/** Zero crossings of the filter on either side, and its cutoff as a share of the lower Nyquist: torchaudio's presets. */
const FILTER_WIDTH = 6
const ROLLOFF = 0.99

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))

type Row = { readonly firstTap: number; readonly taps: Float64Array }

/**
 * One row of taps for each place that outputs have between two inputs. Taps beyond the window's end weigh nothing and are
 * left out; torchaudio keeps them all.
 */
const polyphaseRows = (from: number, to: number, base: number, width: number): Row[] =>
  Array.from({ length: to }, (_, phase) => {
    // The one division that torchaudio does in float32.
    const lag = Math.fround(-phase / to)
    const firstTap = Math.max(-width, Math.floor((-FILTER_WIDTH / base - lag) * from))
    const lastTap = Math.min(width + from - 1, Math.ceil((FILTER_WIDTH / base - lag) * from))
    const taps = Float64Array.from({ length: lastTap - firstTap + 1 }, (_, index) => {
      const place = (lag + (firstTap + index) / from) * base
      const crossings = Math.min(FILTER_WIDTH, Math.max(-FILTER_WIDTH, place))
      const angle = crossings * Math.PI
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle
      return Math.fround(sinc * Math.cos(angle / FILTER_WIDTH / 2) ** 2 * (base / from))
    })
    return { firstTap, taps }
  })

/**
 * Changes the rate of a whole recording by the very filter of torchaudio's `Resample`, which the models were trained
 * through. It is a soft one: down half a decibel at 0.8 of the band, and 45 dB only from 1.25 of it on. What a person is to
 * hear goes through shared/audio.
 * @param fromHz @param toHz whole numbers
 * @returns ceil(samples * toHz / fromHz) samples, a copy where the rates are equal
 * @source pytorch/audio src/torchaudio/functional/functional.py resample (sinc_interp_hann)
 */
export const resamplePrompt = (pcm: Float32Array, fromHz: number, toHz: number): Float32Array<ArrayBuffer> => {
  assert(Number.isInteger(fromHz) && Number.isInteger(toHz) && fromHz > 0 && toHz > 0, 'rates are whole numbers of Hz')
  if (fromHz === toHz) return Float32Array.from(pcm)
  const divisor = greatestCommonDivisor(fromHz, toHz)
  const [from, to] = [fromHz / divisor, toHz / divisor]
  const base = Math.min(from, to) * ROLLOFF
  const width = Math.ceil((FILTER_WIDTH * from) / base)
  const rows = polyphaseRows(from, to, base, width)

  const resampled = new Float32Array(Math.ceil((pcm.length * to) / from))
  for (const [phase, { firstTap, taps }] of rows.entries()) {
    let at = firstTap
    for (let place = phase; place < resampled.length; place += to) {
      const begin = Math.max(0, -at)
      const end = Math.min(taps.length, pcm.length - at)
      let sum = 0
      for (let tap = begin; tap < end; tap++) sum += (pcm[at + tap] ?? 0) * (taps[tap] ?? 0)
      resampled[place] = sum
      at += from
    }
  }
  return resampled
}
