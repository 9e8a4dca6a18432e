import { type PointerEvent, useCallback, useEffect, useMemo, useRef } from 'react'
import { compareOrder, type LineId } from '../../../shared/kernel/index.ts'
import { orderedLines, type Track } from '../../../shared/project/index.ts'
import type { Arrangement } from '../../../shared/timeline/index.ts'
import { useProject, useSlice, useStudio, useT } from '../../state/index.ts'
import { onColorsChange } from '../../ui/index.ts'
import { contentWidthPx, drawTimeline } from './draw-timeline.ts'
import { type Palette, readPalette } from './palette.ts'
import { peaksCache } from './peaks-cache.ts'
import styles from './timeline.module.css'
import { clipAt, LANE_HEIGHT_PX, type Lane, pxToSamples, RULER_HEIGHT_PX, samplesToPx } from './timeline-scene.ts'
import { TrackHead } from './track-head.tsx'
import { clampZoom } from './zoom.ts'

const HEADS_WIDTH_PX = 168
const WHEEL_ZOOM = 0.002
/** While following, the playhead comes back into view at this share of the width. */
const FOLLOW_SHARE = 0.2

const lanesOf = (tracks: readonly Track[], colorOf: (track: Track) => number): Lane[] => {
  const anySolo = tracks.some((track) => track.isSolo)
  return tracks.map((track) => ({
    trackId: track.trackId,
    name: track.name,
    colorIndex: colorOf(track),
    isAudible: anySolo ? track.isSolo : !track.isMuted,
  }))
}

