import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loudestDb, trimSilence } from './trim-silence.ts'

const RATE_HZ = 16_000
/** Speech-like: a tone of the level asked for, between stretches of background. */
const recording = (shape: {
  headSec: number
  soundSec: number
  tailSec: number
  soundDb?: number
  backgroundDb?: number
  sampleRateHz?: number
}) => {
  const rate = shape.sampleRateHz ?? RATE_HZ
  const level = (db: number): number => Math.SQRT2 * 10 ** (db / 20)
  const [sound, background] = [level(shape.soundDb ?? -20), level(shape.backgroundDb ?? Number.NEGATIVE_INFINITY)]
  const [head, body, tail] = [shape.headSec, shape.soundSec, shape.tailSec].map((sec) => Math.round(sec * rate))
  const pcm = Float32Array.from({ length: (head ?? 0) + (body ?? 0) + (tail ?? 0) }, (_, n) => {
    const isSound = n >= (head ?? 0) && n < (head ?? 0) + (body ?? 0)
    return (isSound ? sound : background) * Math.sin((2 * Math.PI * 300 * n) / rate + 0.3)
  })
  return { pcm, sampleRateHz: rate }
}

test.each([16_000, 44_100, 48_000])('silence at both ends is cut down to 0.2 seconds, at %i Hz', (sampleRateHz) => {
  const audio = recording({ headSec: 1, soundSec: 2, tailSec: 3, sampleRateHz })
  const { pcm } = trimSilence(audio)
  const begin = (pcm.byteOffset - audio.pcm.byteOffset) / 4 / sampleRateHz
  const end = begin + pcm.length / sampleRateHz
  // Loudness is looked at in windows of 27.5 ms.
  expect(begin).toBeGreaterThan(0.8 - 0.0276)
  expect(begin).toBeLessThanOrEqual(0.8)
  expect(end).toBeLessThan(3.2 + 0.0276)
  expect(end).toBeGreaterThanOrEqual(3.2 - 1e-9)
})

test('no sound is ever cut, wherever it lies', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0.03, max: 0.5, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (headSec, soundSec, tailSec) => {
        const audio = recording({ headSec, soundSec, tailSec })
        const { pcm } = trimSilence(audio)
        const cutHead = audio.pcm.subarray(0, (pcm.byteOffset - audio.pcm.byteOffset) / 4)
        const cutTail = audio.pcm.subarray(cutHead.length + pcm.length)
        expect(cutHead.every((value) => value === 0) && cutTail.every((value) => value === 0)).toBe(true)
        for (const sec of [headSec, tailSec]) if (sec < 0.19) expect(pcm.length).toBeGreaterThan(sec * RATE_HZ)
      },
    ),
  )
})

test('ends that are quiet for less than 0.2 seconds stay, and so does a pause inside', () => {
  const short = recording({ headSec: 0.15, soundSec: 1, tailSec: 0.15 })
  expect(trimSilence(short).pcm).toHaveLength(short.pcm.length)
  const paused = recording({ headSec: 0, soundSec: 1, tailSec: 2 })
  const twice = new Float32Array(2 * paused.pcm.length)
  twice.set(paused.pcm)
  twice.set(paused.pcm.toReversed(), paused.pcm.length)
  expect(trimSilence({ pcm: twice, sampleRateHz: RATE_HZ }).pcm).toHaveLength(twice.length)
})

test('a room that is heard counts as silence where the threshold says so', () => {
  const audio = recording({ headSec: 1, soundSec: 1, tailSec: 1, soundDb: -20, backgroundDb: -65 })
  expect(trimSilence(audio).pcm).toHaveLength(audio.pcm.length)
  expect(trimSilence(audio, 40).pcm.length / RATE_HZ).toBeCloseTo(1.4, 1)
})

test('nothing but silence stays as it is', () => {
  for (const samples of [0, 1, 16_000])
    expect(trimSilence({ pcm: new Float32Array(samples), sampleRateHz: RATE_HZ }).pcm).toHaveLength(samples)
})

test('the loudest part is told in decibels of full scale', () => {
  const audio = recording({ headSec: 1, soundSec: 0.1, tailSec: 1, soundDb: -37, backgroundDb: -70 })
  expect(Math.abs(loudestDb(audio) + 37)).toBeLessThan(0.2)
  expect(loudestDb({ pcm: new Float32Array(1000), sampleRateHz: RATE_HZ })).toBe(-200)
})
