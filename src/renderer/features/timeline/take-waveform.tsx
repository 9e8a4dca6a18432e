import { useEffect, useRef } from 'react'
import { SAMPLES_PER_PEAK } from '../../../shared/audio/index.ts'
import type { TakeId } from '../../../shared/kernel/index.ts'
import { onColorsChange } from '../../ui/index.ts'
import { drawPeaks } from './draw-peaks.ts'
import { peaksCache } from './peaks-cache.ts'
import styles from './timeline.module.css'

/** A whole take, as wide as there is room. */
export const TakeWaveform = ({ takeId, label }: { takeId: TakeId; label: string }) => {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const draw = (): void => {
      const element = canvas.current
      const ctx = element?.getContext('2d')
      const levels = peaksCache.get(takeId)
      if (!element || !ctx || !levels) return
      const scale = window.devicePixelRatio
      const { clientWidth, clientHeight } = element
      element.width = clientWidth * scale
      element.height = clientHeight * scale
      ctx.scale(scale, scale)
      ctx.fillStyle = getComputedStyle(element).color
      const durationSamples = ((levels[0]?.length ?? 0) / 2) * SAMPLES_PER_PEAK
      const samplesPerPixel = durationSamples / Math.max(1, clientWidth)
      drawPeaks(ctx, levels, {
        samplesPerPixel,
        fromSamples: 0,
        x: 0,
        y: 0,
        widthPx: clientWidth,
        heightPx: clientHeight,
      })
    }
    draw()
    const stops = [peaksCache.onLoaded(draw), onColorsChange(draw)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [takeId])
  return <canvas ref={canvas} className={styles.waveform} role="img" aria-label={label} />
}