/** The canvas with the tracks' clips. It is drawn when something changes; only the playhead moves while playing. */
export const Lanes = ({ arrangement, focused }: { arrangement: Arrangement; focused: LineId | null }) => {
  const t = useT()
  const { transport, preferences, selection, commands, document: opened, statusOf, notices, scan } = useStudio()
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const playhead = useRef<HTMLDivElement>(null)
  const palette = useRef<Palette | null>(null)
  const pixelsPerSec = useSlice(preferences, (state) => state.pixelsPerSec)
  const selected = useSlice(selection.store, (state) => state.lineIds)
  const allTracks = useProject((project) => project.tracks)
  const characters = useProject((project) => project.characters)
  const sampleRateHz = useProject((project) => project.settings.sampleRateHz)
  const lines = useProject((project) => project.lines)
  const chapters = useProject((project) => project.chapters)
  const tracks = useMemo(() => [...allTracks.values()].sort(compareOrder), [allTracks])
  const lanes = useMemo(
    () => lanesOf(tracks, (track) => characters.get(track.characterId)?.colorIndex ?? 11),
    [tracks, characters],
  )
  const scale = useMemo(() => ({ sampleRateHz, pixelsPerSec }), [sampleRateHz, pixelsPerSec])

  const numberOf = useMemo(() => {
    const numbers = new Map(orderedLines({ lines, chapters }).map((line, index) => [line.lineId, index + 1]))
    return (lineId: LineId) => numbers.get(lineId)
  }, [lines, chapters])

  const draw = useCallback((): void => {
    const element = canvas.current
    const view = scroller.current
    const ctx = element?.getContext('2d')
    if (!element || !view || !ctx) return
    const widthPx = Math.max(1, view.clientWidth - HEADS_WIDTH_PX)
    const heightPx = view.clientHeight
    const ratio = window.devicePixelRatio
    if (element.width !== Math.round(widthPx * ratio) || element.height !== Math.round(heightPx * ratio)) {
      element.width = Math.round(widthPx * ratio)
      element.height = Math.round(heightPx * ratio)
      element.style.inlineSize = `${widthPx}px`
      element.style.blockSize = `${heightPx}px`
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
    palette.current ??= readPalette(view)
    const project = opened.store.getState()?.project
    drawTimeline(ctx, {
      arrangement,
      lanes,
      palette: palette.current,
      selected,
      focused,
      view: { ...scale, scrollLeftPx: view.scrollLeft, scrollTopPx: view.scrollTop, widthPx, heightPx },
      isStale: (lineId) => {
        const line = project?.lines.get(lineId)
        return line !== undefined && statusOf(line).mark === 'stale'
      },
      labelOf: (lineId) => `${numberOf(lineId) ?? ''} ${project?.lines.get(lineId)?.text.slice(0, 60) ?? ''}`,
      peaksOf: peaksCache.get,
    })
  }, [arrangement, lanes, scale, selected, focused, opened, statusOf, numberOf])

  // One picture per frame, however many things changed.
  useEffect(() => {
    const view = scroller.current
    let frame: number | undefined
    const redraw = (): void => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined
        draw()
      })
    }
    const recolor = (): void => {
      palette.current = null
      redraw()
    }
    redraw()
    const resize = new ResizeObserver(redraw)
    if (view) resize.observe(view)
    view?.addEventListener('scroll', redraw, { passive: true })
    const stops = [peaksCache.onLoaded(redraw), scan.subscribe(redraw), onColorsChange(recolor)]
    return () => {
      if (frame !== undefined) cancelAnimationFrame(frame)
      resize.disconnect()
      view?.removeEventListener('scroll', redraw)
      for (const stop of stops) stop()
    }
  }, [draw, scan])

  useEffect(
    () =>
      transport.onFrame((positionSamples) => {
        const view = scroller.current
        if (!playhead.current || !view) return
        const x = samplesToPx(scale, positionSamples)
        playhead.current.style.transform = `translateX(${x}px)`
        if (!preferences.getState().isFollowing || !transport.isProjectPlaying()) return
        const widthPx = view.clientWidth - HEADS_WIDTH_PX
        if (x < view.scrollLeft || x > view.scrollLeft + widthPx) view.scrollLeft = x - widthPx * FOLLOW_SHARE
      }),
    [transport, preferences, scale],
  )

  // Ctrl+wheel zooms around the pointer. React listens passively, and then the page would zoom.
  useEffect(() => {
    const view = scroller.current
    if (!view) return
    const zoom = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const x = event.clientX - view.getBoundingClientRect().left - HEADS_WIDTH_PX
      const known = preferences.getState().pixelsPerSec
      const next = clampZoom(known * Math.exp(-event.deltaY * WHEEL_ZOOM))
      const underPointerSec = (view.scrollLeft + x) / known
      preferences.setState({ pixelsPerSec: next })
      requestAnimationFrame(() => {
        view.scrollLeft = underPointerSec * next - x
      })
    }
    view.addEventListener('wheel', zoom, { passive: false })
    return () => view.removeEventListener('wheel', zoom)
  }, [preferences])

  const point = (event: PointerEvent): void => {
    const view = scroller.current
    if (!view || event.button !== 0) return
    const x = event.clientX - view.getBoundingClientRect().left - HEADS_WIDTH_PX
    if (x < 0) return
    const positionSamples = Math.min(pxToSamples(scale, x + view.scrollLeft), arrangement.durationSamples)
    const clip = clipAt(arrangement, positionSamples)
    if (clip) commands.chooseLine(clip.lineId)
    transport.seek(positionSamples).catch(notices.tellError)
  }

  const heightPx = RULER_HEIGHT_PX + lanes.length * LANE_HEIGHT_PX
  return (
    <div ref={scroller} className={styles.scroller} data-testid="timeline-lanes">
      <div
        className={styles.content}
        style={{ inlineSize: contentWidthPx(arrangement, scale) + HEADS_WIDTH_PX, blockSize: heightPx }}
      >
        <div className={styles.heads} style={{ inlineSize: HEADS_WIDTH_PX }}>
          <div className={styles.corner} style={{ blockSize: RULER_HEIGHT_PX }} />
          <ul>
            {tracks.map((track) => (
              <TrackHead key={track.trackId} track={track} />
            ))}
          </ul>
        </div>
        <canvas
          ref={canvas}
          className={styles.canvas}
          style={{ insetInlineStart: HEADS_WIDTH_PX }}
          role="img"
          aria-label={t('timeline.picture')}
          onPointerDown={point}
        />
        <div ref={playhead} className={styles.playhead} style={{ insetInlineStart: HEADS_WIDTH_PX }} />
      </div>
      {arrangement.clips.length === 0 && <p className={styles.empty}>{t('timeline.empty')}</p>}
    </div>
  )
}
