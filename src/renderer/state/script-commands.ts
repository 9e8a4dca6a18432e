import type { RenderScope } from '../../shared/contract/index.ts'
import { AppError, assert, type ChapterId, type CharacterId, type LineId } from '../../shared/kernel/index.ts'
import {
  duplicateLines,
  insertChapterAt,
  insertLine,
  joinChapter,
  type LinePlace,
  mergeWithNext,
  moveLines,
  orderedLines,
  type Project,
  type ProjectEdit,
  removeLines,
  renameChapter,
  setLineCharacter,
  setLineText,
  setLineTexts,
  splitLine,
} from '../../shared/project/index.ts'
import { MAX_LINE_CHARACTERS, splitAtSentences } from '../../shared/script/index.ts'
import { mintId } from './mint-id.ts'
import type { EditLabel } from './open-project.ts'
import type { RowId, ScriptRow } from './script-rows.ts'
import type { CaretPlace } from './selection.ts'
import type { Studio } from './studio.ts'

/** Everything a person does to the script, by keys, pointer or menu. Each is one edit, and so one step of undo. */
export type ScriptCommands = {
  /** The lines that a command without an argument is about: the selection, in script order. */
  selectedLineIds(): LineId[]
  chooseLine(lineId: LineId): void
  editNeighbour(step: 1 | -1, caret: CaretPlace): void
  setText(lineId: LineId, text: string): void
  pasteLines(lineId: LineId, before: string, pasted: readonly string[], after: string): void
  /** Cuts a text that is too long for one line at sentence ends, into several lines. */
  splitDraft(lineId: LineId, draft: string): void
  insertBelow(): void
  splitAt(lineId: LineId, caret: number): void
  mergeWithNext(): void
  mergeWithPrevious(lineId: LineId): void
  duplicate(): void
  move(step: 1 | -1): void
  moveTo(lineIds: readonly LineId[], rows: readonly ScriptRow[], index: number): void
  remove(): void
  assign(characterId: CharacterId): void
  insertChapter(): void
  setChapterTitle(chapterId: ChapterId, title: string): void
  joinChapterWithPrevious(chapterId: ChapterId): void
  render(scope: RenderScope): void
}

const isLineRow = (row: ScriptRow): row is Extract<ScriptRow, { kind: 'line' }> => row.kind === 'line'

/** Lines that an edit adds, in the order it names them. */
const newLinesOf = (edit: ProjectEdit | null, before: Project): LineId[] =>
  (edit?.put ?? []).flatMap((record) =>
    record.kind === 'line' && !before.lines.has(record.lineId) ? [record.lineId] : [],
  )

/**
 * Where lines go when they are put before the row at an index: after the last row above that stays, or at the start of
 * the chapter that begins there. Nothing goes above the first chapter.
 */
export const placeBefore = (
  rows: readonly ScriptRow[],
  moving: ReadonlySet<RowId>,
  index: number,
): LinePlace | undefined => {
  const above = rows.slice(0, Math.max(0, index)).findLast((row) => !moving.has(row.id))
  if (above?.kind === 'line') return { chapterId: above.chapterId, afterLineId: above.id }
  if (above) return { chapterId: above.id, afterLineId: null }
  const first = rows.find(isLineRow)
  return rows[0]?.kind === 'line' && first ? { chapterId: first.chapterId, afterLineId: null } : undefined
}

