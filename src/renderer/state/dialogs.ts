import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ScriptSource } from '../../shared/contract/index.ts'

/** A page of the dialog about what the studio speaks with. */
export type PageName = 'voices' | 'models' | 'engines'

export type OpenDialog =
  /** Into the open project, or into a new one of this title: it is made when the import is, not before. */
  | { kind: 'import'; source: ScriptSource | null; newProjectTitle?: string }
  | { kind: 'export' }
  | { kind: 'settings' }
  | { kind: 'pages'; page: PageName }
  | { kind: 'shortcuts' }
  | { kind: 'new-project' }

export type Dialogs = {
  /** At most one dialog is open. */
  store: StoreApi<OpenDialog | null>
  open(dialog: OpenDialog): void
  close(): void
}

export const createDialogs = (): Dialogs => {
  const store = createStore<OpenDialog | null>(() => null)
  return { store, open: (dialog) => store.setState(dialog, true), close: () => store.setState(null, true) }
}
