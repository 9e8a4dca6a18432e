import { samplesToSec, type TrackId } from '../../../shared/kernel/index.ts'
import { type Arrangement, clipIndexAt, type PlacedClip } from '../../../shared/timeline/index.ts'

export const LANE_HEIGHT_PX = 40
export const RULER_HEIGHT_PX = 22
const CLIP_MARGIN_PX = 4

/** One row of the timeline. */
export type Lane = { trackId: TrackId | null; name: string; colorIndex: number; isAudible: boolean }

/** What part of the timeline is in view. */
export type TimelineView = {
  sampleRateHz: number
  pixelsPerSec: number
  scrollLeftPx: number
  scrollTopPx: number
  widthPx: number
  heightPx: number
}

export type ClipBox = { clip: PlacedClip; laneIndex: number; x: number; y: number; widthPx: number; heightPx: number }

export const samplesToPx = (view: Pick<TimelineView, 'sampleRateHz' | 'pixelsPerSec'>, samples: number): number =>
  samplesToSec(samples, view.sampleRateHz) * view.pixelsPerSec

export const pxToSamples = (view: Pick<TimelineView, 'sampleRateHz' | 'pixelsPerSec'>, px: number): number =>
  Math.max(0, Math.round((px / view.pixelsPerSec) * view.sampleRateHz))

/** Boxes of the clips in view, in time order, in pixels from the top left of the view. */
export const clipBoxes = (
  arrangement: Arrangement,
  laneOf: ReadonlyMap<TrackId | null, number>,
  view: TimelineView,
): ClipBox[] => {
  const { clips } = arrangement
  const boxes: ClipBox[] = []
  const first = Math.max(0, clipIndexAt(clips, pxToSamples(view, view.scrollLeftPx)))
  for (let index = first; index < clips.length; index += 1) {
    const clip = clips[index]
    if (!clip) break
    const x = samplesToPx(view, clip.startSamples) - view.scrollLeftPx
    if (x > view.widthPx) break
    const laneIndex = laneOf.get(clip.trackId) ?? laneOf.get(null) ?? 0
    const y = RULER_HEIGHT_PX + laneIndex * LANE_HEIGHT_PX - view.scrollTopPx + CLIP_MARGIN_PX
    const widthPx = Math.max(1, samplesToPx(view, clip.durationSamples))
    boxes.push({ clip, laneIndex, x, y, widthPx, heightPx: LANE_HEIGHT_PX - 2 * CLIP_MARGIN_PX })
  }
  return boxes
}

/** The clip that sounds at a position, if any. */
export const clipAt = ({ clips }: Arrangement, positionSamples: number): PlacedClip | undefined => {
  const clip = clips[clipIndexAt(clips, positionSamples)]
  return clip && positionSamples < clip.startSamples + clip.durationSamples ? clip : undefined
}

const TICK_STEPS_SEC = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]
const LEAST_TICK_PX = 64

/** Seconds between labelled ticks, far enough apart to be read. */
export const tickStepSec = (pixelsPerSec: number): number =>
  TICK_STEPS_SEC.find((step) => step * pixelsPerSec >= LEAST_TICK_PX) ?? 7200
