import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LineId } from '../../shared/kernel/index.ts'
import type { RowId, ScriptFilter, ScriptRow } from './script-rows.ts'

/** Where in a text the caret goes when editing starts. */
export type CaretPlace = number | 'start' | 'end' | 'all'

export type SelectionState = {
  /** The row that keys act on. */
  activeId: RowId | null
  /** Where a range started. */
  anchorId: RowId | null
  lineIds: ReadonlySet<LineId>
  editing: { rowId: RowId; caret: CaretPlace } | null
  filter: ScriptFilter
}

export type Selection = {
  store: StoreApi<SelectionState>
  clear(): void
  /** No row at all: the inspector is then about the project. */
  chooseNothing(): void
  /** One row alone. */
  choose(row: ScriptRow): void
  chooseLines(lineIds: readonly LineId[], activeId: RowId): void
  toggle(row: ScriptRow): void
  extendTo(row: ScriptRow, rows: readonly ScriptRow[]): void
  selectAll(rows: readonly ScriptRow[]): void
  edit(rowId: RowId, caret: CaretPlace): void
  stopEditing(): void
  setFilter(filter: ScriptFilter): void
}

const NOTHING: SelectionState = { activeId: null, anchorId: null, lineIds: new Set(), editing: null, filter: null }

const lineIdsOf = (rows: readonly ScriptRow[]): Set<LineId> =>
  new Set(rows.flatMap((row) => (row.kind === 'line' ? [row.id] : [])))

/** Rows from the anchor to a row, both included, whichever comes first. */
export const rowsBetween = (rows: readonly ScriptRow[], fromId: RowId | null, toId: RowId): readonly ScriptRow[] => {
  const to = rows.findIndex((row) => row.id === toId)
  const from = rows.findIndex((row) => row.id === fromId)
  if (to < 0) return []
  return from < 0 ? rows.slice(to, to + 1) : rows.slice(Math.min(from, to), Math.max(from, to) + 1)
}

export const createSelection = (): Selection => {
  const store = createStore<SelectionState>(() => NOTHING)
  const set = (change: Partial<SelectionState>): void => store.setState(change)
  return {
    store,
    chooseNothing: () => set({ activeId: null, anchorId: null, lineIds: new Set(), editing: null }),
    clear: () => store.setState(NOTHING, true),
    choose: (row) => set({ activeId: row.id, anchorId: row.id, lineIds: lineIdsOf([row]), editing: null }),
    chooseLines: (lineIds, activeId) => set({ activeId, anchorId: activeId, lineIds: new Set(lineIds), editing: null }),
    toggle(row) {
      const lineIds = new Set(store.getState().lineIds)
      if (row.kind === 'line' && !lineIds.delete(row.id)) lineIds.add(row.id)
      set({ activeId: row.id, anchorId: row.id, lineIds, editing: null })
    },
    extendTo(row, rows) {
      const { anchorId } = store.getState()
      set({ activeId: row.id, lineIds: lineIdsOf(rowsBetween(rows, anchorId, row.id)), editing: null })
    },
    selectAll: (rows) => set({ lineIds: lineIdsOf(rows) }),
    edit(rowId, caret) {
      const lineIds = rowId.startsWith('line_') ? new Set([rowId as LineId]) : new Set<LineId>()
      set({ activeId: rowId, anchorId: rowId, lineIds, editing: { rowId, caret } })
    },
    stopEditing: () => set({ editing: null }),
    setFilter: (filter) => set({ filter }),
  }
}
