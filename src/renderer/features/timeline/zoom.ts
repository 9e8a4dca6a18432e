/** Zoom of the timeline; at the far end a ten-hour book still fits the widest element a browser can lay out. */
export const LEAST_PIXELS_PER_SEC = 1
export const MOST_PIXELS_PER_SEC = 400
const ZOOM_FACTOR = 1.5

export const clampZoom = (pixelsPerSec: number): number =>
  Math.min(MOST_PIXELS_PER_SEC, Math.max(LEAST_PIXELS_PER_SEC, pixelsPerSec))

export const zoomStep = (pixelsPerSec: number, step: number): number => clampZoom(pixelsPerSec * ZOOM_FACTOR ** step)
