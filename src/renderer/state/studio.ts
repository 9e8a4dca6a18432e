import { createStore, type StoreApi } from 'zustand/vanilla'
import type { CosyBridge } from '../../shared/contract/index.ts'
import { AppError, type LineId, type ProjectId } from '../../shared/kernel/index.ts'
import type { Line, Project } from '../../shared/project/index.ts'
import { createLineRequests, type LineRequest, type LineRequests } from '../../shared/render/index.ts'
import type { Arrangement } from '../../shared/timeline/index.ts'
import { type Bridge, createBridge } from '../bridge/index.ts'
import { createArrangementStore } from './arrangement.ts'
import { createDevices, type Devices } from './devices.ts'
import { createDialogs, type Dialogs } from './dialogs.ts'
import { afterPaint, whenIdle } from './idle.ts'
import { type Library, openLibrary } from './library.ts'
import { type LineStatus, lineStatus } from './line-status.ts'
import { mintId } from './mint-id.ts'
import { createModels, type Models } from './models.ts'
import { createNotices, type Notices } from './notices.ts'
import { createOpenProject, type OpenProject } from './open-project.ts'
import { createPreferences, type Preferences } from './preferences.ts'
import { createProjectCommands, type ProjectCommands } from './project-commands.ts'
import { createQueue, type Queue } from './queue.ts'
import { createRemoteEngines, type RemoteEngines } from './remote-engines.ts'
import { createScriptCommands, type ScriptCommands } from './script-commands.ts'
import { type ScriptRow, scriptRows } from './script-rows.ts'
import { createScriptScan, type ScriptScan } from './script-scan.ts'
import { createSelection, type Selection } from './selection.ts'
import { createSending, type Sending } from './sending.ts'
import { createSpokenWords } from './spoken-words.ts'
import { createTakes, type Takes } from './takes.ts'
import { openTransport, type Transport } from './transport.ts'
import { createTwins, type Twins } from './twins.ts'

/** Everything a window knows, one store per topic. */
export type Studio = {
  bridge: Bridge
  notices: Notices
  library: Library
  document: OpenProject
  takes: Takes
  queue: Queue
  selection: Selection
  transport: Transport
  preferences: StoreApi<Preferences>
  devices: Devices
  dialogs: Dialogs
  models: Models
  remote: RemoteEngines
  sending: Sending
  twins: Twins
  arrangement: StoreApi<Arrangement>
  scan: StoreApi<ScriptScan>
  /** Rows of the script list, as it is filtered now. */
  rows: StoreApi<readonly ScriptRow[]>
  /** Texts that a person typed but the document cannot take (too long), kept until they are changed. */
  drafts: StoreApi<ReadonlyMap<LineId, string>>
  /** What a text field holds that is not in the document yet; called before anything that reads or changes it. */
  pendingText: { flush(): void; attach(flush: () => void): () => void }
  commands: ScriptCommands
  projectCommands: ProjectCommands
  requestOf(project: Project, line: Line): LineRequest
  statusOf(line: Line): LineStatus
  openProject(projectId: ProjectId): Promise<void>
  closeProject(): void
}

const createPendingText = (): Studio['pendingText'] => {
  const flushes = new Set<() => void>()
  return {
    flush: () => {
      for (const flush of flushes) flush()
    },
    attach(flush) {
      flushes.add(flush)
      return () => {
        flushes.delete(flush)
      }
    },
  }
}

