import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inverseStft, stft } from './spectrum.ts'

const hift = { size: 16, hop: 4 }
const hann = (n: number, size: number) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size)
const noisy = (length: number) => Float32Array.from({ length }, (_, n) => Math.sin(n * n * 0.37) * 0.5 + 0.1)

/** Magnitude and phase of a spectrum's real and imaginary rows. */
const polar = (spectrum: Float32Array) => {
  const [real, imaginary] = [spectrum.subarray(0, spectrum.length / 2), spectrum.subarray(spectrum.length / 2)]
  return {
    magnitude: real.map((value, i) => Math.hypot(value, imaginary[i] ?? 0)),
    phase: real.map((value, i) => Math.atan2(imaginary[i] ?? 0, value)),
  }
}
const furthest = (a: Float32Array, b: ArrayLike<number>) =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0)

describe('the spectrum of a signal', () => {
  it.each([
    [16, 4, 41],
    [16, 4, 9],
    [8, 2, 30],
    [16, 8, 64],
  ])('is the sum of its definition, window %i, hop %i, %i samples', (size, hop, length) => {
    const signal = noisy(length)
    const frames = Math.floor(length / hop) + 1
    const spectrum = stft(signal, { size, hop })
    expect(spectrum).toHaveLength((size + 2) * frames)
    const mirrored = (place: number) => {
      const inside = place < 0 ? -place : place
      return signal[inside < length ? inside : 2 * (length - 1) - inside] ?? Number.NaN
    }
    for (let bin = 0; bin <= size / 2; bin++)
      for (let frame = 0; frame < frames; frame++) {
        let [real, imaginary] = [0, 0]
        for (let n = 0; n < size; n++) {
          const value = mirrored(frame * hop + n - size / 2) * hann(n, size)
          real += value * Math.cos((2 * Math.PI * bin * n) / size)
          imaginary -= value * Math.sin((2 * Math.PI * bin * n) / size)
        }
        expect(Math.abs((spectrum[bin * frames + frame] ?? Number.NaN) - real)).toBeLessThan(1e-6)
        expect(Math.abs((spectrum[(size / 2 + 1 + bin) * frames + frame] ?? Number.NaN) - imaginary)).toBeLessThan(1e-6)
      }
  })

  it('needs a signal longer than what is mirrored', () => {
    expect(() => stft(new Float32Array(8), hift)).toThrow('longer')
    expect(stft(new Float32Array(9), hift)).toHaveLength(18 * 3)
  })
})

describe('the signal of a spectrum', () => {
  it('is the signal the spectrum was made of', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(hift, { size: 8, hop: 2 }, { size: 32, hop: 8 }),
        fc.integer({ min: 5, max: 40 }),
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (sizes, hops, values) => {
          const signal = Float32Array.from({ length: sizes.hop * hops }, () => values.next().value)
          const { magnitude, phase } = polar(stft(signal, sizes))
          const back = inverseStft(magnitude, phase, sizes)
          expect(back).toHaveLength(signal.length)
          expect(furthest(back, signal)).toBeLessThan(1e-5)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is the sum of its definition also where no signal has that spectrum', () => {
    const frames = 6
    const magnitude = Float32Array.from({ length: 9 * frames }, (_, i) => 1 + Math.sin(i * i))
    const phase = Float32Array.from({ length: 9 * frames }, (_, i) => Math.sin(i * 1.7))
    const length = (frames - 1) * 4 + 16
    const [sum, weight] = [new Float64Array(length), new Float64Array(length)]
    for (let frame = 0; frame < frames; frame++)
      for (let n = 0; n < 16; n++) {
        let value = 0
        // All 16 bins: those above 8 are the mirrored ones below, and 0 and 8 are real.
        for (let bin = 0; bin < 16; bin++) {
          const place = (bin <= 8 ? bin : 16 - bin) * frames + frame
          const [level, angle] = [magnitude[place] ?? Number.NaN, phase[place] ?? Number.NaN]
          const imaginary = bin % 8 === 0 ? 0 : (bin < 8 ? 1 : -1) * level * Math.sin(angle)
          const turn = (2 * Math.PI * bin * n) / 16
          value += (level * Math.cos(angle) * Math.cos(turn) - imaginary * Math.sin(turn)) / 16
        }
        const at = frame * 4 + n
        sum[at] = (sum[at] ?? 0) + value * hann(n, 16)
        weight[at] = (weight[at] ?? 0) + hann(n, 16) ** 2
      }
    const expected = Array.from({ length: length - 16 }, (_, i) => (sum[i + 8] ?? 0) / (weight[i + 8] ?? 0))
    expect(furthest(inverseStft(magnitude, phase, hift), expected)).toBeLessThan(1e-6)
  })

  it('counts magnitudes above 100 as 100', () => {
    const loud = new Float32Array(9 * 5).fill(2500)
    const clipped = new Float32Array(9 * 5).fill(100)
    const phase = noisy(45)
    expect(inverseStft(loud, phase, hift)).toEqual(inverseStft(clipped, phase, hift))
    expect(
      furthest(
        inverseStft(clipped, phase, hift),
        inverseStft(
          clipped.map(() => 99),
          phase,
          hift,
        ),
      ),
    ).toBeGreaterThan(0.1)
  })

  it('refuses a spectrum of another size', () => {
    expect(() => inverseStft(new Float32Array(10), new Float32Array(10), hift)).toThrow('size / 2 + 1')
    expect(() => inverseStft(new Float32Array(18), new Float32Array(9), hift)).toThrow('phase')
  })
})