export const createScriptCommands = (studio: Omit<Studio, 'commands' | 'projectCommands'>): ScriptCommands => {
  const { document, selection, rows, drafts, pendingText, notices, bridge, sending } = studio

  /** The document with everything that was typed. */
  const current = (): Project => {
    pendingText.flush()
    const opened = document.store.getState()
    assert(opened, 'commands act on an open project')
    return opened.project
  }
  const rowOf = (rowId: RowId | null): ScriptRow | undefined => rows.getState().find((row) => row.id === rowId)
  const neighbour = (rowId: RowId | null, step: 1 | -1): ScriptRow | undefined => {
    const index = rows.getState().findIndex((row) => row.id === rowId)
    return index < 0 ? undefined : rows.getState()[index + step]
  }
  const selectedLineIds = (): LineId[] => {
    const { lineIds } = selection.store.getState()
    const opened = document.store.getState()
    if (!opened || lineIds.size === 0) return []
    return orderedLines(opened.project).flatMap((line) => (lineIds.has(line.lineId) ? [line.lineId] : []))
  }
  const setDraft = (lineId: LineId, draft: string | null): void => {
    const texts = new Map(drafts.getState())
    if (draft === null) texts.delete(lineId)
    else texts.set(lineId, draft)
    if (draft !== null || drafts.getState().has(lineId)) drafts.setState(texts, true)
  }
  /** Puts texts in place of a line: the first stays in it, the others follow as new lines of the same character. */
  const spread = (lineId: LineId, texts: readonly string[], label: EditLabel): void => {
    const project = current()
    const edit = setLineTexts(project, lineId, texts, mintId)
    document.dispatch(edit, label)
    setDraft(lineId, null)
    const added = newLinesOf(edit, project)
    selection.edit(added.at(-1) ?? lineId, 'end')
  }

  const chooseLine = (lineId: LineId): void => {
    const row = rowOf(lineId)
    if (row) selection.choose(row)
  }
  const editFirstNewLine = (edit: ProjectEdit | null, before: Project): void => {
    const [added] = newLinesOf(edit, before)
    if (added) selection.edit(added, 'start')
  }
  /** A verb may refuse, e.g. because the lines together are too long: then that is told, and nothing changes. */
  const attempt = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      notices.tellError(error)
    }
  }
  /** Puts lines before the row at an index of the list as it stands. */
  const moveTo: ScriptCommands['moveTo'] = (lineIds, list, index) => {
    const moving = new Set<RowId>(lineIds)
    const place = placeBefore(list, moving, index)
    const { activeId } = selection.store.getState()
    const [first] = lineIds
    if (!place || !first) return
    document.dispatch(moveLines(current(), lineIds, place), 'edit.moveLines')
    selection.chooseLines(lineIds, activeId && moving.has(activeId) ? activeId : first)
  }

  return {
    selectedLineIds,
    chooseLine,
    editNeighbour(step, caret) {
      const row = neighbour(selection.store.getState().activeId, step)
      if (row) selection.edit(row.id, caret)
    },
    setText(lineId, text) {
      if (text.length > MAX_LINE_CHARACTERS) return setDraft(lineId, text)
      setDraft(lineId, null)
      const opened = document.store.getState()
      if (opened?.project.lines.has(lineId))
        document.dispatch(setLineText(opened.project, lineId, text), 'edit.text', `text:${lineId}`)
    },
    pasteLines(lineId, before, pasted, after) {
      const [first = '', ...rest] = pasted
      const texts = [before + first, ...rest]
      texts.push(`${texts.pop() ?? ''}${after}`)
      // A row that no line can hold: everything is kept as it was pasted, in place, with the reason.
      if (texts.some((text) => text.length > MAX_LINE_CHARACTERS)) return setDraft(lineId, texts.join(' '))
      spread(lineId, texts, 'edit.pasteLines')
    },
    splitDraft(lineId, draft) {
      spread(lineId, splitAtSentences(draft, MAX_LINE_CHARACTERS), 'edit.pasteLines')
    },
    insertBelow() {
      const project = current()
      const row = rowOf(selection.store.getState().activeId) ?? rows.getState().at(-1)
      const edit = insertLine(project, row?.id ?? null, mintId)
      document.dispatch(edit, 'edit.insertLine')
      editFirstNewLine(edit, project)
    },
    splitAt(lineId, caret) {
      const project = current()
      const edit = splitLine(project, lineId, caret, mintId)
      document.dispatch(edit, 'edit.splitLine')
      editFirstNewLine(edit, project)
    },
    mergeWithNext() {
      const project = current()
      const lineId = selectedLineIds().at(0)
      const line = lineId && project.lines.get(lineId)
      if (!lineId || !line) return
      const isEditing = selection.store.getState().editing !== null
      attempt(() => {
        document.dispatch(mergeWithNext(project, lineId), 'edit.mergeLines')
        if (isEditing) selection.edit(lineId, line.text.length)
        else chooseLine(lineId)
      })
    },
    mergeWithPrevious(lineId) {
      const row = neighbour(lineId, -1)
      if (row?.kind !== 'line') return
      const project = current()
      const caret = project.lines.get(row.id)?.text.length ?? 0
      attempt(() => {
        document.dispatch(mergeWithNext(project, row.id), 'edit.mergeLines')
        selection.edit(row.id, caret)
      })
    },
    duplicate() {
      const project = current()
      const edit = duplicateLines(project, selectedLineIds(), mintId)
      document.dispatch(edit, 'edit.duplicateLines')
      const lineIds = newLinesOf(edit, project)
      const [first] = lineIds
      if (first) selection.chooseLines(lineIds, first)
    },
    move(step) {
      const lineIds = selectedLineIds()
      const moving = new Set<RowId>(lineIds)
      const list = rows.getState()
      const first = list.findIndex((row) => moving.has(row.id))
      const last = list.findLastIndex((row) => moving.has(row.id))
      if (first < 0) return
      moveTo(lineIds, list, step < 0 ? first - 1 : last + 2)
    },
    moveTo,
    remove() {
      const lineIds = selectedLineIds()
      if (lineIds.length === 0) return
      const removed = new Set<RowId>(lineIds)
      const list = rows.getState()
      const last = list.findLastIndex((row) => removed.has(row.id))
      const next =
        list.slice(last + 1).find(isLineRow) ??
        list.slice(0, last).findLast((row) => isLineRow(row) && !removed.has(row.id))
      document.dispatch(removeLines(current(), lineIds), 'edit.removeLines')
      if (next) selection.choose(next)
      notices.tell('notice.removedLines', { count: lineIds.length }, 'edit.undo')
    },
    assign(characterId) {
      document.dispatch(setLineCharacter(current(), selectedLineIds(), characterId), 'edit.character')
    },
    insertChapter() {
      const project = current()
      const lineId = selectedLineIds().at(0)
      if (!lineId) return
      const edit = insertChapterAt(project, lineId, mintId)
      document.dispatch(edit, 'edit.insertChapter')
      const chapter = edit?.put.find((record) => record.kind === 'chapter')
      if (chapter?.kind === 'chapter') selection.edit(chapter.chapterId, 'all')
    },
    setChapterTitle(chapterId, title) {
      document.dispatch(renameChapter(current(), chapterId, title), 'edit.chapterTitle')
    },
    joinChapterWithPrevious(chapterId) {
      document.dispatch(joinChapter(current(), chapterId), 'edit.removeChapter')
    },
    render(scope) {
      current()
      const opened = document.store.getState()
      if (!opened) return
      const { projectId } = opened
      const enqueue = async (): Promise<void> => {
        const { queuedLines, readyLines, refused } = await bridge.call('render.enqueue', { projectId, scope })
        const [first] = refused
        // What was queued shows on the lines and in the queue.
        if (queuedLines > 0) return
        if (first) notices.tellError(AppError.fromData(first.error))
        else notices.tell(readyLines > 0 ? 'notice.allReady' : 'notice.nothingToRender')
      }
      document
        .settled()
        .then(() => sending.render(projectId, scope, enqueue))
        .catch(notices.tellError)
    },
  }
}
