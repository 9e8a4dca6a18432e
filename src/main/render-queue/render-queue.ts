import type { AppErrorData, EngineId, JobId, LineId, ProjectId } from '../../shared/kernel/index.ts'
import type { QueueLine, RenderJob, RenderPlan } from '../../shared/render/index.ts'
import {
  addJobLines,
  type CancelScope,
  type ClaimedLine,
  cancelOpenLines,
  clearFinishedJobs,
  enginesWithQueuedLines,
  findJobProject,
  findQueuePause,
  hasOpenJobLines,
  listJobs,
  listQueueLines,
  projectsWithOpenJobLines,
  putRunningLinesBack,
  type QueuePause,
  retryFailedLines,
  type StoredJob,
  saveQueuePause,
  type WritableDb,
  wakeDueLines,
} from '../library/index.ts'
import { ChangeNotices } from './change-notices.ts'
import { EngineLane, type LaneDeps } from './engine-lane.ts'
import { jobsInProgress } from './job-progress.ts'
import { nextTurn, type RenderQueueDeps, setRealTimer } from './queue-deps.ts'
import { createSoundLocks } from './sound-locks.ts'
import { createSpeakingPace } from './speaking-pace.ts'

/** Lines written in one go; about ten milliseconds. */
const ENQUEUE_BATCH = 250
/** Finished jobs that are still listed after a restart. */
const KEPT_FINISHED_JOBS = 20

/** Urgent lines are spoken before those of longer jobs, whenever those were asked for. */
export type EnqueueOptions = { isUrgent?: boolean }

export type EnqueuedLines = {
  /** null where nothing new was asked for. */
  jobId: JobId | null
  /** Lines that are in the queue now and were not before. */
  queuedLines: number
}

/**
 * Plan in, takes out. Everything it has to do is in the library's tables, so after a crash it goes on where it was, and
 * speaks only what has no take yet.
 */
export interface RenderQueue extends AsyncDisposable {
  /** Goes on with what the last process left. Before this, lines may be put into the queue, but none are spoken. */
  start(): void
  /**
   * Puts the lines of a plan into the queue, as one job. What is queued already is left where it is; an older request for
   * the same line makes way. Safe on disk when it settles.
   * @throws AppError `project.not-found`
   */
  enqueue(plan: Pick<RenderPlan, 'items'>, projectId: ProjectId, options?: EnqueueOptions): Promise<EnqueuedLines>
  list(): { isPaused: boolean; pauseReason: AppErrorData | null; jobs: RenderJob[] }
  /** What every line would meet, where the queue stands still for that; null while it runs or a person paused it. */
  trouble(): AppErrorData | null
  /** Where each line of a project stands that is, or lately was, in the queue. */
  lines(projectId: ProjectId): QueueLine[]
  /** Lines are cancelled at once; settles when running ones have let go of their engine. */
  cancel(jobId: JobId): Promise<void>
  cancelLines(projectId: ProjectId, lineIds: readonly LineId[]): Promise<void>
  cancelProject(projectId: ProjectId): Promise<void>
  /** Failed lines of a job go back into the queue. */
  retry(jobId: JobId): void
  /** Lines that run are spoken to their end. A pause outlives a restart. */
  setPaused(isPaused: boolean): void
  clearFinished(): void
  /** Settles when nothing runs and nothing will by itself: all done, or paused. */
  whenIdle(): Promise<void>
  /** Stops what runs; it stays in the queue for the next start. */
  [Symbol.asyncDispose](): Promise<void>
}

export const createRenderQueue = (deps: RenderQueueDeps): RenderQueue => new Queue(deps)

class Queue implements RenderQueue {
  readonly #deps: RenderQueueDeps
  readonly #db: WritableDb
  readonly #notices: ChangeNotices
  readonly #laneDeps: LaneDeps
  readonly #lanes = new Map<EngineId, EngineLane>()
  readonly #idleWaiters: (() => void)[] = []
  #pause: QueuePause | undefined
  #state: 'new' | 'open' | 'closed' = 'new'
  #enqueuing = 0
  #isAwake = false
  #cancelWake: (() => void) | undefined

