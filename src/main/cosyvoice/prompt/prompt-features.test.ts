import { describe, expect, test, vi } from 'vitest'
import { peakError, someNumbers } from '../../../../test/support/run-graph.ts'
import { AppCancel } from '../../../shared/kernel/index.ts'
import { kaldiFbank } from './kaldi-fbank.ts'
import { extractPromptFeatures, type PromptOptions } from './prompt-features.ts'
import { promptMel } from './prompt-mel.ts'
import { whisperMel } from './whisper-mel.ts'

/** Networks that answer with what they were given. */
const listening = (options: { tokensOf?: (frames: number) => number } = {}) => {
  const heard: { mel?: Float32Array; fbank?: Float32Array; melFrames?: number; fbankFrames?: number } = {}
  const tokensOf = options.tokensOf ?? ((frames) => Math.floor(frames / 4))
  const networks: PromptOptions = {
    architecture: 'cosyvoice3',
    speechTokens: async (mel, frames) => {
      Object.assign(heard, { mel, melFrames: frames })
      return Array.from({ length: tokensOf(frames) }, (_, id) => id)
    },
    speakerVector: async (fbank, frames) => {
      Object.assign(heard, { fbank, fbankFrames: frames })
      return someNumbers(192, 3)
    },
  }
  return { heard, networks }
}
const speech = (samples: number, sampleRateHz: number) => ({ pcm: someNumbers(samples, 5), sampleRateHz })

describe('features of a recording', () => {
  test('hand each network what it was trained on', async () => {
    const audio = speech(16_000, 16_000)
    const { heard, networks } = listening()
    const { speaker } = await extractPromptFeatures(audio, networks)
    expect(heard.mel).toEqual(whisperMel(audio.pcm).mel)
    expect([heard.melFrames, heard.fbankFrames]).toEqual([100, 98])
    for (const bin of [0, 40, 79]) {
      const column = heard.fbank?.filter((_, place) => place % 80 === bin)
      expect(column).toHaveLength(98)
      expect(column?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 3)
    }
    const { fbank } = kaldiFbank(audio.pcm)
    const shift = (fbank[0] ?? 0) - (heard.fbank?.[0] ?? 0)
    expect((fbank[80] ?? 0) - (heard.fbank?.[80] ?? 0)).toBeCloseTo(shift, 5)
    expect(speaker).toEqual(someNumbers(192, 3))
  })

  test.each([
    ['cosyvoice2', 8000],
    ['cosyvoice3', 12_000],
  ] as const)('have the mel of %s up to %i Hz', async (architecture, highHz) => {
    const audio = speech(24_000, 24_000)
    const features = await extractPromptFeatures(audio, { ...listening().networks, architecture })
    const expected = promptMel(audio.pcm, highHz).mel.subarray(0, features.mel.length)
    expect(features.mel).toEqual(expected)
  })

  test('hear the same at any rate it was recorded at', async () => {
    const tone = (rateHz: number) => ({
      sampleRateHz: rateHz,
      pcm: Float32Array.from({ length: rateHz * 2 }, (_, n) => 0.3 * Math.sin((2 * Math.PI * 440 * n) / rateHz)),
    })
    const places = (frame: number, features: { mel: Float32Array }) => features.mel.slice(frame * 80, frame * 80 + 20)
    const expected = await extractPromptFeatures(tone(24_000), listening().networks)
    for (const rateHz of [16_000, 22_050, 44_100, 48_000, 96_000]) {
      const found = await extractPromptFeatures(tone(rateHz), listening().networks)
      expect(found.melFrames, `${rateHz} Hz`).toBe(expected.melFrames)
      expect(peakError(places(40, found), places(40, expected)), `${rateHz} Hz`).toBeLessThan(0.02)
    }
  })

  test.each([
    // 1.01 s: 50 mel frames and 25 tokens; then a token too many, too few, and an odd number of frames.
    [24_240, 0, 25, 50],
    [24_240, 1, 25, 50],
    [24_240, -1, 24, 48],
    [24_480, 0, 25, 50],
    [24_480, 1, 25, 50],
    [12_000, 0, 12, 24],
  ])(
    'of %i samples at 24 kHz and %i tokens beyond a quarter are %i tokens and %i frames',
    async (samples, extra, tokens, frames) => {
      const { networks } = listening({ tokensOf: (heard) => Math.floor(heard / 4) + extra })
      const audio = speech(samples, 24_000)
      const features = await extractPromptFeatures(audio, networks)
      expect(features.speechTokens).toEqual(Array.from({ length: tokens }, (_, id) => id))
      expect([features.melFrames, features.mel.length]).toEqual([frames, frames * 80])
      expect(features.mel).toEqual(promptMel(audio.pcm, 12_000).mel.subarray(0, frames * 80))
    },
  )

  test('have silent ends in them', async () => {
    const pcm = new Float32Array(5 * 24_000)
    pcm.set(someNumbers(24_000, 1), 2 * 24_000)
    expect((await extractPromptFeatures({ pcm, sampleRateHz: 24_000 }, listening().networks)).melFrames).toBe(250)
  })
})

