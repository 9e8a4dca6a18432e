import { expect, test } from 'vitest'
import type { ModelProgress } from '../../shared/model/index.ts'
import { addToPace, measurePace, type Pace } from './model-pace.ts'

const at = (doneBytes: number, change: Partial<ModelProgress> = {}): ModelProgress => ({
  stage: 'download',
  doneBytes,
  totalBytes: 1000,
  part: null,
  fraction: 0,
  ...change,
})
/** One report per second, after two in which a stage settles. */
const paceOf = (...doneBytes: number[]): Pace =>
  doneBytes.reduce<Pace>(
    (pace, done, index) => addToPace(pace, at(done), (index + 2) * 1000),
    addToPace(null, at(doneBytes[0] ?? 0), 1),
  )

test('speed counts what came since measuring began, not what an earlier download left', () => {
  let pace = addToPace(null, at(0), 0)
  for (const [nowMs, done] of [
    [300, 200],
    [1900, 600],
    [3000, 611],
    [4000, 621],
    [5900, 640],
  ] as const)
    pace = addToPace(pace, at(done), nowMs)
  expect(measurePace(pace, 5900)).toEqual({ bytesPerSec: 10, remainingSec: 36, silentSec: 0 })
})

test('nothing is said of speed before three seconds were seen', () => {
  expect(measurePace(paceOf(0, 500), 4000)).toEqual({ bytesPerSec: null, remainingSec: null, silentSec: 1 })
})

test('speed falls while nothing comes, and time left is unknown once nothing came for the whole window', () => {
  const pace = paceOf(0, 100, 200)
  expect(measurePace(pace, 4000 + 2000).bytesPerSec).toBe(50)
  expect(measurePace(addToPace(pace, at(200), 11_000), 12_000)).toMatchObject({ bytesPerSec: 20, silentSec: 8 })
  expect(measurePace(pace, 42_000)).toEqual({ bytesPerSec: 0, remainingSec: null, silentSec: 38 })
})

test('another stage, another total and a count that begins anew are measured by themselves', () => {
  const pace = paceOf(0, 100, 200)
  for (const next of [at(300, { stage: 'verify' }), at(300, { totalBytes: 2000 }), at(50)])
    expect(addToPace(pace, next, 5000).samples).toEqual([{ atMs: 5000, doneBytes: next.doneBytes }])
})

test('many reports leave few samples, and only what is young counts', () => {
  let pace = addToPace(null, at(0, { totalBytes: 1e9 }), 0)
  const report = (done: number, nowMs: number): void => {
    pace = addToPace(pace, at(done, { totalBytes: 1e9 }), nowMs)
  }
  for (let tick = 1; tick <= 600; tick += 1) report(tick * 100, tick * 100)
  expect(pace.samples.length).toBeLessThan(60)
  expect(measurePace(pace, 60_000).bytesPerSec).toBeCloseTo(1000, 0)
  for (let tick = 1; tick <= 300; tick += 1) report(60_000 + tick * 10, 60_000 + tick * 100)
  expect(measurePace(pace, 90_000).bytesPerSec).toBeCloseTo(100, 0)
})
