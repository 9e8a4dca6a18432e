import { PEAK_FULL_SCALE, peakRange, SAMPLES_PER_PEAK } from '../../../shared/audio/index.ts'
import { LEVEL_FACTOR, type PeakLevels } from './peaks-cache.ts'

/** The part of a take to draw, and the box to draw it in. */
export type PeaksViewport = {
  samplesPerPixel: number
  /** First sample at the left edge of the box, within the take. */
  fromSamples: number
  /** Left edge and size of the box, in pixels. */
  x: number
  y: number
  widthPx: number
  heightPx: number
}

/** One vertical stroke of a waveform, in pixels. */
export type PeakColumn = { x: number; top: number; bottom: number }

/** The coarsest level that still has a pair for each pixel. */
export const levelFor = (levels: PeakLevels, samplesPerPixel: number): number => {
  let level = 0
  while (level + 1 < levels.length && SAMPLES_PER_PEAK * LEVEL_FACTOR ** (level + 1) <= samplesPerPixel) level += 1
  return level
}

/** What `drawPeaks` draws: one column per pixel, never thinner than one pixel, inside the box. */
export const peakColumns = (levels: PeakLevels, viewport: PeaksViewport): PeakColumn[] => {
  const { samplesPerPixel, fromSamples, x, y, widthPx, heightPx } = viewport
  const level = levelFor(levels, samplesPerPixel)
  const peaks = levels[level]
  if (!peaks) return []
  const samplesPerPair = SAMPLES_PER_PEAK * LEVEL_FACTOR ** level
  const pairCount = peaks.length / 2
  const middle = y + heightPx / 2
  const columns: PeakColumn[] = []
  for (let column = 0; column < widthPx; column += 1) {
    const from = Math.floor((fromSamples + column * samplesPerPixel) / samplesPerPair)
    if (from >= pairCount) break
    const to = Math.max(from + 1, Math.floor((fromSamples + (column + 1) * samplesPerPixel) / samplesPerPair))
    const { min, max } = peakRange(peaks, from, to)
    const top = middle - (max / PEAK_FULL_SCALE) * (heightPx / 2)
    const bottom = middle - (min / PEAK_FULL_SCALE) * (heightPx / 2)
    const thin = Math.max(0, 1 - (bottom - top)) / 2
    columns.push({ x: x + column, top: top - thin, bottom: bottom + thin })
  }
  return columns
}

export const drawPeaks = (ctx: CanvasRenderingContext2D, levels: PeakLevels, viewport: PeaksViewport): void => {
  for (const { x, top, bottom } of peakColumns(levels, viewport)) ctx.fillRect(x, top, 1, bottom - top)
}
