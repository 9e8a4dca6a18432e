import type { z } from 'zod'
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppErrorData, LineId, ProjectId } from '../../shared/kernel/index.ts'
import type { QueueLine, renderJobSchema } from '../../shared/render/index.ts'
import type { Bridge } from '../bridge/index.ts'

export type RenderJob = z.output<typeof renderJobSchema>

export type QueueState = {
  isPaused: boolean
  /** Trouble that every line would meet, e.g. a full disk. */
  pauseReason: AppErrorData | null
  jobs: readonly RenderJob[]
  /** Lines of the open project that are, or lately were, in the queue. */
  lines: ReadonlyMap<LineId, QueueLine>
}

export type Queue = {
  store: StoreApi<QueueState>
  watch(projectId: ProjectId | null): Promise<void>
}

const EMPTY: QueueState = { isPaused: false, pauseReason: null, jobs: [], lines: new Map() }

const isSameError = (a: AppErrorData | null, b: AppErrorData | null): boolean =>
  a === null || b === null ? a === b : a.code === b.code && JSON.stringify(a.params) === JSON.stringify(b.params)

const isSame = (a: QueueLine, b: QueueLine): boolean =>
  a.status === b.status &&
  a.attempts === b.attempts &&
  a.retryAtEpochMs === b.retryAtEpochMs &&
  isSameError(a.error, b.error)

/** The new list as a map in which lines without news keep their identity; the very same map where nothing changed. */
export const mergeQueueLines = (
  known: ReadonlyMap<LineId, QueueLine>,
  lines: readonly QueueLine[],
): ReadonlyMap<LineId, QueueLine> => {
  let changed = lines.length !== known.size
  const merged = new Map<LineId, QueueLine>()
  for (const line of lines) {
    const before = known.get(line.lineId)
    const kept = before && isSame(before, line) ? before : line
    changed ||= kept !== before
    merged.set(line.lineId, kept)
  }
  return changed ? merged : known
}

/** A refresh may use at most a tenth of the time; but news never wait longer than this. */
const REST_PER_WORK = 9
const LONGEST_REST_MS = 400

/** Mirror of the render queue in main. Changes that come while a refresh runs are answered by one more refresh. */
export const createQueue = (bridge: Bridge, tellError: (error: unknown) => void): Queue => {
  const store = createStore<QueueState>(() => EMPTY)
  let watched: ProjectId | null = null
  let running: Promise<void> | null = null
  let again = false

  const fetchOnce = async (): Promise<void> => {
    const projectId = watched
    const [{ isPaused, pauseReason, jobs }, lines] = await Promise.all([
      bridge.call('queue.list'),
      projectId ? bridge.call('queue.lines', { projectId }) : [],
    ])
    if (projectId !== watched) return
    store.setState((state) => ({ isPaused, pauseReason, jobs, lines: mergeQueueLines(state.lines, lines) }))
  }

  const refresh = (): Promise<void> => {
    again = true
    running ??= (async () => {
      while (again) {
        again = false
        const startedAtMs = performance.now()
        const fetchedFor = watched
        await fetchOnce()
        const restMs = Math.min(LONGEST_REST_MS, (performance.now() - startedAtMs) * REST_PER_WORK)
        if (again && fetchedFor === watched) await new Promise((resolve) => setTimeout(resolve, restMs))
      }
    })().finally(() => {
      running = null
    })
    return running
  }

  bridge.on('queue.changed', () => {
    refresh().catch(tellError)
  })
  return {
    store,
    watch(projectId) {
      watched = projectId
      store.setState({ ...store.getState(), lines: EMPTY.lines }, true)
      return refresh()
    },
  }
}

/** Jobs that still have something to do. */
export const activeJobs = (jobs: readonly RenderJob[]): RenderJob[] =>
  jobs.filter((job) => job.status === 'queued' || job.status === 'running')

export const remainingLines = (job: RenderJob): number =>
  Math.max(0, job.totalLines - job.doneLines - job.failedLines - job.cancelledLines)
