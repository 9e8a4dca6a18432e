import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useCallback, useEffect, useRef } from 'react'
import { useSlice, useStudio, useT } from '../../state/index.ts'
import { ChapterRow } from './chapter-row.tsx'
import { LineRow } from './line-row.tsx'
import { rowAfterKey } from './row-after-key.ts'
import styles from './script-list.module.css'
import { useRowDrag } from './use-row-drag.ts'
import { useScriptRows } from './use-script-rows.ts'

const LINE_HEIGHT_PX = 43
const CHAPTER_HEIGHT_PX = 52
const ROWS_BEYOND_VIEW = 8

export const rowElementId = (rowId: string): string => `row-${rowId}`

/** The script: chapter headings and lines. Only rows in view exist in the DOM, and the active one. */
export const ScriptList = () => {
  const t = useT()
  const { selection, transport, preferences } = useStudio()
  const rows = useScriptRows()
  const scroller = useRef<HTMLDivElement>(null)
  const activeId = useSlice(selection.store, (state) => state.activeId)
  const editingId = useSlice(selection.store, (state) => state.editing?.rowId ?? null)
  const playingId = useSlice(transport.playingLine, (lineId) => lineId)
  const isFollowing = useSlice(preferences, (state) => state.isFollowing)
  const activeIndex = rows.findIndex((row) => row.id === activeId)
  const keyOf = useCallback((index: number) => rows[index]?.id ?? index, [rows])

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'chapter' ? CHAPTER_HEIGHT_PX : LINE_HEIGHT_PX),
    getItemKey: keyOf,
    overscan: ROWS_BEYOND_VIEW,
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const from = Math.max(0, startIndex - overscan)
      const to = Math.min(count - 1, endIndex + overscan)
      const shown = Array.from({ length: Math.max(0, to - from + 1) }, (_, offset) => from + offset)
      // The active row stays mounted: it holds the caret and is what aria-activedescendant names.
      if (activeIndex >= 0 && activeIndex < from) return [activeIndex, ...shown]
      return activeIndex > to ? [...shown, activeIndex] : shown
    },
  })

  // What a person walks to, and what sounds, is brought into view.
  useEffect(() => {
    if (activeIndex >= 0) virtualizer.scrollToIndex(activeIndex, { align: 'auto' })
  }, [activeIndex, virtualizer])
  useEffect(() => {
    const playingIndex = isFollowing && playingId ? rows.findIndex((row) => row.id === playingId) : -1
    if (playingIndex >= 0 && !selection.store.getState().editing)
      virtualizer.scrollToIndex(playingIndex, { align: 'auto' })
  }, [playingId, isFollowing, rows, selection, virtualizer])
  useEffect(() => {
    if (editingId === null && document.activeElement === document.body) scroller.current?.focus({ preventScroll: true })
  }, [editingId])

  const drag = useRowDrag(scroller, rows)

  const walk = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / LINE_HEIGHT_PX) - 1)
    const row = rows[rowAfterKey(event.key, activeIndex, rows.length, pageRows) ?? -1]
    if (!row) return
    event.preventDefault()
    if (event.shiftKey) selection.extendTo(row, rows)
    else selection.choose(row)
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual list places its rows itself, which a table cannot
    <div
      ref={scroller}
      className={styles.scroller}
      role="grid"
      aria-label={t('script.list.label')}
      aria-rowcount={rows.length}
      aria-multiselectable="true"
      aria-activedescendant={activeId && editingId === null ? rowElementId(activeId) : undefined}
      tabIndex={0}
      data-script-list
      data-testid="script-list"
      onKeyDown={walk}
      {...drag.handlers}
    >
      <div className={styles.canvas} role="presentation" style={{ blockSize: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]
          if (!row) return null
          const place = {
            rowRef: virtualizer.measureElement,
            index,
            startPx: start,
            rowCount: rows.length,
            isActive: row.id === activeId,
            isEditing: row.id === editingId,
          }
          return row.kind === 'chapter' ? (
            <ChapterRow key={key} chapterId={row.id} {...place} />
          ) : (
            <LineRow key={key} lineId={row.id} number={row.number} isPlaying={row.id === playingId} {...place} />
          )
        })}
        {drag.indicatorPx !== null && (
          <div className={styles.dropMark} style={{ transform: `translateY(${drag.indicatorPx}px)` }} />
        )}
      </div>
    </div>
  )
}
