import { expect, test } from 'vitest'
import { levelledSpeech } from './speech-level.ts'

const SAMPLE_RATE_HZ = 22050

/** Half a second of silence, a second of a tone, half a second of silence. */
const aTone = (amplitude: number): Int16Array =>
  Int16Array.from({ length: 2 * SAMPLE_RATE_HZ }, (_, index) =>
    index < SAMPLE_RATE_HZ / 2 || index >= 1.5 * SAMPLE_RATE_HZ
      ? 0
      : amplitude * Math.sin((2 * Math.PI * 200 * index) / SAMPLE_RATE_HZ),
  )
const rmsDb = (pcm: Float32Array): number =>
  10 * Math.log10(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length)

test('loud and soft speech come out at the same level', () => {
  expect(rmsDb(levelledSpeech(aTone(30_000), SAMPLE_RATE_HZ))).toBeCloseTo(-20, 0)
  expect(rmsDb(levelledSpeech(aTone(300), SAMPLE_RATE_HZ))).toBeCloseTo(-20, 0)
})

test('silence around speech is cut to a margin', () => {
  expect(levelledSpeech(aTone(3000), SAMPLE_RATE_HZ).length / SAMPLE_RATE_HZ).toBeCloseTo(1.02, 1)
})

test('peaks stay below full scale where the level would push them over', () => {
  const click = new Int16Array(SAMPLE_RATE_HZ).fill(0)
  for (let index = 0; index < click.length; index += 200) click[index] = 20_000
  const heard = levelledSpeech(click, SAMPLE_RATE_HZ)
  expect(20 * Math.log10(heard.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0))).toBeCloseTo(-1.5, 1)
})

test('it begins and ends at nought', () => {
  const steady = levelledSpeech(new Int16Array(5000).fill(9000), SAMPLE_RATE_HZ)
  expect(steady[0]).toBe(0)
  expect(steady.at(-1)).toBe(0)
  expect(Math.abs(steady[1] ?? 1)).toBeLessThan(0.01)
})

test('silence, or nothing, is nothing', () => {
  expect(levelledSpeech(new Int16Array(1000), SAMPLE_RATE_HZ)).toHaveLength(0)
  expect(levelledSpeech(new Int16Array(0), SAMPLE_RATE_HZ)).toHaveLength(0)
})
