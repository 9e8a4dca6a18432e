import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readFloats } from '../../../../test/support/npy.ts'
import { kaldiFbank, subtractMean } from './kaldi-fbank.ts'
import { slaneyMelBank } from './mel-bank.ts'
import { PROMPT_MEL_HIGH_HZ, promptMel } from './prompt-mel.ts'
import { whisperMel } from './whisper-mel.ts'

const goldens = path.resolve(import.meta.dirname, '../../../../test/fixtures/cosyvoice3-tiny/golden')
const golden = (name: string) => readFloats(path.join(goldens, `${name}.npy`))

/** Element [row, column] of a golden or a feature, whichever way round it lies. */
const transposed = (data: Float32Array, rows: number): Float32Array => {
  const columns = data.length / rows
  return Float32Array.from(data, (_, place) => data[(place % rows) * columns + Math.floor(place / rows)] ?? Number.NaN)
}
const furthest = (found: Float32Array, expected: Float32Array): number =>
  found.length === expected.length
    ? found.reduce((worst, value, at) => Math.max(worst, Math.abs(value - (expected[at] ?? Number.NaN))), 0)
    : Number.NaN

describe('of the signal of the fixture', () => {
  test('the mel of the speech tokenizer is the one of the reference', () => {
    const { shape, data } = golden('whisper_log_mel_128')
    const { mel, frames } = whisperMel(golden('signal_16k').data)
    expect([128, frames]).toEqual(shape)
    expect(furthest(mel, data)).toBeLessThan(1e-4)
  })

  test('the filter bank is the one of the reference, with and without its mean', () => {
    const { shape, data } = golden('kaldi_fbank_80')
    const { fbank, frames } = kaldiFbank(golden('signal_16k').data)
    expect([frames, 80]).toEqual(shape)
    expect(furthest(fbank, data)).toBeLessThan(2e-3)
    subtractMean(fbank)
    expect(furthest(fbank, golden('kaldi_fbank_80_cmn').data)).toBeLessThan(2e-3)
  })

  test.each([
    ['cosyvoice3', 'prompt_mel_80_fmax_null'],
    ['cosyvoice2', 'prompt_mel_80_fmax_8000'],
  ] as const)('the prompt mel of %s is the one of the reference', (architecture, name) => {
    const { shape, data } = golden(name)
    const { mel, frames } = promptMel(golden('signal_24k').data, PROMPT_MEL_HIGH_HZ[architecture])
    expect([80, frames]).toEqual(shape)
    expect(furthest(mel, transposed(data, 80))).toBeLessThan(1e-4)
  })
})

/** Numbers published for one second of this signal, by another implementation (cosyvoice-local.md 5.7). */
describe('of the published test signal', () => {
  const signal = (rateHz: number): Float32Array => {
    let state = 1
    return Float32Array.from({ length: rateHz }, (_, n) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const t = n / rateHz
      const noise = 0.4 * (state / 2 ** 32 - 0.5) * (0.5 + 0.5 * Math.sin(2 * Math.PI * 3 * t))
      return noise + 0.2 * Math.sin(2 * Math.PI * (200 * t + 400 * t * t))
    })
  }
  const sumOf = (data: Float32Array): number => data.reduce((sum, value) => sum + value, 0)
  const rangeOf = (data: Float32Array): [number, number] => [
    data.reduce((least, value) => Math.min(least, value)),
    data.reduce((most, value) => Math.max(most, value)),
  ]
  const expectClose = (found: readonly number[], expected: readonly number[], tolerance: number): void => {
    expect(found).toHaveLength(expected.length)
    for (const [at, value] of expected.entries())
      expect(Math.abs((found[at] ?? Number.NaN) - value), `${found[at]} is ${value}`).toBeLessThan(tolerance)
  }

  test('the signal itself is the published one', () => {
    expectClose([...signal(16_000).subarray(0, 4)], [-0.05270889, -0.01048289, 0.03214506, 0.08782773], 1e-8)
    expectClose([sumOf(signal(16_000)), sumOf(signal(24_000))], [-4.459620934, -4.903091988], 1e-6)
  })

  test('the mel of the speech tokenizer', () => {
    const { mel, frames } = whisperMel(signal(16_000))
    expect(frames).toBe(100)
    const places = [0, 500, 2050, 6450, 10_025, 12_799].map((place) => mel[place] ?? Number.NaN)
    expectClose(places, [0.89171, 1.06111, 0.48861, 0.40262, -0.65078, 0.42714], 2e-5)
    expectClose(rangeOf(mel), [-0.68858, 1.31142], 2e-5)
    expectClose([sumOf(mel)], [5079.2], 0.01)
  })

  test('the filter bank', () => {
    const { fbank, frames } = kaldiFbank(signal(16_000))
    expect(frames).toBe(98)
    const at = (frame: number, bin: number): number => fbank[frame * 80 + bin] ?? Number.NaN
    expectClose([at(0, 0), at(0, 7), at(48, 7), at(48, 30)], [-7.14709, 1.10153, -6.31553, -2.16715], 5e-4)
    expectClose([at(48, 60), at(97, 79), ...rangeOf(fbank)], [1.4005, 1.87974, -15.94238, 4.96283], 5e-4)
    expectClose([sumOf(fbank)], [-15567.534], 0.05)
    subtractMean(fbank)
    expectClose([at(0, 0), at(0, 7), at(48, 30), at(97, 79)], [1.48821, 7.36965, 0.74018, 0.38427], 5e-4)
    expectClose(rangeOf(fbank), [-11.07173, 7.5008], 5e-4)
  })

  test.each([
    [8000, -9991.71, [-6.4207, 1.49701], [-0.69081, -2.66816, -1.90013, -2.59777]],
    [12_000, -10028.376, [-6.35704, 1.45162], [-0.63688, -3.6099, -2.43421, -2.39706]],
  ])('the prompt mel up to %i Hz', (highHz, sum, range, values) => {
    const { mel, frames } = promptMel(signal(24_000), highHz)
    expect(frames).toBe(50)
    const at = (bin: number, frame: number): number => mel[frame * 80 + bin] ?? Number.NaN
    expectClose([at(0, 0), at(5, 25), at(32, 25), at(79, 49)], values, 2e-5)
    expectClose(rangeOf(mel), range, 2e-5)
    expectClose([sumOf(mel)], [sum], 0.01)
  })
})

