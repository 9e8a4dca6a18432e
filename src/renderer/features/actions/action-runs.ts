import { ACTION_TABLE, type ActionId } from '../../../shared/actions/index.ts'
import type { LineId } from '../../../shared/kernel/index.ts'
import { isDue, isProblem, type PageName, type ScriptRow, type Studio, startOfLine } from '../../state/index.ts'
import { zoomStep } from '../timeline/zoom.ts'

export type ActionRun = { isEnabled(): boolean; run(): void }
export type ActionRuns = Readonly<Record<ActionId, ActionRun>>

/** Where the caret stands in the line that is being edited. */
const caretInLine = (): { caret: number } | null => {
  const field = document.activeElement
  return field instanceof HTMLTextAreaElement && field.dataset.lineId !== undefined
    ? { caret: field.selectionStart }
    : null
}

/** What each action does in this window, and when it makes sense. */
export const createActionRuns = (studio: Studio): ActionRuns => {
  const {
    document: opened,
    selection,
    transport,
    preferences,
    dialogs,
    notices,
    commands,
    rows,
    queue,
    bridge,
  } = studio
  const project = () => opened.store.getState()
  const hasProject = (): boolean => project() !== null
  const hasLines = (): boolean => selection.store.getState().lineIds.size > 0
  const activeRow = (): ScriptRow | undefined => {
    const { activeId } = selection.store.getState()
    return activeId === null ? undefined : rows.getState().find((row) => row.id === activeId)
  }
  const activeLine = () => {
    const row = activeRow()
    return row?.kind === 'line' ? row : undefined
  }
  const attempt = (work: Promise<unknown>): void => {
    work.catch(notices.tellError)
  }
  const always = (): boolean => true
  const inProject = (run: () => void): ActionRun => ({ isEnabled: hasProject, run })
  const onLines = (run: () => void): ActionRun => ({ isEnabled: () => hasProject() && hasLines(), run })
  const showPanel = (sidePanel: 'inspector' | 'cast' | 'queue'): ActionRun =>
    inProject(() => preferences.setState({ sidePanel }))

  const showPage = (page: PageName): ActionRun => ({
    isEnabled: always,
    run: () => {
      studio.pendingText.flush()
      dialogs.open({ kind: 'pages', page })
    },
  })

  const playFrom = (fromSamples: number): void => {
    attempt(transport.playProject(fromSamples))
  }
  const isPlayable = (): boolean => hasProject() && studio.arrangement.getState().durationSamples > 0
  const togglePlay = (): void => {
    const reached = transport.positionSamples()
    if (transport.store.getState().isPlaying) attempt(transport.pause())
    else playFrom(reached >= studio.arrangement.getState().durationSamples ? 0 : reached)
  }
  /** The first sound at or after a line. */
  const startFrom = (row: ScriptRow): number | undefined => {
    const list = rows.getState()
    for (const each of list.slice(list.indexOf(row))) {
      const startSamples = each.kind === 'line' ? startOfLine(studio.arrangement.getState(), each.id) : undefined
      if (startSamples !== undefined) return startSamples
    }
    return undefined
  }
  /** Active, and with something to say. */
  const audibleLine = (): LineId | undefined => {
    const row = activeLine()
    const line = row && project()?.project.lines.get(row.id)
    return line && studio.statusOf(line).mark !== 'silent' ? line.lineId : undefined
  }
  const nextProblem = (): void => {
    const list = rows.getState()
    const from = list.findIndex((row) => row.id === selection.store.getState().activeId) + 1
    const { marks } = studio.scan.getState()
    const found = [...list.slice(from), ...list.slice(0, from)].find(
      (row) => row.kind === 'line' && isProblem(marks.get(row.id) ?? 'never'),
    )
    if (found) selection.choose(found)
    else notices.tell('notice.noProblems')
  }
  const renderChapter = (): void => {
    const row = activeRow()
    const chapterId = row?.kind === 'line' ? row.chapterId : row?.id
    if (chapterId) commands.render({ kind: 'chapter', chapterId })
  }
  const saveScript = (format: 'text' | 'markdown'): ActionRun =>
    inProject(() => {
      studio.pendingText.flush()
      const current = project()
      if (!current) return
      const { projectId } = current
      attempt(
        opened
          .settled()
          .then(() => bridge.call('script.export', { projectId, format }))
          .then((saved) => saved && notices.tell('notice.scriptSaved', { path: saved.path })),
      )
    })
  const assign = (index: number): ActionRun => {
    const character = () =>
      [...(project()?.project.characters.values() ?? [])].sort((a, b) => (a.order < b.order ? -1 : 1))[index - 1]
    return {
      isEnabled: () => hasLines() && character() !== undefined,
      run: () => {
        const chosen = character()
        if (chosen) commands.assign(chosen.characterId)
      },
    }
  }
  const zoom = (step: 1 | -1): ActionRun =>
    inProject(() => preferences.setState(({ pixelsPerSec }) => ({ pixelsPerSec: zoomStep(pixelsPerSec, step) })))

  return {
    'project.create': { isEnabled: always, run: () => dialogs.open({ kind: 'new-project' }) },
    'project.create-sample': {
      isEnabled: always,
      run: () => attempt(bridge.call('project.create-sample').then(({ projectId }) => studio.openProject(projectId))),
    },
    'home.open': inProject(() => studio.closeProject()),
    'script.import': inProject(() => dialogs.open({ kind: 'import', source: null })),
    'script.export-text': saveScript('text'),
    'script.export-markdown': saveScript('markdown'),
    'export.open': inProject(() => {
      studio.pendingText.flush()
      dialogs.open({ kind: 'export' })
    }),
    'voices.open': showPage('voices'),
    'models.open': showPage('models'),
    'engines.open': showPage('engines'),
    'settings.open': { isEnabled: always, run: () => dialogs.open({ kind: 'settings' }) },
    'help.shortcuts': { isEnabled: always, run: () => dialogs.open({ kind: 'shortcuts' }) },

    'edit.undo': {
      isEnabled: () =>
        Boolean(project()?.history.undoLabel) || (project()?.unsavedEdits ?? 0) > 0 || caretInLine() !== null,
      run: () => {
        studio.pendingText.flush()
        attempt(opened.undo())
      },
    },
    'edit.redo': {
      isEnabled: () => Boolean(project()?.history.redoLabel),
      run: () => {
        studio.pendingText.flush()
        attempt(opened.redo())
      },
    },
    'line.select-all': inProject(() => selection.selectAll(rows.getState())),
    'problem.next': inProject(nextProblem),
    'line.edit': {
      isEnabled: () => activeRow() !== undefined,
      run: () => {
        const row = activeRow()
        if (row) selection.edit(row.id, 'end')
      },
    },
    'line.insert-below': inProject(() => commands.insertBelow()),
    'line.split': {
      isEnabled: () => caretInLine() !== null,
      run: () => {
        const place = caretInLine()
        const row = activeLine()
        if (place && row) commands.splitAt(row.id, place.caret)
      },
    },
    'line.merge': onLines(() => commands.mergeWithNext()),
    'line.duplicate': onLines(() => commands.duplicate()),
    'line.move-up': onLines(() => commands.move(-1)),
    'line.move-down': onLines(() => commands.move(1)),
    'line.remove': {
      isEnabled: () => hasProject() && (hasLines() || activeRow()?.kind === 'chapter'),
      run: () => {
        const row = activeRow()
        if (hasLines()) commands.remove()
        else if (row?.kind === 'chapter') commands.joinChapterWithPrevious(row.id)
      },
    },
    'chapter.insert': onLines(() => commands.insertChapter()),

    'render.lines': onLines(() => commands.render({ kind: 'lines', lineIds: commands.selectedLineIds() })),
    'render.chapter': { isEnabled: () => hasProject() && activeRow() !== undefined, run: renderChapter },
    'render.project': {
      isEnabled: () => {
        const { isComplete, marks } = studio.scan.getState()
        return hasProject() && (!isComplete || [...marks.values()].some(isDue))
      },
      run: () => commands.render({ kind: 'project' }),
    },
    'queue.toggle-paused': {
      isEnabled: always,
      run: () => attempt(bridge.call('queue.set-paused', { isPaused: !queue.store.getState().isPaused })),
    },

    'playback.toggle': { isEnabled: () => transport.store.getState().isPlaying || isPlayable(), run: togglePlay },
    'playback.from-here': {
      isEnabled: () => isPlayable() && activeRow() !== undefined,
      run: () => {
        const row = activeRow()
        const startSamples = row && startFrom(row)
        if (startSamples === undefined) notices.tell('notice.nothingRendered')
        else {
          preferences.setState({ isFollowing: true })
          playFrom(startSamples)
        }
      },
    },
    'playback.line': {
      isEnabled: () => audibleLine() !== undefined,
      run: () => {
        const lineId = audibleLine()
        if (lineId) attempt(transport.playLine(lineId))
      },
    },
    'playback.to-start': {
      isEnabled: isPlayable,
      run: () => attempt(transport.seek(0)),
    },
    'view.follow': inProject(() => preferences.setState(({ isFollowing }) => ({ isFollowing: !isFollowing }))),
    'view.inspector': showPanel('inspector'),
    'view.cast': showPanel('cast'),
    'view.queue': showPanel('queue'),
    'view.timeline': inProject(() =>
      preferences.setState(({ isTimelineShown }) => ({ isTimelineShown: !isTimelineShown })),
    ),
    'view.zoom-in': zoom(1),
    'view.zoom-out': zoom(-1),

    'character.assign-1': assign(1),
    'character.assign-2': assign(2),
    'character.assign-3': assign(3),
    'character.assign-4': assign(4),
    'character.assign-5': assign(5),
    'character.assign-6': assign(6),
    'character.assign-7': assign(7),
    'character.assign-8': assign(8),
    'character.assign-9': assign(9),
  }
}

export const enabledActionIds = (runs: ActionRuns): ActionId[] =>
  ACTION_TABLE.flatMap(({ id }) => (runs[id].isEnabled() ? [id] : []))
