import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSourceNoise } from './source-noise.ts'
import { type SourceInput, sourceSignal } from './source-signal.ts'

const SAMPLES_PER_FRAME = 480
const weights = [0.4, -0.3, 0.25, 0.2, -0.15, 0.1, 0.08, -0.05, 0.3]
const pitch = Float32Array.of(0, 5, 9.99, 10.5, 87.3, 220, 221.5, 440, 0, 1200, 3000, 30)

const aSource = (changes: Partial<SourceInput> = {}): SourceInput => {
  const f0 = changes.f0 ?? pitch
  const harmonics = (changes.weights ?? weights).length
  return {
    f0,
    weights,
    bias: 0.02,
    isCausal: true,
    noise: new Float32Array(f0.length * SAMPLES_PER_FRAME * harmonics),
    sampleRateHz: 24_000,
    samplesPerFrame: SAMPLES_PER_FRAME,
    ...changes,
  }
}

/** Linear interpolation to another length as torch does it, half-pixel centres. */
const resized = (values: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * values.length) / length - 0.5)
    const earlier = Math.floor(place)
    const later = Math.min(earlier + 1, values.length - 1)
    return (values[earlier] ?? 0) * (1 - (place - earlier)) + (values[later] ?? 0) * (place - earlier)
  })

/** The steps of the original, sample by sample, the random angle at the first sample included. */
const originalSource = ({ f0, weights, bias, isCausal, noise }: SourceInput): number[] => {
  const length = f0.length * SAMPLES_PER_FRAME
  const perSample = Array.from({ length }, (_, i) => f0[Math.floor(i / SAMPLES_PER_FRAME)] ?? 0)
  const sines = weights.map((_, harmonic) => {
    const turns = perSample.map((hz) => ((hz * (harmonic + 1)) / 24_000) % 1)
    turns[0] = (turns[0] ?? 0) + (harmonic === 0 ? 0 : 0.77)
    let sum = 0
    const angles = resized(turns, f0.length).map((turn) => {
      sum += turn
      return sum * 2 * Math.PI * SAMPLES_PER_FRAME
    })
    const along = isCausal
      ? Array.from({ length }, (_, i) => angles[Math.floor(i / SAMPLES_PER_FRAME)] ?? 0)
      : resized(angles, length)
    return along.map((angle) => Math.sin(angle) * 0.1)
  })
  return perSample.map((hz, sample) => {
    const voiced = hz > 10 ? 1 : 0
    const noiseLevel = voiced * 0.003 + ((1 - voiced) * 0.1) / 3
    let sum = bias
    for (const [harmonic, weight] of weights.entries())
      sum +=
        weight *
        ((sines[harmonic]?.[sample] ?? 0) * voiced + noiseLevel * (noise[sample * weights.length + harmonic] ?? 0))
    return Math.tanh(sum)
  })
}

describe('the source of the voice', () => {
  it.each([true, false])('is what the steps of the original give, causal %s', (isCausal) => {
    const source = aSource({ isCausal, noise: createSourceNoise(isCausal, 5)(pitch.length * SAMPLES_PER_FRAME * 9) })
    const expected = originalSource(source)
    const signal = sourceSignal(source)
    expect(signal).toHaveLength(pitch.length * SAMPLES_PER_FRAME)
    // The largest angle is 30 000 radians, where float32 steps by 0.002.
    for (const [i, sample] of signal.entries())
      expect(Math.abs(sample - (expected[i] ?? Number.NaN))).toBeLessThan(5e-4)
  })

  it('stands still through a frame in CosyVoice 3, a quarter of a turn further in each frame at 62.5 Hz', () => {
    const signal = sourceSignal(aSource({ f0: new Float32Array(8).fill(62.5), weights: [1], bias: 0 }))
    for (const [i, sample] of signal.entries())
      expect(sample).toBeCloseTo(Math.tanh(0.1 * Math.sin((Math.PI / 2) * (Math.floor(i / 480) + 1))), 5)
  })

  it('is a sine of the pitch in CosyVoice 2, still before the first and after the last middle of a frame', () => {
    const f0 = new Float32Array(20).fill(137)
    const signal = sourceSignal(aSource({ f0, weights: [1], bias: 0, isCausal: false }))
    for (const [i, sample] of signal.entries()) {
      const middles = Math.max(0, Math.min(19, (i + 0.5) / 480 - 0.5))
      expect(Math.abs(sample - Math.tanh(0.1 * Math.sin((2 * Math.PI * 137 * (middles + 1)) / 50)))).toBeLessThan(1e-4)
    }
  })

  it('has louder noise and no sine up to 10 Hz', () => {
    const noise = new Float32Array(2 * SAMPLES_PER_FRAME).fill(1)
    const signal = sourceSignal(aSource({ f0: Float32Array.of(10, 0), weights: [1], bias: 0, noise }))
    for (const sample of signal) expect(sample).toBeCloseTo(Math.tanh(0.1 / 3), 6)
  })

  it('gives the same for the parts of a line as for the whole, wherever it is cut', () => {
    const f0 = Float32Array.from({ length: 60 }, (_, i) => (i % 11 === 0 ? 0 : 150 + 60 * Math.sin(i)))
    const whole = sourceSignal(aSource({ f0, noise: createSourceNoise(true, 0)(60 * SAMPLES_PER_FRAME * 9) }))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }), (lengths) => {
        const nextNoise = createSourceNoise(true, 0)
        const turns = new Float64Array(9)
        let at = 0
        for (const length of [...lengths, 60]) {
          const part = f0.subarray(at, at + length)
          const noise = nextNoise(part.length * SAMPLES_PER_FRAME * 9)
          expect(sourceSignal(aSource({ f0: part, noise, turns }))).toEqual(
            whole.subarray(at * SAMPLES_PER_FRAME, (at + part.length) * SAMPLES_PER_FRAME),
          )
          at += part.length
        }
        expect(at).toBe(60)
      }),
      { numRuns: 20 },
    )
  })

  it('goes on in CosyVoice 2 from the middle of the frame that a part repeats', () => {
    const f0 = Float32Array.from({ length: 30 }, (_, i) => 150 + 60 * Math.sin(i))
    const noise = createSourceNoise(false, 3)(30 * SAMPLES_PER_FRAME * 9)
    const whole = sourceSignal(aSource({ f0, noise, isCausal: false }))
    const turns = new Float64Array(9)
    sourceSignal(aSource({ f0: f0.subarray(0, 11), noise: noise.subarray(0, 11 * 4320), isCausal: false, turns }))
    const part = sourceSignal(
      aSource({ f0: f0.subarray(11), noise: noise.subarray(11 * 4320), isCausal: false, turns }),
    )
    // A place between two frames is rounded by how far it is from the beginning.
    for (const [i, sample] of part.subarray(240).entries())
      expect(Math.abs(sample - (whole[11 * 480 + 240 + i] ?? Number.NaN))).toBeLessThan(1e-4)
  })

  it('needs noise for every sample and harmonic', () => {
    expect(() => sourceSignal(aSource({ noise: new Float32Array(7) }))).toThrow('[frames * samplesPerFrame, harmonics]')
  })
})
