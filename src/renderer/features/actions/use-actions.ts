import { createContext, useContext, useEffect } from 'react'
import { createStore, type StoreApi, useStore } from 'zustand'
import { type ActionId, findAction } from '../../../shared/actions/index.ts'
import { assert } from '../../../shared/kernel/index.ts'
import { type Studio, useSlice, useStudio } from '../../state/index.ts'
import { type ActionRuns, createActionRuns, enabledActionIds } from './action-runs.ts'
import { findKeyAction, type KeyFocus } from './find-key-action.ts'

export type Actions = {
  run(actionId: ActionId): void
  /** Which actions make sense now; follows the stores shortly after they change. */
  enabled: StoreApi<ReadonlySet<ActionId>>
  /** Connects keys, the application menu and the stores. @returns the way to disconnect */
  connect(): () => void
}

const focusOf = (target: EventTarget | null): KeyFocus => {
  if (!(target instanceof Element) || target === document.body || target.matches('[data-script-list]')) return 'script'
  if (target instanceof HTMLTextAreaElement && target.dataset.lineId !== undefined) return 'script-text'
  if (target.closest('textarea, input:not([type=range], [type=checkbox], [type=radio])')) return 'text'
  if (target.closest('button, a, input, select, summary, [role=separator]')) return 'control'
  return target.closest('[data-script-list]') ? 'script' : 'elsewhere'
}

/** Stores change many times in a row; menus and buttons may follow a little later. */
const REFRESH_MS = 80

export const createActions = (studio: Studio): Actions => {
  const runs: ActionRuns = createActionRuns(studio)
  const enabled = createStore<ReadonlySet<ActionId>>(() => new Set(enabledActionIds(runs)))
  let timer: ReturnType<typeof setTimeout> | undefined

  const refresh = (): void => {
    timer = undefined
    const actionIds = enabledActionIds(runs)
    const known = enabled.getState()
    if (actionIds.length === known.size && actionIds.every((actionId) => known.has(actionId))) return
    enabled.setState(new Set(actionIds), true)
    studio.bridge.call('app.set-enabled-actions', { actionIds }).catch(studio.notices.tellError)
  }
  const changed = (): void => {
    timer ??= setTimeout(refresh, REFRESH_MS)
  }
  const run = (actionId: ActionId): void => {
    if (runs[actionId].isEnabled()) runs[actionId].run()
  }

  const isBehindADialog = (): boolean =>
    studio.dialogs.store.getState() !== null || studio.sending.store.getState() !== null
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || isBehindADialog()) return
    const isMac = studio.library.store.getState().info.platform === 'darwin'
    const actionId = findKeyAction(event, focusOf(event.target), isMac)
    if (!actionId || !runs[actionId].isEnabled()) return
    event.preventDefault()
    runs[actionId].run()
  }

  return {
    run,
    enabled,
    connect() {
      const { document: opened, selection, scan, queue, transport, arrangement, rows } = studio
      const stops = [
        opened.store.subscribe(changed),
        selection.store.subscribe(changed),
        scan.subscribe(changed),
        queue.store.subscribe(changed),
        transport.store.subscribe(changed),
        arrangement.subscribe(changed),
        rows.subscribe(changed),
        studio.bridge.on('app.action-chosen', ({ actionId }) => {
          const action = findAction(actionId)
          if (action && !isBehindADialog()) run(action.id)
        }),
      ]
      window.addEventListener('keydown', onKey)
      studio.bridge
        .call('app.set-enabled-actions', { actionIds: [...enabled.getState()] })
        .catch(studio.notices.tellError)
      return () => {
        window.removeEventListener('keydown', onKey)
        clearTimeout(timer)
        for (const stop of stops) stop()
      }
    },
  }
}

export const ActionsContext = createContext<Actions | null>(null)

export const useActions = (): Actions => {
  const actions = useContext(ActionsContext)
  assert(actions, 'actions are provided by main.tsx')
  return actions
}

export const useRunAction = (): Actions['run'] => useActions().run

export const useIsActionEnabled = (actionId: ActionId): boolean =>
  useStore(useActions().enabled, (enabled) => enabled.has(actionId))

export const useActionConnection = (): void => {
  const actions = useActions()
  useEffect(() => actions.connect(), [actions])
}

export const useIsMac = (): boolean => useSlice(useStudio().library.store, ({ info }) => info.platform === 'darwin')
