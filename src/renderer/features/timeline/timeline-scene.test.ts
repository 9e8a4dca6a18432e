import { expect, test } from 'vitest'
import { aLineId, aTakeId, aTrackId } from '../../../../test/support/a-project.ts'
import type { Arrangement } from '../../../shared/timeline/index.ts'
import { clipAt, clipBoxes, LANE_HEIGHT_PX, pxToSamples, samplesToPx, tickStepSec } from './timeline-scene.ts'
import { clampZoom, LEAST_PIXELS_PER_SEC, MOST_PIXELS_PER_SEC, zoomStep } from './zoom.ts'

/** A hundred clips of one second with half a second between, in turn on two tracks. */
const arrangement: Arrangement = {
  clips: Array.from({ length: 100 }, (_, index) => ({
    lineId: aLineId(index),
    takeId: aTakeId(String(index)),
    trackId: aTrackId(index % 2 ? 'b' : 'a'),
    startSamples: index * 36_000,
    durationSamples: 24_000,
    gainDb: 0,
    fadeInSamples: 0,
    fadeOutSamples: 0,
  })),
  chapters: [],
  durationSamples: 100 * 36_000,
}
const view = {
  sampleRateHz: 24_000,
  pixelsPerSec: 100,
  scrollLeftPx: 0,
  scrollTopPx: 0,
  widthPx: 400,
  heightPx: 200,
}
const laneOf = new Map([
  [aTrackId('a'), 0],
  [aTrackId('b'), 1],
])

test('boxes lie where their clips sound, each in its lane', () => {
  const boxes = clipBoxes(arrangement, laneOf, view)
  expect(boxes.map(({ x, widthPx }) => [x, widthPx])).toEqual([
    [0, 100],
    [150, 100],
    [300, 100],
  ])
  expect((boxes[1]?.y ?? 0) - (boxes[0]?.y ?? 0)).toBe(LANE_HEIGHT_PX)
})

test('only clips in view have boxes, and one that began before the view keeps its beginning outside', () => {
  const boxes = clipBoxes(arrangement, laneOf, { ...view, scrollLeftPx: 7550 })
  expect(boxes[0]?.clip.lineId).toBe(aLineId(50))
  expect(boxes[0]?.x).toBe(-50)
  expect(boxes).toHaveLength(4)
})

test('pixels and samples convert into each other', () => {
  expect(samplesToPx(view, pxToSamples(view, 1234))).toBeCloseTo(1234, 6)
  expect(pxToSamples(view, -5)).toBe(0)
})

test('a position in a pause belongs to no clip', () => {
  expect(clipAt(arrangement, 23_999)?.lineId).toBe(aLineId(0))
  expect(clipAt(arrangement, 24_000)).toBeUndefined()
  expect(clipAt(arrangement, 36_000)?.lineId).toBe(aLineId(1))
})

test('ticks stay readable at every zoom', () => {
  for (let zoom = LEAST_PIXELS_PER_SEC; zoom <= MOST_PIXELS_PER_SEC; zoom *= 1.3)
    expect(tickStepSec(zoom) * zoom).toBeGreaterThanOrEqual(64)
})

test('zooming stops at both ends', () => {
  expect(zoomStep(MOST_PIXELS_PER_SEC, 1)).toBe(MOST_PIXELS_PER_SEC)
  expect(zoomStep(LEAST_PIXELS_PER_SEC, -1)).toBe(LEAST_PIXELS_PER_SEC)
  expect(clampZoom(1e9)).toBe(MOST_PIXELS_PER_SEC)
})