describe('a recording', () => {
  const refused = async (pcm: Float32Array, sampleRateHz: number, more: Partial<PromptOptions> = {}) => {
    const { heard, networks } = listening()
    const error: unknown = await extractPromptFeatures({ pcm, sampleRateHz }, { ...networks, ...more }).catch(
      (thrown: unknown) => thrown,
    )
    expect(heard).toEqual({})
    return error
  }
  const remedies = ['choose-another-file', 'choose-another-voice']

  test('of less than half a second is too short, and says how long it is', async () => {
    expect(await refused(someNumbers(7999, 1), 16_000)).toMatchObject({
      code: 'voice.prompt-too-short',
      params: { durationSec: 0.49, limitSec: 0.5 },
      remedies,
    })
    expect(await refused(new Float32Array(0), 16_000)).toMatchObject({ code: 'voice.prompt-too-short' })
    await expect(extractPromptFeatures(speech(8000, 16_000), listening().networks)).resolves.toHaveProperty(
      'melFrames',
      24,
    )
  })

  test('of more than 30 seconds is too long, and one of 30 is not', async () => {
    expect(await refused(someNumbers(480_001, 1), 16_000)).toMatchObject({
      code: 'voice.prompt-too-long',
      params: { durationSec: 30.01, limitSec: 30 },
      remedies,
    })
    await expect(extractPromptFeatures(speech(480_000, 16_000), listening().networks)).resolves.toHaveProperty(
      'melFrames',
      1500,
    )
  })

  test('of silence or of hiss alone is silent', async () => {
    expect(await refused(new Float32Array(32_000), 16_000)).toMatchObject({
      code: 'voice.prompt-silent',
      params: { levelDb: -200, limitDb: -60 },
      remedies,
    })
    const hiss = someNumbers(32_000, 1).map((value) => value * 0.001)
    expect(await refused(hiss, 16_000)).toMatchObject({ code: 'voice.prompt-silent', params: { levelDb: -64 } })
    const quiet = { pcm: someNumbers(32_000, 1).map((value) => value * 0.003), sampleRateHz: 16_000 }
    await expect(extractPromptFeatures(quiet, listening().networks)).resolves.toBeDefined()
  })

  test('of less than 16 kHz has too low a rate', async () => {
    expect(await refused(someNumbers(15_999, 1), 15_999)).toMatchObject({
      code: 'voice.prompt-rate',
      params: { sampleRateHz: 15_999, limitHz: 16_000 },
      remedies,
    })
  })

  test('with samples that are no numbers is refused', async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(String(await refused(someNumbers(16_000, 1).with(100, value), 16_000))).toContain('samples are numbers')
  })
})

test('a job that is cancelled asks no further network', async () => {
  const controller = new AbortController()
  const { networks } = listening()
  const speakerVector = vi.fn(networks.speakerVector)
  const job = extractPromptFeatures(speech(16_000, 16_000), {
    ...networks,
    speakerVector,
    signal: controller.signal,
    speechTokens: async () => {
      controller.abort()
      return [1]
    },
  })
  await expect(job).rejects.toThrow(AppCancel)
  expect(speakerVector).not.toHaveBeenCalled()
})

test('what a network throws is what is heard of', async () => {
  const failing = { ...listening().networks, speakerVector: () => Promise.reject(new Error('the network is gone')) }
  await expect(extractPromptFeatures(speech(16_000, 16_000), failing)).rejects.toThrow('the network is gone')
})