describe('the length', () => {
  test.each([
    [201, 1],
    [319, 1],
    [320, 2],
    [16_159, 100],
  ])('of the mel of %i samples is %i, one for every 160', (samples, frames) => {
    const made = whisperMel(new Float32Array(samples))
    expect([made.frames, made.mel.length]).toEqual([frames, frames * 128])
  })

  test.each([
    [400, 1],
    [559, 1],
    [560, 2],
  ])('of the filter bank of %i samples is %i, whole windows alone', (samples, frames) => {
    const made = kaldiFbank(new Float32Array(samples))
    expect([made.frames, made.fbank.length]).toEqual([frames, frames * 80])
  })

  test.each([
    [721, 1],
    [959, 1],
    [960, 2],
  ])('of the prompt mel of %i samples is %i, one for every 480', (samples, frames) => {
    const made = promptMel(new Float32Array(samples), 8000)
    expect([made.frames, made.mel.length]).toEqual([frames, frames * 80])
  })

  test('of a signal that is too short for one window is refused', () => {
    expect(() => whisperMel(new Float32Array(200))).toThrow('longer')
    expect(() => kaldiFbank(new Float32Array(399))).toThrow('400')
    expect(() => promptMel(new Float32Array(720), 8000)).toThrow('longer')
  })
})

test('the prompt mel of a hum near the floor has the small power that is added to every bin', () => {
  const hum = Float32Array.from({ length: 3360 }, (_, n) => 1.4e-5 * Math.sin(n * n * 1.7))
  const { mel } = promptMel(hum, 12_000)
  const bank = slaneyMelBank({ sampleRateHz: 24_000, fftSize: 1920, bandCount: 80, highHz: 12_000 })
  // The window of frame 3 begins at sample 3 * 480 - 720 and needs no mirroring.
  const windowed = Array.from(
    hum.subarray(720, 2640),
    (value, n) => value * (0.5 - 0.5 * Math.cos((2 * Math.PI * n) / 1920)),
  )
  let above = 0
  for (const [column, { firstBin, weights }] of bank.entries()) {
    const energy = weights.reduce((sum, weight, index) => {
      const turn = (2 * Math.PI * (firstBin + index)) / 1920
      const real = windowed.reduce((part, value, n) => part + value * Math.cos(turn * n), 0)
      const imaginary = windowed.reduce((part, value, n) => part + value * Math.sin(turn * n), 0)
      return sum + weight * Math.sqrt(real * real + imaginary * imaginary + 1e-9)
    }, 0)
    if (energy > 1e-5) above++
    const expected = Math.log(Math.max(energy, 1e-5))
    expect(Math.abs((mel[3 * 80 + column] ?? Number.NaN) - expected), `band ${column}`).toBeLessThan(1e-5)
  }
  expect(above).toBeGreaterThan(40)
})

test('silence is the floor of each feature, not a number that is none', () => {
  expect(new Set(whisperMel(new Float32Array(1600)).mel)).toEqual(new Set([-1.5]))
  expect(new Set(kaldiFbank(new Float32Array(1600)).fbank)).toEqual(new Set([Math.fround(Math.log(2 ** -23))]))
  const floor = promptMel(new Float32Array(2400), 12_000).mel
  for (const value of floor) expect(value).toBeGreaterThanOrEqual(Math.fround(Math.log(1e-5)))
})
