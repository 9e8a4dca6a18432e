import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Money, RemoteDraft, RemoteListing } from '../../shared/endpoint/index.ts'
import type { AppErrorData, EngineId } from '../../shared/kernel/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type RemoteState = {
  engines: readonly RemoteListing[]
  /** False: keys that are saved lie in a file as they are. */
  hasVault: boolean
}

/** Mirror of the engines that compute elsewhere. */
export type RemoteEngines = {
  store: StoreApi<RemoteState>
  refresh(): void
  /** @throws AppError `secret.no-vault`, `engine.remote-not-found` */
  save(draft: RemoteDraft, mayKeepKeysInFile: boolean): Promise<EngineId>
  /**
   * @returns how many copies of voices stay at the service
   * @throws AppError `engine.remote-not-found`
   */
  remove(engineId: EngineId): Promise<number>
}

/** Lines come many times a second; what they cost may be shown a little later. */
const REFRESH_MS = 1000

/** What was spent this month, by currency, of engines that have a price. */
export const spentThisMonth = (engines: readonly Pick<RemoteListing, 'spentThisMonth'>[]): readonly Money[] => {
  const sums = new Map<string, number>()
  for (const { spentThisMonth: spent } of engines)
    if (spent) sums.set(spent.currency, (sums.get(spent.currency) ?? 0) + spent.amount)
  return [...sums].map(([currency, amount]) => ({ currency, amount }))
}

/** The engine that an error is about; errors of engines name them by their id, or as a person calls them. */
export const engineOfError = (
  engines: readonly RemoteListing[],
  { params }: Pick<AppErrorData, 'params'>,
): RemoteListing | undefined =>
  engines.find(({ engine }) => engine.engineId === params.engineId) ??
  engines.find(({ engine }) => engine.name === params.engine)

export const createRemoteEngines = (bridge: Bridge, tellError: (error: unknown) => void): RemoteEngines => {
  const store = createStore<RemoteState>(() => ({ engines: [], hasVault: true }))
  let newest = 0
  let isDue = false
  const fetch = async (): Promise<void> => {
    newest += 1
    const asked = newest
    const state = await bridge.call('remote.list')
    if (asked === newest) store.setState(state, true)
  }
  const refresh = (): void => {
    fetch().catch(tellError)
  }
  bridge.on('engine.changed', refresh)
  bridge.on('queue.changed', () => {
    if (isDue || store.getState().engines.length === 0) return
    isDue = true
    setTimeout(() => {
      isDue = false
      refresh()
    }, REFRESH_MS)
  })
  refresh()
  return {
    store,
    refresh,
    async save(draft, mayKeepKeysInFile) {
      const { engineId } = await bridge.call('remote.save', { ...draft, mayKeepKeysInFile })
      await fetch()
      return engineId
    },
    async remove(engineId) {
      const { twinsLeftThere } = await bridge.call('remote.remove', { engineId })
      await fetch()
      return twinsLeftThere
    },
  }
}