/** Connects the stores with main and with each other. */
export const openStudio = async (wire: CosyBridge, storage: Storage): Promise<Studio> => {
  const bridge = createBridge(wire, mintId)
  const notices = createNotices()
  const { tellError } = notices
  const dialogs = createDialogs()
  const library = await openLibrary(bridge, tellError)
  const models = createModels(bridge, {
    library,
    storage,
    nowMs: () => performance.now(),
    tellError,
    tellEnd: (end) => {
      const shown = dialogs.store.getState()
      if (shown?.kind === 'pages' && shown.page === 'models') return
      if ('code' in end) tellError(AppError.fromData(end))
      else notices.tell(end.textKey, end.params, 'models.open')
    },
  })
  const remote = createRemoteEngines(bridge, tellError)
  const sending = createSending(bridge, {
    hasRemoteEngines: () => [...library.store.getState().world.engines.values()].some(({ isRemote }) => isRemote),
    tellError,
  })
  const document = createOpenProject(bridge, tellError)
  const takes = createTakes(bridge, tellError)
  const queue = createQueue(bridge, tellError)
  const selection = createSelection()
  const pendingText = createPendingText()
  const scan = createScriptScan(whenIdle, () => performance.now())
  const arrangement = createArrangementStore(afterPaint)
  const lineRequests: LineRequests = createLineRequests()
  const requestOf = (project: Project, line: Line): LineRequest =>
    lineRequests(project, line, library.store.getState().world)
  const project = (): Project | null => document.store.getState()?.project ?? null
  const queueLineOf = (lineId: LineId) => queue.store.getState().lines.get(lineId)
  const statusOf = (line: Line): LineStatus => {
    const current = project()
    const request: LineRequest = current
      ? requestOf(current, line)
      : { ok: false, error: { code: 'project.not-found', params: {}, remedies: [], retryable: false } }
    return lineStatus(line, request, takes.store.getState().byLine.get(line.lineId), queueLineOf(line.lineId))
  }

  const transport = await openTransport(bridge, {
    clockSkewMs: library.store.getState().info.nowEpochMs - Date.now(),
    projectId: () => document.store.getState()?.projectId ?? null,
    arrangement: arrangement.store.getState,
    tellError,
    orAsk: sending.orAsk,
    wordsOf: createSpokenWords(bridge, tellError),
    takeOfLine: (lineId) => {
      const line = project()?.lines.get(lineId)
      return line && statusOf(line).take?.takeId
    },
    lineOfTake: (takeId) => takes.store.getState().byId.get(takeId)?.lineId,
    settled: () => {
      pendingText.flush()
      return document.settled()
    },
  })

  const rescan = (): void => scan.restart(project(), (line) => statusOf(line).mark)
  const rearrange = (): void => {
    const current = project()
    arrangement.schedule(current, takes.store.getState().byLine, (line) =>
      current ? requestOf(current, line) : statusOfNothing,
    )
  }
  const rows = createStore<readonly ScriptRow[]>(() => [])
  const drafts = createStore<ReadonlyMap<LineId, string>>(() => new Map())
  const relist = (): void => {
    const current = project()
    const { filter } = selection.store.getState()
    rows.setState((before) => (current ? scriptRows(current, filter, scan.store.getState().marks, before) : []), true)
  }
  selection.store.subscribe((now, before) => {
    if (now.filter !== before.filter) relist()
  })
  scan.store.subscribe(() => {
    if (selection.store.getState().filter?.kind === 'mark') relist()
  })
  document.store.subscribe((now, before) => {
    if (now?.project === before?.project) return
    relist()
    rescan()
    rearrange()
  })
  takes.store.subscribe(() => {
    rescan()
    rearrange()
  })
  queue.store.subscribe((now, before) => {
    if (now.lines !== before.lines) rescan()
  })
  library.store.subscribe((now, before) => {
    if (now.world === before.world) return
    rescan()
    rearrange()
  })

  const closeProject = (): void => {
    pendingText.flush()
    document.close()
    takes.close()
    selection.clear()
    drafts.setState(new Map(), true)
    queue.watch(null).catch(tellError)
    library.refreshProjects()
  }

  const studio: Omit<Studio, 'commands' | 'projectCommands'> = {
    bridge,
    notices,
    library,
    document,
    takes,
    queue,
    selection,
    transport,
    preferences: createPreferences(storage),
    devices: createDevices(bridge, library, tellError),
    dialogs,
    models,
    remote,
    sending,
    twins: createTwins(bridge),
    arrangement: arrangement.store,
    scan: scan.store,
    rows,
    drafts,
    pendingText,
    requestOf,
    statusOf,
    closeProject,
    async openProject(projectId) {
      closeProject()
      await Promise.all([document.open(projectId), takes.load(projectId), queue.watch(projectId)])
    },
  }
  return { ...studio, commands: createScriptCommands(studio), projectCommands: createProjectCommands(studio) }
}

const statusOfNothing: LineRequest = {
  ok: false,
  error: { code: 'engine.nothing-to-say', params: {}, remedies: [], retryable: false },
}
