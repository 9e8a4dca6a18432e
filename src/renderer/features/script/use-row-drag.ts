import { type PointerEvent, type RefObject, useRef, useState } from 'react'
import type { LineId } from '../../../shared/kernel/index.ts'
import { type ScriptRow, useScriptCommands, useStudio } from '../../state/index.ts'

const START_PX = 5
const EDGE_PX = 36
const SCROLL_STEP_PX = 14

type Drag = { pointerId: number; startY: number; lineIds: readonly LineId[]; isMoving: boolean }

/** Lines are dragged by their number to another place; the selection goes along when it holds the dragged line. */
export const useRowDrag = (scroller: RefObject<HTMLElement | null>, rows: readonly ScriptRow[]) => {
  const { selection } = useStudio()
  const commands = useScriptCommands()
  const drag = useRef<Drag | null>(null)
  const dropIndex = useRef<number | null>(null)
  const [indicatorPx, setIndicatorPx] = useState<number | null>(null)

  const stop = (): void => {
    drag.current = null
    dropIndex.current = null
    setIndicatorPx(null)
  }

  const rowAt = (clientX: number, clientY: number): HTMLElement | null =>
    document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-row-id]') ?? null

  return {
    indicatorPx,
    handlers: {
      onPointerDown(event: PointerEvent): void {
        const target = event.target as Element
        if (event.button !== 0 || !target.closest('[data-drag-handle]')) return
        const rowId = target.closest<HTMLElement>('[data-row-id]')?.dataset.rowId
        const { lineIds } = selection.store.getState()
        const row = rows.find(({ id }) => id === rowId)
        if (row?.kind !== 'line') return
        const dragged = lineIds.has(row.id) ? [...lineIds] : [row.id]
        drag.current = { pointerId: event.pointerId, startY: event.clientY, lineIds: dragged, isMoving: false }
      },
      onPointerMove(event: PointerEvent): void {
        const current = drag.current
        const list = scroller.current
        if (!current || !list || event.pointerId !== current.pointerId) return
        if (!current.isMoving) {
          if (Math.abs(event.clientY - current.startY) < START_PX) return
          current.isMoving = true
          list.setPointerCapture(event.pointerId)
        }
        const box = list.getBoundingClientRect()
        if (event.clientY < box.top + EDGE_PX) list.scrollTop -= SCROLL_STEP_PX
        else if (event.clientY > box.bottom - EDGE_PX) list.scrollTop += SCROLL_STEP_PX
        const over = rowAt(box.left + box.width / 2, Math.min(box.bottom - 1, Math.max(box.top + 1, event.clientY)))
        if (!over) return
        const overBox = over.getBoundingClientRect()
        const isBelow = event.clientY > overBox.top + overBox.height / 2
        dropIndex.current = Number(over.dataset.index) + (isBelow ? 1 : 0)
        setIndicatorPx((isBelow ? overBox.bottom : overBox.top) - box.top + list.scrollTop)
      },
      onPointerUp(): void {
        const current = drag.current
        const index = dropIndex.current
        stop()
        if (current?.isMoving && index !== null) commands.moveTo(current.lineIds, rows, index)
      },
      onPointerCancel: stop,
      onKeyDownCapture(event: { key: string }): void {
        if (event.key === 'Escape') stop()
      },
    },
  }
}
