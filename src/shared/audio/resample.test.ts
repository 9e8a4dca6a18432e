import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAMPLE_RATES_HZ } from '../kernel/index.ts'
import { concatFloat32, createResampler } from './index.ts'

const pairs = SAMPLE_RATES_HZ.flatMap((fromHz) => SAMPLE_RATES_HZ.map((toHz) => [fromHz, toHz] as const))

const resample = (pcm: Float32Array, fromHz: number, toHz: number, blocks: readonly number[] = [4096]) => {
  const resampler = createResampler(fromHz, toHz)
  const parts: Float32Array[] = []
  for (let at = 0, turn = 0; at < pcm.length; turn++) {
    const end = Math.min(pcm.length, at + (blocks[turn % blocks.length] ?? 1))
    parts.push(resampler.push(pcm.subarray(at, end)))
    at = end
  }
  parts.push(resampler.flush())
  return concatFloat32(parts)
}

const sine = (frequencyHz: number, rateHz: number, length: number) =>
  Float32Array.from({ length }, (_, n) => 0.5 * Math.sin((2 * Math.PI * frequencyHz * n) / rateHz))

const toDb = (power: number) => 10 * Math.log10(power + 1e-30)
const meanPower = (pcm: Float32Array) => pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length
/** Without the first and last 50 ms, where the signal begins and ends. */
const inner = (pcm: Float32Array, rateHz: number) => pcm.subarray(rateHz / 20, pcm.length - rateHz / 20)
const errorDb = (pcm: Float32Array, expected: Float32Array, rateHz: number) =>
  toDb(
    meanPower(
      inner(
        pcm.map((sample, n) => sample - (expected[n] ?? 0)),
        rateHz,
      ),
    ) / meanPower(inner(expected, rateHz)),
  )

describe('the resampler', () => {
  it.each(pairs)('turns n samples at %i Hz into round(n * to / from) at %i Hz', (fromHz, toHz) => {
    for (const length of [0, 1, 2, 999, 4801])
      expect(resample(new Float32Array(length), fromHz, toHz)).toHaveLength(Math.round((length * toHz) / fromHz))
  })

  it.each(pairs)('keeps a sine of the pass band, in level and in place, from %i Hz to %i Hz', (fromHz, toHz) => {
    for (const share of [0.02, 0.5, 0.91]) {
      const frequencyHz = (share * Math.min(fromHz, toHz)) / 2
      const result = resample(sine(frequencyHz, fromHz, fromHz / 2), fromHz, toHz)
      expect(errorDb(result, sine(frequencyHz, toHz, result.length), toHz)).toBeLessThan(-90)
    }
  })

  it.each(pairs.filter(([fromHz, toHz]) => fromHz > toHz))(
    'rejects what lies above the new Nyquist, from %i Hz to %i Hz',
    (fromHz, toHz) => {
      for (const position of [0.001, 0.1, 0.5, 0.95]) {
        const frequencyHz = toHz / 2 + position * (fromHz / 2 - toHz / 2)
        const result = resample(sine(frequencyHz, fromHz, fromHz / 2), fromHz, toHz)
        expect(toDb(meanPower(inner(result, toHz)) / 0.125)).toBeLessThan(-80)
      }
    },
  )

  it.each(pairs.filter(([fromHz, toHz]) => fromHz < toHz))(
    'makes no images above the old Nyquist, from %i Hz to %i Hz',
    (fromHz, toHz) => {
      const frequencyHz = 0.9 * (fromHz / 2)
      const result = resample(sine(frequencyHz, fromHz, fromHz / 2), fromHz, toHz)
      expect(errorDb(result, sine(frequencyHz, toHz, result.length), toHz)).toBeLessThan(-90)
    },
  )

  it('passes DC exactly', () => {
    for (const [fromHz, toHz] of pairs) {
      const result = inner(resample(new Float32Array(fromHz / 4).fill(0.25), fromHz, toHz), toHz)
      for (const sample of result) expect(sample).toBeCloseTo(0.25, 6)
    }
  })

  it('gives the same samples however the input is cut into blocks', () => {
    const pcm = Float32Array.from({ length: 5000 }, (_, n) => ((n * 48271) % 65521) / 65521 - 0.5)
    fc.assert(
      fc.property(
        fc.constantFrom(...pairs),
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
        ([fromHz, toHz], blocks) => {
          expect(resample(pcm, fromHz, toHz, blocks)).toEqual(resample(pcm, fromHz, toHz, [5000]))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('does not keep hold of a block it was given', () => {
    const resampler = createResampler(22050, 24000)
    const block = new Float32Array(2000).fill(0.5)
    const first = resampler.push(block)
    block.fill(-9)
    const rest = resampler.flush()
    expect(Math.min(...first, ...rest)).toBeGreaterThan(-0.1)
  })
})
