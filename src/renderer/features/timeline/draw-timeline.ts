import { type LineId, samplesToSec, type TakeId, type TrackId } from '../../../shared/kernel/index.ts'
import type { Arrangement } from '../../../shared/timeline/index.ts'
import { formatClock } from '../format.ts'
import { drawPeaks } from './draw-peaks.ts'
import type { Palette } from './palette.ts'
import type { PeakLevels } from './peaks-cache.ts'
import {
  type ClipBox,
  clipBoxes,
  LANE_HEIGHT_PX,
  type Lane,
  RULER_HEIGHT_PX,
  samplesToPx,
  type TimelineView,
  tickStepSec,
} from './timeline-scene.ts'

/** Everything a picture of the timeline depends on. */
export type TimelineScene = {
  arrangement: Arrangement
  lanes: readonly Lane[]
  view: TimelineView
  palette: Palette
  selected: ReadonlySet<LineId>
  /** The clip that the keyboard is on. */
  focused: LineId | null
  isStale(lineId: LineId): boolean
  labelOf(lineId: LineId): string
  peaksOf(takeId: TakeId): PeakLevels | undefined
}

const LEAST_LABEL_PX = 36
const LEAST_WAVE_PX = 16
const LABEL_HEIGHT_PX = 13
const FONT = '11px system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'

const drawRuler = (ctx: CanvasRenderingContext2D, { view, palette, arrangement }: TimelineScene): void => {
  ctx.fillStyle = palette.panel
  ctx.fillRect(0, 0, view.widthPx, RULER_HEIGHT_PX)
  ctx.fillStyle = palette.border
  ctx.fillRect(0, RULER_HEIGHT_PX - 1, view.widthPx, 1)
  const stepSec = tickStepSec(view.pixelsPerSec)
  const firstTick = Math.floor(view.scrollLeftPx / view.pixelsPerSec / stepSec)
  for (let tick = firstTick; ; tick += 1) {
    const x = tick * stepSec * view.pixelsPerSec - view.scrollLeftPx
    if (x > view.widthPx) break
    ctx.fillStyle = palette.border
    ctx.fillRect(Math.round(x), RULER_HEIGHT_PX - 7, 1, 6)
    ctx.fillStyle = palette.muted
    const seconds = tick * stepSec
    ctx.fillText(stepSec < 1 ? seconds.toFixed(1) : formatClock(seconds), Math.round(x) + 4, 8)
  }
  ctx.fillStyle = palette.accent
  for (const { startSamples } of arrangement.chapters) {
    const x = Math.round(samplesToPx(view, startSamples) - view.scrollLeftPx)
    if (x >= 0 && x <= view.widthPx) ctx.fillRect(x, 2, 2, RULER_HEIGHT_PX - 4)
  }
}

const drawClip = (ctx: CanvasRenderingContext2D, scene: TimelineScene, box: ClipBox): void => {
  const { view, palette, lanes } = scene
  const { clip, x, y, widthPx, heightPx } = box
  const lane = lanes[box.laneIndex]
  const color = palette.characters[lane?.colorIndex ?? 11] ?? palette.muted
  const isStale = scene.isStale(clip.lineId)
  const isSelected = scene.selected.has(clip.lineId)
  const drawnWidth = Math.max(1, widthPx - 1)
  const alpha = lane?.isAudible === false ? 0.35 : 1
  ctx.globalAlpha = alpha * (isSelected ? 0.36 : 0.2)
  ctx.fillStyle = color
  ctx.beginPath()
  ctx.roundRect(x, y, drawnWidth, heightPx, Math.min(4, drawnWidth / 2))
  ctx.fill()
  ctx.globalAlpha = alpha
  if (drawnWidth >= 6) {
    ctx.strokeStyle = isStale ? palette.stale : isSelected ? palette.accent : color
    ctx.lineWidth = isSelected ? 1.5 : 1
    ctx.setLineDash(isStale ? [4, 3] : [])
    ctx.globalAlpha = alpha * (isSelected || isStale ? 1 : 0.55)
    ctx.stroke()
    ctx.setLineDash([])
    ctx.globalAlpha = alpha
  }
  const left = Math.max(x, 0)
  const right = Math.min(x + drawnWidth, view.widthPx)
  if (drawnWidth >= LEAST_WAVE_PX) {
    const levels = scene.peaksOf(clip.takeId)
    if (levels) {
      const samplesPerPixel = view.sampleRateHz / view.pixelsPerSec
      ctx.fillStyle = color
      ctx.globalAlpha = alpha * 0.75
      drawPeaks(ctx, levels, {
        samplesPerPixel,
        fromSamples: (left - x) * samplesPerPixel,
        x: left,
        y: y + LABEL_HEIGHT_PX,
        widthPx: right - left,
        heightPx: heightPx - LABEL_HEIGHT_PX - 2,
      })
      ctx.globalAlpha = alpha
    }
  }
  if (right - left >= LEAST_LABEL_PX) {
    ctx.save()
    ctx.beginPath()
    ctx.rect(left + 4, y, right - left - 8, LABEL_HEIGHT_PX + 2)
    ctx.clip()
    ctx.fillStyle = palette.text
    ctx.fillText(scene.labelOf(clip.lineId), left + 5, y + 8)
    ctx.restore()
  }
  if (scene.focused === clip.lineId) {
    ctx.strokeStyle = palette.accent
    ctx.lineWidth = 2
    ctx.strokeRect(x + 1, y + 1, Math.max(2, drawnWidth - 2), heightPx - 2)
  }
  ctx.globalAlpha = 1
}

/** The picture of the timeline, without the playhead, which moves by itself. */
export const drawTimeline = (ctx: CanvasRenderingContext2D, scene: TimelineScene): void => {
  const { view, palette, lanes, arrangement } = scene
  ctx.clearRect(0, 0, view.widthPx, view.heightPx)
  ctx.font = FONT
  ctx.textBaseline = 'middle'
  for (let index = 0; index < lanes.length; index += 1) {
    ctx.fillStyle = palette.border
    ctx.fillRect(0, RULER_HEIGHT_PX + (index + 1) * LANE_HEIGHT_PX - view.scrollTopPx - 1, view.widthPx, 1)
  }
  const laneOf = new Map<TrackId | null, number>(lanes.map((lane, index) => [lane.trackId, index]))
  ctx.save()
  ctx.beginPath()
  ctx.rect(0, RULER_HEIGHT_PX, view.widthPx, view.heightPx - RULER_HEIGHT_PX)
  ctx.clip()
  for (const box of clipBoxes(arrangement, laneOf, view)) drawClip(ctx, scene, box)
  ctx.restore()
  drawRuler(ctx, scene)
}

/** Length of the arrangement in pixels, with room to place the playhead behind its end. */
export const contentWidthPx = (arrangement: Arrangement, view: Pick<TimelineView, 'sampleRateHz' | 'pixelsPerSec'>) =>
  (samplesToSec(arrangement.durationSamples, view.sampleRateHz) + 4) * view.pixelsPerSec
