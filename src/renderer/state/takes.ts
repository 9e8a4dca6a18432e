import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LineId, ProjectId, TakeId } from '../../shared/kernel/index.ts'
import { groupTakesByLine, type Take } from '../../shared/render/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type TakesState = {
  projectId: ProjectId | null
  byId: ReadonlyMap<TakeId, Take>
  /** Newest last. */
  byLine: ReadonlyMap<LineId, readonly Take[]>
}

export type Takes = {
  store: StoreApi<TakesState>
  load(projectId: ProjectId): Promise<void>
  close(): void
}

const NO_TAKES: TakesState = { projectId: null, byId: new Map(), byLine: new Map() }

/** With these takes added or replaced; lines without news keep the identity of their list. */
export const withTakes = (state: TakesState, takes: readonly Take[]): TakesState => {
  const byId = new Map(state.byId)
  const byLine = new Map(state.byLine)
  for (const take of takes) byId.set(take.takeId, take)
  for (const [lineId, added] of groupTakesByLine(takes)) {
    const addedIds = new Set(added.map((take) => take.takeId))
    const kept = (state.byLine.get(lineId) ?? []).filter((take) => !addedIds.has(take.takeId))
    byLine.set(
      lineId,
      [...kept, ...added].sort((a, b) => a.createdAtEpochMs - b.createdAtEpochMs),
    )
  }
  return { ...state, byId, byLine }
}

export const withoutTakes = (state: TakesState, takeIds: readonly TakeId[]): TakesState => {
  const gone = new Set(takeIds)
  const byId = new Map([...state.byId].filter(([takeId]) => !gone.has(takeId)))
  const byLine = new Map(state.byLine)
  for (const takeId of takeIds) {
    const lineId = state.byId.get(takeId)?.lineId
    const kept = lineId && byLine.get(lineId)?.filter((take) => !gone.has(take.takeId))
    if (lineId && kept) byLine.set(lineId, kept)
  }
  return { ...state, byId, byLine }
}

/** Mirror of the open project's takes in main. */
export const createTakes = (bridge: Bridge, tellError: (error: unknown) => void): Takes => {
  const store = createStore<TakesState>(() => NO_TAKES)
  bridge.on('take.added', ({ projectId, takeIds }) => {
    if (store.getState().projectId !== projectId) return
    bridge
      .call('take.list', { projectId, takeIds })
      .then((takes) => {
        if (store.getState().projectId === projectId) store.setState((state) => withTakes(state, takes))
      })
      .catch(tellError)
  })
  bridge.on('take.removed', ({ projectId, takeIds }) => {
    if (store.getState().projectId === projectId) store.setState((state) => withoutTakes(state, takeIds))
  })
  return {
    store,
    async load(projectId) {
      store.setState({ ...NO_TAKES, projectId }, true)
      const takes = await bridge.call('take.list', { projectId, takeIds: null })
      if (store.getState().projectId === projectId) store.setState((state) => withTakes(state, takes))
    },
    close: () => store.setState(NO_TAKES, true),
  }
}
