import { expect, test } from 'vitest'
import { PEAK_FULL_SCALE, type Peaks, SAMPLES_PER_PEAK } from '../../../shared/audio/index.ts'
import { levelFor, peakColumns } from './draw-peaks.ts'
import { LEVEL_FACTOR, peakLevels } from './peaks-cache.ts'

/** A take whose pairs are all the same but for one. */
const peaksWith = (pairCount: number, loudPair: number): Peaks => {
  const peaks: Peaks = new Int16Array(pairCount * 2)
  for (let pair = 0; pair < pairCount; pair += 1) {
    peaks[pair * 2] = -Math.round(PEAK_FULL_SCALE / 4)
    peaks[pair * 2 + 1] = Math.round(PEAK_FULL_SCALE / 4)
  }
  peaks[loudPair * 2] = -PEAK_FULL_SCALE
  peaks[loudPair * 2 + 1] = PEAK_FULL_SCALE
  return peaks
}
const box = { x: 10, y: 100, heightPx: 40, fromSamples: 0 }

test('a full-scale peak fills the box and a quarter-scale peak a quarter of it', () => {
  const columns = peakColumns(peakLevels(peaksWith(50, 3)), { ...box, widthPx: 50, samplesPerPixel: SAMPLES_PER_PEAK })
  expect(columns).toHaveLength(50)
  expect(columns[3]).toEqual({ x: 13, top: 100, bottom: 140 })
  expect(columns[0]?.top).toBeCloseTo(115, 1)
  expect(columns[0]?.bottom).toBeCloseTo(125, 1)
})

test('no loud sample is lost however far out the zoom is', () => {
  const levels = peakLevels(peaksWith(5000, 4321))
  for (const samplesPerPixel of [100, 256, 1000, 5000, 40_000, 200_000]) {
    const widthPx = Math.ceil((5000 * SAMPLES_PER_PEAK) / samplesPerPixel)
    const columns = peakColumns(levels, { ...box, widthPx, samplesPerPixel })
    expect(Math.min(...columns.map(({ top }) => top)), String(samplesPerPixel)).toBe(100)
  }
})

test('coarser levels serve coarser zooms, and each still has a pair for every pixel', () => {
  const levels = peakLevels(peaksWith(5000, 0))
  expect(levelFor(levels, 100)).toBe(0)
  expect(levelFor(levels, SAMPLES_PER_PEAK * LEVEL_FACTOR - 1)).toBe(0)
  expect(levelFor(levels, SAMPLES_PER_PEAK * LEVEL_FACTOR)).toBe(1)
  expect(levelFor(levels, 10_000_000)).toBe(levels.length - 1)
})

test('a box that starts inside a take shows that part', () => {
  const columns = peakColumns(peakLevels(peaksWith(50, 30)), {
    ...box,
    fromSamples: 28 * SAMPLES_PER_PEAK,
    widthPx: 10,
    samplesPerPixel: SAMPLES_PER_PEAK,
  })
  expect(columns[2]).toEqual({ x: 12, top: 100, bottom: 140 })
})

test('nothing is drawn behind the end of a take, and silence is a line of one pixel', () => {
  const silence: Peaks = new Int16Array(20)
  const columns = peakColumns(peakLevels(silence), { ...box, widthPx: 100, samplesPerPixel: SAMPLES_PER_PEAK })
  expect(columns).toHaveLength(10)
  for (const { top, bottom } of columns) expect(bottom - top).toBe(1)
})
