import { expect, test } from 'vitest'
import { measureLevels } from './recording-levels.ts'

const RATE_HZ = 24_000
type Part = { sec: number; amplitude: number; hz?: number }

/** Sines one after another; one of amplitude A is at 20 log A - 3.01 dB. */
const sines = (parts: readonly Part[], rateHz = RATE_HZ): Float32Array =>
  Float32Array.from(
    parts.flatMap(({ sec, amplitude, hz = 440 }) =>
      Array.from(
        { length: Math.round(sec * rateHz) },
        (_none, at) => amplitude * Math.sin((2 * Math.PI * hz * at) / rateHz),
      ),
    ),
  )
const word = { sec: 0.6, amplitude: 0.5 }
const WORD_DB = 20 * Math.log10(0.5) - 3.01
const hum = (sec: number, levelDb: number): Part => ({ sec, amplitude: 10 ** ((levelDb + 3.01) / 20), hz: 100 })

test.each([-80, -60, -40, -25])('words and a noise of %d dB between them are told apart', (noiseDb) => {
  const gap = hum(0.3, noiseDb)
  const levels = measureLevels(sines([gap, word, gap, word, gap, word, gap]), RATE_HZ)
  expect(levels.speechLevelDb).toBeCloseTo(WORD_DB, 0)
  expect(Math.abs(levels.noiseLevelDb - noiseDb)).toBeLessThan(1)
  expect(levels.peakDb).toBeCloseTo(20 * Math.log10(0.5), 1)
  expect(levels.loudestDb).toBeCloseTo(WORD_DB, 1)
})

test.each([24_000, 44_100, 96_000])('silence at both ends is measured in seconds, at %d Hz', (rateHz) => {
  const pcm = sines([hum(0.5, -70), word, hum(0.2, -70), word, hum(1.25, -70)], rateHz)
  const { leadingSilenceSec, trailingSilenceSec } = measureLevels(pcm, rateHz)
  expect(Math.abs(leadingSilenceSec - 0.5)).toBeLessThan(0.03)
  expect(Math.abs(trailingSilenceSec - 1.25)).toBeLessThan(0.03)
})

test('pauses between the words are measured, where they are none of the words themselves', () => {
  const { pauses } = measureLevels(
    sines([hum(1, -70), word, hum(0.3, -70), word, hum(2.5, -70), word, hum(0.7, -70), word]),
    RATE_HZ,
  )
  expect(pauses.map(({ durationSec }) => durationSec.toFixed(1))).toEqual(['2.5', '0.7'])
  expect(pauses[0]?.startSec).toBeCloseTo(1 + 0.6 + 0.3 + 0.6, 1)
})

test('silence at the ends does not count as the noise between the words', () => {
  const silence = { sec: 2, amplitude: 0 }
  const gap = hum(0.3, -45)
  const { noiseLevelDb } = measureLevels(sines([silence, word, gap, word, gap, word, silence]), RATE_HZ)
  expect(Math.abs(noiseLevelDb - -45)).toBeLessThan(1)
})

test('a short word in a long silence is found', () => {
  const levels = measureLevels(sines([hum(10, -70), { sec: 0.3, amplitude: 0.1 }, hum(10, -70)]), RATE_HZ)
  expect(levels.speechLevelDb).toBeCloseTo(20 * Math.log10(0.1) - 3.01, 0)
  expect(Math.abs(levels.leadingSilenceSec - 10)).toBeLessThan(0.03)
})

test('a click does not make quiet words silence', () => {
  const click = { sec: 0.005, amplitude: 0.9 }
  const quiet = { sec: 1, amplitude: 0.02 }
  const levels = measureLevels(sines([hum(1, -75), quiet, click, quiet, hum(1, -75)]), RATE_HZ)
  expect(Math.abs(levels.leadingSilenceSec - 1)).toBeLessThan(0.03)
  expect(Math.abs(levels.trailingSilenceSec - 1)).toBeLessThan(0.03)
})

test('flat tops are clipping, a single sample at full scale is not', () => {
  const loud = sines([word, { ...word, amplitude: 1.5 }, word]).map((value) => Math.max(-1, Math.min(1, value)))
  // A sine of 1.5 is beyond 1 for 1 - 2 asin(1 / 1.5) / pi of the time, and one third of this recording is such a sine.
  const share = (1 - (2 * Math.asin(1 / 1.5)) / Math.PI) / 3
  expect(measureLevels(loud, RATE_HZ).clippedShare).toBeCloseTo(share, 1)
  const honest = sines([word])
  honest[1000] = 1
  expect(measureLevels(honest, RATE_HZ)).toMatchObject({ clippedShare: 0, peakDb: 0 })
})

test('digital silence has levels too', () => {
  expect(measureLevels(new Float32Array(RATE_HZ), RATE_HZ)).toEqual({
    peakDb: -200,
    loudestDb: -200,
    speechLevelDb: -200,
    noiseLevelDb: -200,
    clippedShare: 0,
    leadingSilenceSec: 1,
    trailingSilenceSec: 0,
    pauses: [],
  })
})

test('one sample is measured, too', () => {
  const { pauses, ...levels } = measureLevels(Float32Array.of(0.5), RATE_HZ)
  expect(pauses).toEqual([])
  for (const value of Object.values(levels)) expect(value).toBeTypeOf('number')
  expect(Object.values(levels).every(Number.isFinite)).toBe(true)
})
