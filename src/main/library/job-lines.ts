import type { AppErrorData, EngineId, JobId, LineId, ProjectId } from '../../shared/kernel/index.ts'
import { type RenderRequest, renderRequestSchema } from '../../shared/render/index.ts'
import { type ReadableDb, statement, transaction, type WritableDb } from './db.ts'

/** A line of a job that is being spoken. */
export type ClaimedLine = {
  jobLineId: number
  jobId: JobId
  projectId: ProjectId
  lineId: LineId
  engineId: EngineId
  /** How often it was started, this time included. */
  attempts: number
  /** Asked for by itself, not with a long job. */
  isUrgent: boolean
  request: RenderRequest
}

type ClaimedRow = {
  job_line_id: number
  job_id: JobId
  project_id: ProjectId
  line_id: LineId
  engine_id: EngineId
  attempts: number
  is_urgent: 0 | 1
  request: string
}

export const selectNext = statement<{ engineId: EngineId }, ClaimedRow>(
  'job-line.next',
  `SELECT job_line_id, job_id, job_line.project_id, line_id, engine_id, attempts, is_urgent, request
   FROM job_line JOIN job ON job.sequence = job_sequence
   WHERE engine_id = @engineId AND status = 'queued'
   ORDER BY is_urgent DESC, job_sequence, position LIMIT 1`,
)
const startLine = statement<{ jobLineId: number }>(
  'job-line.start',
  `UPDATE job_line SET status = 'running', attempts = attempts + 1, retry_at_epoch_ms = NULL, error = NULL
   WHERE job_line_id = @jobLineId`,
)

/**
 * The first line in the queue that is for this engine, now running. Requests that cannot be read, because another version
 * of the app wrote them, are cancelled on the way: their lines show as not rendered and can be asked for again.
 */
export const claimNextLine = (db: WritableDb, engineId: EngineId): ClaimedLine | undefined =>
  transaction(db, () => {
    for (;;) {
      const row = selectNext(db).get({ engineId })
      if (!row) return undefined
      const request = renderRequestSchema.safeParse(JSON.parse(row.request))
      if (!request.success) {
        finishJobLine(db, row.job_line_id, 'cancelled')
        continue
      }
      startLine(db).run({ jobLineId: row.job_line_id })
      return {
        jobLineId: row.job_line_id,
        jobId: row.job_id,
        projectId: row.project_id,
        lineId: row.line_id,
        engineId: row.engine_id,
        attempts: row.attempts + 1,
        isUrgent: row.is_urgent === 1,
        request: request.data,
      }
    }
  })

const finishLine = statement<{ jobLineId: number; status: 'done' | 'cancelled' }>(
  'job-line.finish',
  `UPDATE job_line SET status = @status, request = NULL, retry_at_epoch_ms = NULL, error = NULL
   WHERE job_line_id = @jobLineId`,
)
const failLine = statement<{ jobLineId: number; error: string }>(
  'job-line.fail',
  `UPDATE job_line SET status = 'failed', error = @error WHERE job_line_id = @jobLineId AND status = 'running'`,
)
const delayLine = statement<{ jobLineId: number; retryAtEpochMs: number; error: string }>(
  'job-line.delay',
  `UPDATE job_line SET status = 'waiting', retry_at_epoch_ms = @retryAtEpochMs, error = @error
   WHERE job_line_id = @jobLineId AND status = 'running'`,
)
const putLineBack = statement<{ jobLineId: number; error: string | null }>(
  'job-line.put-back',
  `UPDATE job_line SET status = 'queued', attempts = attempts - 1, error = @error
   WHERE job_line_id = @jobLineId AND status = 'running'`,
)

/** Done, or not to be done any more: nothing will ask for its request again. */
export const finishJobLine = (db: WritableDb, jobLineId: number, status: 'done' | 'cancelled'): void => {
  finishLine(db).run({ jobLineId, status })
}

export const failJobLine = (db: WritableDb, jobLineId: number, error: AppErrorData): void => {
  failLine(db).run({ jobLineId, error: JSON.stringify(error) })
}

