import { expect, test } from 'vitest'
import { bandEnergy, kaldiMelBank, type MelBank, slaneyMelBank } from './mel-bank.ts'

const sumOf = (bank: MelBank): number =>
  bank.reduce((sum, { weights }) => sum + weights.reduce((part, weight) => part + weight, 0), 0)
const largestOf = (bank: MelBank): number => Math.max(...bank.flatMap(({ weights }) => [...weights]))

/** Figures of another implementation's banks. @source nardi-xhepi/cosyvoice3-cpu tests/reference_values.json */
test.each([
  [24_000, 1920, 80, 12_000, 6.39917372, 0.02362682],
  [16_000, 400, 128, 8000, 3.19098554, 0.04168175],
])('the Slaney bank of %i Hz, %i samples, %i bands is the published one', (rate, size, bands, highHz, sum, largest) => {
  const bank = slaneyMelBank({ sampleRateHz: rate, fftSize: size, bandCount: bands, highHz })
  expect(bank).toHaveLength(bands)
  expect(Math.abs(sumOf(bank) - sum)).toBeLessThan(1e-6)
  expect(Math.abs(largestOf(bank) - largest)).toBeLessThan(1e-8)
})

test('a bank reaches from bin to bin without a gap and stays inside the spectrum', () => {
  const bank = kaldiMelBank({ sampleRateHz: 16_000, fftSize: 512, bandCount: 80, lowHz: 20, highHz: 8000 })
  expect(bank).toHaveLength(80)
  const total = new Float64Array(257)
  for (const { firstBin, weights } of bank)
    for (const [index, weight] of weights.entries()) total[firstBin + index] = (total[firstBin + index] ?? 0) + weight
  expect(total[0]).toBe(0)
  expect(total[256]).toBe(0)
  // Between the middles of the first and of the last band, triangles of height one add up to one.
  for (let bin = 2; bin < 247; bin++) expect(total[bin], `bin ${bin}`).toBeCloseTo(1, 10)
})

test('the energy of a band is the weighted sum of the bins it reaches', () => {
  const spectrum = Float64Array.of(1, 10, 100, 1000)
  expect(bandEnergy({ firstBin: 1, weights: Float64Array.of(0.5, 0.25) }, spectrum)).toBe(30)
  expect(bandEnergy({ firstBin: 0, weights: new Float64Array(0) }, spectrum)).toBe(0)
})
