import { createStore, type StoreApi } from 'zustand/vanilla'
import type { ProjectId } from '../../shared/kernel/index.ts'
import {
  applyEdit,
  type EditHistory,
  type Project,
  type ProjectEdit,
  type ProjectSnapshot,
  projectFromRecords,
} from '../../shared/project/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type OpenedProject = {
  projectId: ProjectId
  project: Project
  history: EditHistory
  /** Edits on their way to main; 0 means everything is saved. */
  unsavedEdits: number
}

/** Labels of edits, as the catalogues name them. */
export type EditLabel =
  | 'edit.insertLine'
  | 'edit.splitLine'
  | 'edit.mergeLines'
  | 'edit.duplicateLines'
  | 'edit.removeLines'
  | 'edit.moveLines'
  | 'edit.text'
  | 'edit.pasteLines'
  | 'edit.character'
  | 'edit.direction'
  | 'edit.pause'
  | 'edit.take'
  | 'edit.clip'
  | 'edit.chapterTitle'
  | 'edit.insertChapter'
  | 'edit.removeChapter'
  | 'edit.addCharacter'
  | 'edit.renameCharacter'
  | 'edit.characterColor'
  | 'edit.removeCharacter'
  | 'edit.track'
  | 'edit.settings'

/** The document of the window: the only way to change it is `dispatch`. */
export type OpenProject = {
  store: StoreApi<OpenedProject | null>
  open(projectId: ProjectId): Promise<void>
  close(): void
  /** Shows at once, then sends the same edit to main, in order. null changes nothing. */
  dispatch(edit: ProjectEdit | null, label: EditLabel, coalesceKey?: string): void
  undo(): Promise<void>
  redo(): Promise<void>
  reload(): Promise<void>
  /** Takes over what main answered, e.g. after an import. */
  adopt(snapshot: ProjectSnapshot): void
  /** Resolves when every edit made so far is saved. */
  settled(): Promise<void>
}

export const createOpenProject = (bridge: Bridge, tellError: (error: unknown) => void): OpenProject => {
  const store = createStore<OpenedProject | null>(() => null)
  /** Everything that changes the document in main goes through this chain, so that main sees the order the person saw. */
  let chain: Promise<void> = Promise.resolve()
  /** Rises when main refuses an edit: those made on top of it are dropped, the document they were made for is gone. */
  let generation = 0

  const adoptFor = (projectId: ProjectId, { records, history }: ProjectSnapshot): void =>
    store.setState({ projectId, project: projectFromRecords(records), history, unsavedEdits: 0 }, true)

  const reload = async (): Promise<void> => {
    const opened = store.getState()
    if (!opened) return
    const snapshot = await bridge.call('project.open', { projectId: opened.projectId })
    if (store.getState()?.projectId === opened.projectId) adoptFor(opened.projectId, snapshot)
  }

  const inOrder = (work: (projectId: ProjectId) => Promise<void>): Promise<void> => {
    const opened = store.getState()
    if (!opened) return Promise.resolve()
    const { projectId } = opened
    const madeIn = generation
    chain = chain.then(async () => {
      if (madeIn !== generation) return
      try {
        await work(projectId)
      } catch (error) {
        generation += 1
        tellError(error)
        // What the window shows may no longer be what main holds: main is right.
        await reload().catch(tellError)
      }
    })
    return chain
  }

  const update = (projectId: ProjectId, change: (opened: OpenedProject) => Partial<OpenedProject>): void => {
    const opened = store.getState()
    if (opened?.projectId === projectId) store.setState({ ...opened, ...change(opened) }, true)
  }

  const walkHistory = (channel: 'project.undo' | 'project.redo'): Promise<void> =>
    inOrder(async (projectId) => {
      const { edit, history } = await bridge.call(channel, { projectId })
      update(projectId, ({ project }) => ({ project: applyEdit(project, edit).project, history }))
      // Edits made while main walked back were applied here in the other order.
      if ((store.getState()?.unsavedEdits ?? 0) > 0) void inOrder(reload)
    })

  return {
    store,
    reload,
    async open(projectId) {
      const snapshot = await bridge.call('project.open', { projectId })
      adoptFor(projectId, snapshot)
    },
    close() {
      store.setState(null, true)
    },
    dispatch(edit, label, coalesceKey) {
      const opened = store.getState()
      if (!opened || !edit || (edit.put.length === 0 && edit.remove.length === 0)) return
      store.setState(
        { ...opened, project: applyEdit(opened.project, edit).project, unsavedEdits: opened.unsavedEdits + 1 },
        true,
      )
      void inOrder(async (projectId) => {
        const history = await bridge.call('project.edit', { projectId, edit, label, coalesceKey: coalesceKey ?? null })
        update(projectId, ({ unsavedEdits }) => ({ history, unsavedEdits: Math.max(0, unsavedEdits - 1) }))
      })
    },
    undo: () => walkHistory('project.undo'),
    redo: () => walkHistory('project.redo'),
    adopt(snapshot) {
      const opened = store.getState()
      if (opened) adoptFor(opened.projectId, snapshot)
    },
    settled: () => chain,
  }
}
