import { describe, expect, it } from 'vitest'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { createSourceNoise } from './source-noise.ts'
import { sourceSignal } from './source-signal.ts'
import { stft } from './spectrum.ts'
import { type Decode, type DecoderInput, limitPeaks, type SynthesisInput, synthesise } from './vocoder.ts'

const causal: SynthesisInput['description'] = {
  isCausal: true,
  sampleRateHz: 24_000,
  melBins: 80,
  samplesPerFrame: 480,
  stftSize: 16,
  stftHop: 4,
  pitchLookaheadFrames: 3,
  decoderLookaheadFrames: 4,
  sourceWeights: [0.4, -0.3, 0.25, 0.2, -0.15, 0.1, 0.08, -0.05, 0.3],
  sourceBias: 0.02,
}
const whole: SynthesisInput['description'] = {
  ...causal,
  isCausal: false,
  pitchLookaheadFrames: 0,
  decoderLookaheadFrames: 0,
}
const frames = 6
const mel = Float32Array.from({ length: 80 * frames }, (_, i) => 1 + i)
const f0 = Float32Array.of(0, 110, 220, 5, 330, 200)

const polar = (spectrum: Float32Array) => {
  const [real, imaginary] = [spectrum.subarray(0, spectrum.length / 2), spectrum.subarray(spectrum.length / 2)]
  return {
    magnitude: real.map((value, i) => Math.hypot(value, imaginary[i] ?? 0)),
    phase: real.map((value, i) => Math.atan2(imaginary[i] ?? 0, value)),
  }
}
/** Sounds like the source alone. */
const decodeSource: Decode = async ({ sourceSpectrum }) => polar(sourceSpectrum)
const input = (changes: Partial<SynthesisInput> = {}): SynthesisInput => ({
  mel,
  seed: 4,
  predictF0: async () => f0,
  decode: decodeSource,
  description: causal,
  ...changes,
})
const sourceOf = (description: SynthesisInput['description'], seed: number) =>
  sourceSignal({
    f0,
    weights: description.sourceWeights,
    bias: description.sourceBias,
    isCausal: description.isCausal,
    noise: createSourceNoise(description.isCausal, seed)(frames * 480 * 9),
    sampleRateHz: 24_000,
    samplesPerFrame: 480,
  })
const expectClose = (signal: Float32Array, expected: Float32Array) => {
  expect(signal).toHaveLength(expected.length)
  for (const [i, sample] of signal.entries()) expect(Math.abs(sample - (expected[i] ?? Number.NaN))).toBeLessThan(1e-5)
}

describe('the vocoder', () => {
  it.each([
    ['CosyVoice 3', causal, 3, 4],
    ['CosyVoice 2', whole, 0, 0],
  ] as const)(
    'of %s asks its networks for every frame, with silence behind the last',
    async (_, description, pitchLookahead, decoderLookahead) => {
      const given: { pitchMel?: Float32Array; decoder?: DecoderInput } = {}
      const sound = await synthesise(
        input({
          description,
          predictF0: async (pitchMel, count) => {
            given.pitchMel = pitchMel
            expect(count).toBe(frames)
            return f0
          },
          decode: async (decoderInput) => {
            given.decoder = decoderInput
            return decodeSource(decoderInput)
          },
        }),
      )
      const padded = (lookahead: number) =>
        Array.from({ length: 80 * (frames + lookahead) }, (_, place) => {
          const [bin, frame] = [Math.floor(place / (frames + lookahead)), place % (frames + lookahead)]
          return frame < frames ? 1 + bin * frames + frame : 0
        })
      expect([...(given.pitchMel ?? [])]).toEqual(padded(pitchLookahead))
      expect([...(given.decoder?.mel ?? [])]).toEqual(padded(decoderLookahead))
      expect(given.decoder).toMatchObject({ frames, spectrumFrames: 120 * frames + 1 })
      expect(given.decoder?.sourceSpectrum).toEqual(stft(sourceOf(description, 4), { size: 16, hop: 4 }))
      expect(sound).toHaveLength(480 * frames)
    },
  )

  it.each([
    ['CosyVoice 3', causal],
    ['CosyVoice 2', whole],
  ] as const)('of %s sounds as its decoder says', async (_, description) => {
    expectClose(await synthesise(input({ description })), sourceOf(description, 4))
    const tone = Float32Array.from({ length: 480 * frames }, (_, n) => 0.8 * Math.sin(n * 0.2))
    const decode = async () => polar(stft(tone, { size: 16, hop: 4 }))
    expectClose(await synthesise(input({ description, decode })), tone)
  })

  it('hears the seed in CosyVoice 2 and not in CosyVoice 3', async () => {
    const sound = (description: SynthesisInput['description'], seed: number) => synthesise(input({ description, seed }))
    expect(await sound(causal, 1)).toEqual(await sound(causal, 2))
    expect(await sound(whole, 1)).toEqual(await sound(whole, 1))
    expect(await sound(whole, 1)).not.toEqual(await sound(whole, 2))
  })

  it('leaves the mel as it was', async () => {
    const before = Float32Array.from(mel)
    await synthesise(input())
    expect(mel).toEqual(before)
  })

  it('stays within full scale', async () => {
    const loud = Float32Array.from({ length: 480 * frames }, (_, n) => 3 * Math.sin(n * 0.2))
    const sound = await synthesise(input({ decode: async () => polar(stft(loud, { size: 16, hop: 4 })) }))
    const limit = Math.fround(0.99)
    expect(Math.max(...sound)).toBe(limit)
    expect(Math.min(...sound)).toBe(-limit)
    const samples = Float32Array.of(0.5, -0.99, 2, -7)
    limitPeaks(samples)
    expect(samples).toEqual(Float32Array.of(0.5, -0.99, 0.99, -0.99))
  })

  it('asks no network once it is cancelled', async () => {
    const controller = new AbortController()
    const asked: string[] = []
    const speaking = () =>
      synthesise(
        input({
          signal: controller.signal,
          predictF0: async () => {
            asked.push('pitch')
            controller.abort()
            return f0
          },
          decode: async (decoderInput) => {
            asked.push('decoder')
            return decodeSource(decoderInput)
          },
        }),
      )
    await expect(speaking()).rejects.toBeInstanceOf(AppCancel)
    await expect(speaking()).rejects.toBeInstanceOf(AppCancel)
    expect(asked).toEqual(['pitch'])
  })

  it('refuses networks that answer for another length', async () => {
    await expect(synthesise(input({ predictF0: async () => new Float32Array(9) }))).rejects.toThrow('pitch')
    const short = { magnitude: new Float32Array(9 * 50), phase: new Float32Array(9 * 50) }
    await expect(synthesise(input({ decode: async () => short }))).rejects.toThrow('every hop')
    await expect(synthesise(input({ mel: new Float32Array(81) }))).rejects.toThrow('[melBins, frames]')
  })
})
