import fc from 'fast-check'
import { expect, test } from 'vitest'
import { peakError, someNumbers } from '../../../../test/support/run-graph.ts'
import { resamplePrompt } from './resample.ts'

const divisorOf = (a: number, b: number): number => (b === 0 ? a : divisorOf(b, a % b))

/**
 * The definition as it is written down, every tap of every phase, the signal between zeros (cosyvoice-local.md 5.2); and the
 * phases in float32, as torchaudio divides whole numbers, which moves a tap by up to 1e-5.
 */
const byDefinition = (pcm: Float32Array, fromHz: number, toHz: number): number[] => {
  const g = divisorOf(fromHz, toHz)
  const [o, n] = [fromHz / g, toHz / g]
  const base = Math.min(o, n) * 0.99
  const w = Math.ceil((6 * o) / base)
  return Array.from({ length: Math.ceil((n * pcm.length) / o) }, (_, at) => {
    const [i, p] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let k = -w; k < w + o; k++) {
      const t = Math.max(-6, Math.min(6, (Math.fround(-p / n) + k / o) * base))
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t)
      sum += (pcm[i * o + k] ?? 0) * Math.cos((t * Math.PI) / 12) ** 2 * sinc * (base / o)
    }
    return sum
  })
}

const tone = (hz: number, rateHz: number, samples: number): Float32Array =>
  Float32Array.from({ length: samples }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rateHz))

/** Level of the middle of a signal, in dB below a full sine tone. */
const levelDb = (signal: Float32Array): number => {
  const middle = signal.subarray(signal.length / 4, (signal.length * 3) / 4)
  return 10 * Math.log10(2 * (middle.reduce((sum, value) => sum + value * value, 0) / middle.length))
}

test('is the sum of its definition for any pair of rates and any length', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(17_640, 22_050, 32_000, 44_100, 47_999, 48_000, 96_000),
      fc.constantFrom(16_000, 24_000),
      fc.integer({ min: 1, max: 600 }),
      (fromHz, toHz, samples) => {
        const pcm = someNumbers(samples, samples)
        const found = resamplePrompt(pcm, fromHz, toHz)
        expect(found).toHaveLength(Math.ceil((samples * toHz) / fromHz))
        // Taps and samples are rounded to float32; samples go up to about 4.
        expect(peakError(found, byDefinition(pcm, fromHz, toHz))).toBeLessThan(4e-6)
      },
    ),
    {
      numRuns: 30,
      examples: [
        [44_100, 16_000, 1],
        [16_000, 24_000, 2],
        [48_000, 24_000, 599],
      ],
    },
  )
})

test.each([
  [44_100, 16_000],
  [48_000, 24_000],
  [48_000, 16_000],
  [22_050, 24_000],
  [16_000, 24_000],
])('from %i to %i Hz what lies in the band passes as it is, at its place', (fromHz, toHz) => {
  for (const share of [0.01, 0.3, 0.6, 0.8]) {
    const hz = (Math.min(fromHz, toHz) / 2) * share
    const found = resamplePrompt(tone(hz, fromHz, fromHz / 10), fromHz, toHz)
    const expected = tone(hz, toHz, found.length)
    const difference = found.map((value, n) => value - (expected[n] ?? Number.NaN))
    expect(levelDb(difference), `${hz} Hz`).toBeLessThan(share === 0.8 ? -20 : -45)
  }
})

test.each([
  [44_100, 16_000],
  [48_000, 24_000],
  [96_000, 24_000],
])('from %i to %i Hz what lies above the band is rejected', (fromHz, toHz) => {
  for (const share of [1.25, 1.3, 1.6, 1.9]) {
    const hz = (toHz / 2) * share
    if (hz > fromHz / 2) continue
    expect(levelDb(resamplePrompt(tone(hz, fromHz, fromHz / 5), fromHz, toHz)), `${hz} Hz`).toBeLessThan(-44)
  }
})

test.each([
  [16_000, 24_000, 0.7],
  [22_050, 24_000, 0.6],
])('from %i to %i Hz nothing is added above the old band', (fromHz, toHz, share) => {
  const hz = (fromHz / 2) * share
  const found = resamplePrompt(tone(hz, fromHz, fromHz / 5), fromHz, toHz)
  const image = fromHz - hz
  let [real, imaginary, weight] = [0, 0, 0]
  for (const [n, value] of found.entries()) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / found.length)
    real += value * window * Math.cos((2 * Math.PI * image * n) / toHz)
    imaginary += value * window * Math.sin((2 * Math.PI * image * n) / toHz)
    weight += window / 2
  }
  expect(20 * Math.log10(Math.hypot(real, imaginary) / weight)).toBeLessThan(-44)
})

test('the same rate gives a copy, and a rate that is no whole number is refused', () => {
  const pcm = someNumbers(10, 1)
  const same = resamplePrompt(pcm, 16_000, 16_000)
  expect(same).toEqual(pcm)
  expect(same.buffer).not.toBe(pcm.buffer)
  expect(resamplePrompt(new Float32Array(0), 48_000, 16_000)).toHaveLength(0)
  expect(() => resamplePrompt(pcm, 44_100.5, 16_000)).toThrow('whole')
})
