import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ScriptSource } from '../../shared/contract/index.ts'
import type { EngineId, VoiceId } from '../../shared/kernel/index.ts'

/** A page of the dialog about what the studio speaks with. */
export type PageName = 'voices' | 'models' | 'engines'

/** The form of an engine that computes elsewhere, above the Engines page. */
export type EngineFormAt = {
  /** Null: a new one. */
  engineId: EngineId | null
  /** Where the person is to begin; the first field where nothing is said. */
  field?: 'key' | 'limit'
}

export type OpenDialog =
  /** Into the open project, or into a new one of this title: it is made when the import is, not before. */
  | { kind: 'import'; source: ScriptSource | null; newProjectTitle?: string }
  | { kind: 'export' }
  /** `field`: where the person is to begin; the first field where nothing is said. */
  | { kind: 'settings'; field?: 'offline' }
  /** `copiesOf`: the Voices page begins with the copies of this voice at services. */
  | { kind: 'pages'; page: PageName; engineForm?: EngineFormAt; copiesOf?: VoiceId }
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
