import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SAMPLE_RATES_HZ } from '../kernel/index.ts'
import { createLoudnessMeter, type Loudness } from './index.ts'
import { windowedSinc } from './windowed-sinc.ts'

type Stretch = { levelDb: number; durationSec: number }

/** A 1000 Hz sine on every channel, in stretches of different level. */
const sines = (stretches: readonly Stretch[], sampleRateHz: number, channelCount: 1 | 2, frequencyHz = 1000) => {
  const values: number[] = []
  for (const { levelDb, durationSec } of stretches)
    for (let n = 0; n < durationSec * sampleRateHz; n++) {
      const at = values.length / channelCount
      const sample = 10 ** (levelDb / 20) * Math.sin((2 * Math.PI * frequencyHz * at) / sampleRateHz)
      for (let channel = 0; channel < channelCount; channel++) values.push(sample)
    }
  return Float32Array.from(values)
}
const measure = (interleaved: Float32Array, sampleRateHz: number, channelCount: 1 | 2, block = 8192): Loudness => {
  const meter = createLoudnessMeter({ sampleRateHz, channelCount })
  for (let at = 0; at < interleaved.length; at += block * channelCount)
    meter.add(interleaved.subarray(at, at + block * channelCount))
  return meter.measure()
}

describe('integrated loudness', () => {
  // Signals and tolerance (0.1 LU) of EBU Tech 3341, table 1.
  it.each<[string, Stretch[], number]>([
    ['case 1', [{ levelDb: -23, durationSec: 20 }], -23],
    ['case 2', [{ levelDb: -33, durationSec: 20 }], -33],
    [
      'case 3',
      [
        { levelDb: -36, durationSec: 10 },
        { levelDb: -23, durationSec: 60 },
        { levelDb: -36, durationSec: 10 },
      ],
      -23,
    ],
    [
      'case 4',
      [
        { levelDb: -72, durationSec: 10 },
        { levelDb: -36, durationSec: 10 },
        { levelDb: -23, durationSec: 60 },
        { levelDb: -36, durationSec: 10 },
        { levelDb: -72, durationSec: 10 },
      ],
      -23,
    ],
    [
      'case 5',
      [
        { levelDb: -26, durationSec: 20 },
        { levelDb: -20, durationSec: 20.1 },
        { levelDb: -26, durationSec: 20 },
      ],
      -23,
    ],
  ])('of EBU Tech 3341 %s is as it should be', (_name, stretches, expectedLufs) => {
    const { loudnessLufs } = measure(sines(stretches, 48_000, 2), 48_000, 2)
    expect(Math.abs((loudnessLufs ?? 0) - expectedLufs)).toBeLessThan(0.1)
  })

  it('is the same at every rate, and 3 dB less for one channel than for the same in two', () => {
    for (const sampleRateHz of SAMPLE_RATES_HZ) {
      const stereo = measure(sines([{ levelDb: -20, durationSec: 3 }], sampleRateHz, 2), sampleRateHz, 2).loudnessLufs
      const mono = measure(sines([{ levelDb: -20, durationSec: 3 }], sampleRateHz, 1), sampleRateHz, 1).loudnessLufs
      // The nearer 1000 Hz comes to the end of the band, the more the bilinear transform bends the weighting.
      expect(Math.abs((stereo ?? 0) + 20)).toBeLessThan(sampleRateHz < 16_000 ? 0.25 : 0.1)
      expect((stereo ?? 0) - (mono ?? 0)).toBeCloseTo(3.01, 2)
    }
  })

  it('does not exist for silence, nor for less than 0.4 s', () => {
    expect(measure(new Float32Array(48_000), 24_000, 1)).toEqual({ loudnessLufs: null, peakDbtp: null })
    expect(measure(sines([{ levelDb: -20, durationSec: 0.39 }], 24_000, 1), 24_000, 1).loudnessLufs).toBeNull()
    expect(measure(sines([{ levelDb: -20, durationSec: 0.4 }], 24_000, 1), 24_000, 1).loudnessLufs).not.toBeNull()
  })
})

describe('true peak', () => {
  it('sees a sine whose samples all lie beside its crests', () => {
    for (const sampleRateHz of SAMPLE_RATES_HZ) {
      // A quarter of the rate at 45 degrees: every sample is 3 dB below the crest. EBU Tech 3341 cases 15 to 19 are alike.
      const pcm = Float32Array.from(
        { length: sampleRateHz },
        (_, n) =>
          0.5 * Math.SQRT2 * Math.sin((Math.PI / 2) * n + Math.PI / 4) * Math.min(1, n / 200, (sampleRateHz - n) / 200),
      )
      const { peakDbtp } = measure(pcm, sampleRateHz, 1)
      expect(Math.max(...pcm)).toBeCloseTo(0.5, 3)
      expect(Math.abs((peakDbtp ?? 0) - 20 * Math.log10(0.5 * Math.SQRT2))).toBeLessThan(0.2)
    }
  })

  it('is never below the highest sample, first and last included', () => {
    for (const at of [0, 1, 500, 998, 999]) {
      const pcm = new Float32Array(1000)
      pcm[at] = -0.8
      expect(measure(pcm, 24_000, 1).peakDbtp ?? -99).toBeGreaterThanOrEqual(20 * Math.log10(0.8) - 1e-6)
    }
  })

  it('finds the same as interpolating everywhere', () => {
    const phaseCount = 8
    const taps = windowedSinc({ phaseCount, halfTaps: 8, cutoff: 1, beta: 5 })
    const everywhere = (pcm: Float32Array): number => {
      let highest = 0
      for (let at = -8; at < pcm.length + 8; at++)
        for (let phase = 0; phase < phaseCount; phase++) {
          let sum = 0
          for (let tap = 0; tap < 16; tap++) sum += (pcm[at - 7 + tap] ?? 0) * (taps[phase * 16 + tap] ?? 0)
          highest = Math.max(highest, Math.abs(sum))
        }
      return highest
    }
    const band = fc.record({
      hz: fc.integer({ min: 50, max: 9000 }),
      phase: fc.double({ min: 0, max: 6.28, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(band, { minLength: 1, maxLength: 6 }), (bands) => {
        const pcm = Float32Array.from({ length: 3000 }, (_, n) =>
          bands.reduce((sum, { hz, phase }) => sum + 0.15 * Math.sin((2 * Math.PI * hz * n) / 24_000 + phase), 0),
        )
        const { peakDbtp } = measure(pcm, 24_000, 1)
        expect(peakDbtp ?? 0).toBeCloseTo(20 * Math.log10(everywhere(pcm)), 2)
      }),
      { numRuns: 60 },
    )
  })

  it('takes the louder of two channels', () => {
    const interleaved = sines([{ levelDb: -30, durationSec: 0.5 }], 24_000, 2)
    interleaved[12_001] = 0.9
    expect(measure(interleaved, 24_000, 2).peakDbtp).toBeCloseTo(20 * Math.log10(0.9), 1)
  })
})

it('loudness and peak do not depend on how the signal is cut into blocks', () => {
  const pcm = Float32Array.from({ length: 40_000 }, (_, n) => (((n * 48_271) % 65_521) / 65_521 - 0.5) * 0.6)
  const whole = measure(pcm, 22_050, 1, 40_000)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), (block) => {
      const cut = measure(pcm, 22_050, 1, block)
      expect(cut.loudnessLufs).toBeCloseTo(whole.loudnessLufs ?? 0, 9)
      expect(cut.peakDbtp).toBeCloseTo(whole.peakDbtp ?? 0, 9)
    }),
    { numRuns: 20 },
  )
})