  constructor(deps: RenderQueueDeps) {
    this.#deps = deps
    this.#db = deps.library.db
    const { takeStore, engines, log, setTimer = setRealTimer } = deps
    this.#notices = new ChangeNotices({ setTimer, onChanged: deps.onChanged, onTakeAdded: deps.onTakeAdded })
    this.#laneDeps = {
      ...{ db: this.#db, takeStore, engines, log, setTimer, notices: this.#notices },
      nowEpochMs: deps.nowEpochMs,
      random: deps.random,
      locks: createSoundLocks(),
      pace: createSpeakingPace(),
      mayStart: () => this.#state === 'open' && !this.#pause,
      requireConsent: (line) => deps.requireConsent?.(line),
      onNote: (line, note) => deps.onNote?.(line, note),
      onTrouble: (reason) => this.#setPause({ reason }),
      onDelayed: () => this.#wake(),
      onMoved: () => this.#moved(),
    }
    this.#pause = findQueuePause(this.#db)
  }

  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'open'
    putRunningLinesBack(this.#db)
    clearFinishedJobs(this.#db, KEPT_FINISHED_JOBS)
    this.#wake()
  }

  async enqueue(
    plan: Pick<RenderPlan, 'items'>,
    projectId: ProjectId,
    { isUrgent = false }: EnqueueOptions = {},
  ): Promise<EnqueuedLines> {
    let job: StoredJob | undefined
    let queuedLines = 0
    this.#enqueuing++
    try {
      for (let start = 0; start < plan.items.length; start += ENQUEUE_BATCH) {
        if (start > 0) await nextTurn()
        const added = addJobLines(this.#db, projectId, job, plan.items.slice(start, start + ENQUEUE_BATCH), isUrgent)
        job = added.job
        queuedLines += added.addedLines
        const superseded = new Set(added.supersededLines)
        void this.#abort(({ jobLineId }) => superseded.has(jobLineId))
        this.#notices.changed(projectId)
        this.#pumpAll()
      }
      return { jobId: job?.jobId ?? null, queuedLines }
    } finally {
      this.#enqueuing--
      this.#moved()
    }
  }

  list(): ReturnType<RenderQueue['list']> {
    const { pace } = this.#laneDeps
    const lanes = [...this.#lanes.values()]
    const jobs = jobsInProgress(
      listJobs(this.#db),
      {
        secPerCharacter: pace.secPerCharacter,
        concurrency: (engineId) => this.#lanes.get(engineId)?.concurrency ?? 1,
      },
      (jobId) => lanes.some((lane) => lane.isLoadingFor(jobId)),
    )
    return { isPaused: this.#pause !== undefined, pauseReason: this.#pause?.reason ?? null, jobs }
  }

  trouble(): AppErrorData | null {
    return this.#pause?.reason ?? null
  }

  lines(projectId: ProjectId): QueueLine[] {
    return listQueueLines(this.#db, projectId)
  }

  cancel(jobId: JobId): Promise<void> {
    return this.#cancel({ kind: 'job', jobId }, (line) => line.jobId === jobId)
  }

  cancelLines(projectId: ProjectId, lineIds: readonly LineId[]): Promise<void> {
    const wanted = new Set(lineIds)
    const matches = (line: ClaimedLine): boolean => line.projectId === projectId && wanted.has(line.lineId)
    return this.#cancel({ kind: 'lines', projectId, lineIds }, matches)
  }

  cancelProject(projectId: ProjectId): Promise<void> {
    return this.#cancel({ kind: 'project', projectId }, (line) => line.projectId === projectId)
  }

  retry(jobId: JobId): void {
    retryFailedLines(this.#db, jobId)
    const projectId = findJobProject(this.#db, jobId)
    if (projectId) this.#notices.changed(projectId)
    this.#pumpAll()
  }

  setPaused(isPaused: boolean): void {
    if (isPaused === (this.#pause !== undefined)) return
    if (isPaused) {
      this.#setPause({ reason: null })
      return
    }
    // Lines whose end could not be written down, because the disk was full, say still that they run.
    putRunningLinesBack(this.#db, this.#runningIds())
    this.#setPause(undefined)
    for (const lane of this.#lanes.values()) lane.endRest()
    this.#wake()
  }

  clearFinished(): void {
    for (const projectId of clearFinishedJobs(this.#db)) this.#notices.changed(projectId)
  }

  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve)
      this.#moved()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelWake?.()
    for (const lane of this.#lanes.values()) lane.endRest()
    await this.#abort(() => true)
    this.#moved()
    this.#notices[Symbol.dispose]()
  }

  async #cancel(scope: CancelScope, matches: (line: ClaimedLine) => boolean): Promise<void> {
    const projectIds = projectsWithOpenJobLines(this.#db)
    cancelOpenLines(this.#db, scope)
    for (const projectId of projectIds) this.#notices.changed(projectId)
    await this.#abort(matches)
    this.#wake()
  }

  async #abort(matches: (line: ClaimedLine) => boolean): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.abort(matches)))
  }

  #runningIds(): number[] {
    return [...this.#lanes.values()].flatMap((lane) => lane.runningIds())
  }

  #setPause(pause: QueuePause | undefined): void {
    this.#pause = pause
    try {
      saveQueuePause(this.#db, pause)
    } catch (error) {
      // Standing still does not depend on being written down; a full disk is the very reason it may not be.
      this.#deps.log('warn', 'pause of the queue was not saved', { error })
    }
    if (pause?.reason) this.#deps.log('warn', 'queue paused', { code: pause.reason.code })
    for (const projectId of projectsWithOpenJobLines(this.#db)) this.#notices.changed(projectId)
    this.#moved()
  }

  /** Brings back lines whose time has come, starts what can be started, and sets the alarm for the next. */
  #wake(): void {
    this.#cancelWake?.()
    this.#cancelWake = undefined
    if (this.#laneDeps.mayStart()) {
      const nowEpochMs = this.#deps.nowEpochMs()
      const nextEpochMs = wakeDueLines(this.#db, nowEpochMs)
      if (nextEpochMs !== undefined)
        this.#cancelWake = this.#laneDeps.setTimer(() => this.#wake(), Math.max(0, nextEpochMs - nowEpochMs))
      this.#pumpAll()
    }
    this.#moved()
  }

  #pumpAll(): void {
    if (!this.#laneDeps.mayStart()) return
    for (const engineId of enginesWithQueuedLines(this.#db)) {
      const lane = this.#lanes.get(engineId) ?? new EngineLane(engineId, this.#laneDeps)
      this.#lanes.set(engineId, lane)
      lane.pump()
    }
  }

  #isIdle(): boolean {
    if (this.#enqueuing > 0 || [...this.#lanes.values()].some((lane) => lane.isBusy)) return false
    return this.#state === 'closed' || this.#pause !== undefined || !hasOpenJobLines(this.#db)
  }

  #moved(): void {
    const isSpeaking = this.#runningIds().length > 0
    if (isSpeaking !== this.#isAwake) {
      this.#isAwake = isSpeaking
      if (isSpeaking) this.#deps.keepAwake?.start()
      else this.#deps.keepAwake?.stop()
    }
    if (this.#idleWaiters.length === 0 || !this.#isIdle()) return
    this.#notices.flush()
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}