/** Held back until it is tried again. */
export const delayJobLine = (db: WritableDb, jobLineId: number, retryAtEpochMs: number, error: AppErrorData): void => {
  delayLine(db).run({ jobLineId, retryAtEpochMs, error: JSON.stringify(error) })
}

/** Back to its place in the queue, as if it had not been started. */
export const putJobLineBack = (db: WritableDb, jobLineId: number, error: AppErrorData | null): void => {
  putLineBack(db).run({ jobLineId, error: error && JSON.stringify(error) })
}

const putRunningBack = statement<{ except: string }>(
  'job-line.put-running-back',
  `UPDATE job_line SET status = 'queued', attempts = attempts - 1
   WHERE status = 'running' AND job_line_id NOT IN (SELECT value FROM json_each(@except))`,
)

/** Lines that say they run, but do not: those of a process that ended. */
export const putRunningLinesBack = (db: WritableDb, stillRunning: readonly number[] = []): number =>
  putRunningBack(db).run({ except: JSON.stringify(stillRunning) })

const wakeLines = statement<{ nowEpochMs: number }>(
  'job-line.wake',
  `UPDATE job_line SET status = 'queued', retry_at_epoch_ms = NULL
   WHERE status = 'waiting' AND retry_at_epoch_ms <= @nowEpochMs`,
)
const selectNextRetry = statement<Record<string, never>, { retry_at_epoch_ms: number }>(
  'job-line.next-retry',
  `SELECT retry_at_epoch_ms FROM job_line WHERE status = 'waiting' ORDER BY retry_at_epoch_ms LIMIT 1`,
)

/** Lines whose time has come go back into the queue. @returns when the next one is due */
export const wakeDueLines = (db: WritableDb, nowEpochMs: number): number | undefined =>
  transaction(db, () => {
    wakeLines(db).run({ nowEpochMs })
    return selectNextRetry(db).get({})?.retry_at_epoch_ms
  })

const failQueued = statement<{ engineId: EngineId; error: string; limit: number }>(
  'job-line.fail-queued',
  `UPDATE job_line SET status = 'failed', error = @error WHERE job_line_id IN (
     SELECT job_line_id FROM job_line WHERE engine_id = @engineId AND status = 'queued'
     ORDER BY is_urgent DESC, job_sequence, position LIMIT @limit)`,
)

/** Nothing can be spoken by this engine: some of its lines fail. @returns how many; 0 when none are left */
export const failQueuedLines = (db: WritableDb, engineId: EngineId, error: AppErrorData, limit: number): number =>
  failQueued(db).run({ engineId, error: JSON.stringify(error), limit })

const selectEngines = statement<Record<string, never>, { engine_id: EngineId }>(
  'job-line.engines',
  `SELECT DISTINCT engine_id FROM job_line WHERE status = 'queued'`,
)
const selectAnyOpen = statement<Record<string, never>, { found: 1 }>(
  'job-line.any-open',
  `SELECT 1 AS found FROM job_line WHERE status IN ('queued', 'running', 'waiting') LIMIT 1`,
)
const selectProjects = statement<Record<string, never>, { project_id: ProjectId }>(
  'job-line.open-projects',
  `SELECT DISTINCT project_id FROM job_line WHERE status IN ('queued', 'running', 'waiting')`,
)
const selectLine = statement<{ projectId: ProjectId; lineId: LineId }, { found: 1 }>(
  'line.exists',
  'SELECT 1 AS found FROM line WHERE line_id = @lineId AND project_id = @projectId',
)

export const enginesWithQueuedLines = (db: ReadableDb): EngineId[] =>
  selectEngines(db)
    .all({})
    .map((row) => row.engine_id)

export const hasOpenJobLines = (db: ReadableDb): boolean => selectAnyOpen(db).get({}) !== undefined

export const projectsWithOpenJobLines = (db: ReadableDb): ProjectId[] =>
  selectProjects(db)
    .all({})
    .map((row) => row.project_id)

/** False once the line was removed from its project. */
export const isLineInProject = (db: ReadableDb, projectId: ProjectId, lineId: LineId): boolean =>
  selectLine(db).get({ projectId, lineId }) !== undefined
