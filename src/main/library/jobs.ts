import {
  AppError,
  type AppErrorData,
  appErrorDataSchema,
  type EngineId,
  type JobId,
  type LineId,
  mintJobId,
  type ProjectId,
} from '../../shared/kernel/index.ts'
import type { QueueLine, QueueLineStatus, RenderPlanItem, TakeKey } from '../../shared/render/index.ts'
import { type ReadableDb, statement, transaction, type WritableDb } from './db.ts'
import { selectProject } from './project-rows.ts'

/** A job as the lines of it refer to it. */
export type StoredJob = { jobId: JobId; sequence: number }

/** Lines of one job that are alike: what progress and remaining time are computed from. */
export type JobTally = { status: QueueLineStatus; engineId: EngineId; lines: number; characters: number }
export type JobFacts = {
  jobId: JobId
  projectId: ProjectId
  projectTitle: string
  createdAtEpochMs: number
  tallies: JobTally[]
}

const OPEN = `status IN ('queued', 'running', 'waiting')`

const insertJob = statement<{ jobId: JobId; projectId: ProjectId; nowEpochMs: number }>(
  'job.insert',
  'INSERT INTO job (job_id, project_id, created_at_epoch_ms) VALUES (@jobId, @projectId, @nowEpochMs)',
)
const selectJob = statement<{ jobId: JobId }, { sequence: number }>(
  'job.find',
  'SELECT sequence FROM job WHERE job_id = @jobId',
)
export const selectOpenLine = statement<{ lineId: LineId }, { job_line_id: number; take_key: TakeKey }>(
  'job-line.open',
  `SELECT job_line_id, take_key FROM job_line WHERE line_id = @lineId AND ${OPEN}`,
)
const deleteLine = statement<{ jobLineId: number }>(
  'job-line.delete',
  'DELETE FROM job_line WHERE job_line_id = @jobLineId',
)
const insertLine = statement<{
  jobSequence: number
  projectId: ProjectId
  lineId: LineId
  engineId: EngineId
  takeKey: TakeKey
  characterCount: number
  request: string
  isUrgent: 0 | 1
}>(
  'job-line.insert',
  `INSERT INTO job_line (job_sequence, position, is_urgent, project_id, line_id, engine_id, take_key, character_count, request,
     status, attempts)
   VALUES (@jobSequence, (SELECT 1 + coalesce(max(position), 0) FROM job_line WHERE job_sequence = @jobSequence),
     @isUrgent, @projectId, @lineId, @engineId, @takeKey, @characterCount, @request, 'queued', 0)`,
)

const hurryLine = statement<{ jobLineId: number }>(
  'job-line.hurry',
  'UPDATE job_line SET is_urgent = 1 WHERE job_line_id = @jobLineId',
)

export type AddedLines = {
  /** undefined while nothing new was asked for. */
  job: StoredJob | undefined
  addedLines: number
  /** Lines that were in the queue with an older request and left it for this one; they may be running. */
  supersededLines: number[]
}

/**
 * Appends lines to a job, which is made with its first line. What is in the queue already with the very same request is
 * left where it is, or moves to the front where it is asked for by name now; an older request for the same line makes way.
 * @param isUrgent whether these lines are spoken before those of longer jobs
 * @throws AppError `project.not-found`
 */
export const addJobLines = (
  db: WritableDb,
  projectId: ProjectId,
  known: StoredJob | undefined,
  items: readonly RenderPlanItem[],
  isUrgent = false,
): AddedLines =>
  transaction(db, () => {
    if (!selectProject(db).get({ projectId })) throw new AppError('project.not-found', { params: { projectId } })
    const added: AddedLines = { job: known, addedLines: 0, supersededLines: [] }
    for (const { lineId, request } of items) {
      const { takeKey, engineId } = request
      const open = selectOpenLine(db).get({ lineId })
      if (open?.take_key === takeKey) {
        if (isUrgent) hurryLine(db).run({ jobLineId: open.job_line_id })
        continue
      }
      if (open) {
        deleteLine(db).run({ jobLineId: open.job_line_id })
        added.supersededLines.push(open.job_line_id)
      }
      added.job ??= addJob(db, projectId)
      const jobSequence = added.job.sequence
      const characterCount = request.text.length
      insertLine(db).run({
        ...{ jobSequence, projectId, lineId, engineId, takeKey, characterCount },
        request: JSON.stringify(request),
        isUrgent: isUrgent ? 1 : 0,
      })
      added.addedLines++
    }
    return added
  })

const addJob = (db: WritableDb, projectId: ProjectId): StoredJob => {
  const { mint, nowEpochMs } = db.surroundings
  const jobId = mintJobId(mint)
  insertJob(db).run({ jobId, projectId, nowEpochMs: nowEpochMs() })
  return { jobId, sequence: selectJob(db).get({ jobId })?.sequence ?? 0 }
}

const cancelLinesOfJob = statement<{ jobId: JobId }>(
  'job-line.cancel-job',
  `UPDATE job_line SET status = 'cancelled', request = NULL, retry_at_epoch_ms = NULL
   WHERE job_sequence = (SELECT sequence FROM job WHERE job_id = @jobId) AND ${OPEN}`,
)
const cancelLinesById = statement<{ projectId: ProjectId; lineIds: string }>(
  'job-line.cancel-lines',
  `UPDATE job_line SET status = 'cancelled', request = NULL, retry_at_epoch_ms = NULL
   WHERE line_id IN (SELECT value FROM json_each(@lineIds)) AND project_id = @projectId AND ${OPEN}`,
)
const cancelLinesOfProject = statement<{ projectId: ProjectId }>(
  'job-line.cancel-project',
  `UPDATE job_line SET status = 'cancelled', request = NULL, retry_at_epoch_ms = NULL
   WHERE project_id = @projectId AND ${OPEN}`,
)

/** What leaves the queue. */
export type CancelScope =
  | { kind: 'job'; jobId: JobId }
  | { kind: 'lines'; projectId: ProjectId; lineIds: readonly LineId[] }
  | { kind: 'project'; projectId: ProjectId }

/** Cancels the lines that are not finished; running ones too, which whoever runs them has to stop. */
export const cancelOpenLines = (db: WritableDb, scope: CancelScope): number => {
  switch (scope.kind) {
    case 'job':
      return cancelLinesOfJob(db).run({ jobId: scope.jobId })
    case 'lines':
      return cancelLinesById(db).run({ projectId: scope.projectId, lineIds: JSON.stringify(scope.lineIds) })
    case 'project':
      return cancelLinesOfProject(db).run({ projectId: scope.projectId })
  }
}

const retryLinesOfJob = statement<{ jobId: JobId }>(
  'job-line.retry-job',
  `UPDATE job_line SET status = 'queued', attempts = 0, error = NULL
   WHERE job_sequence = (SELECT sequence FROM job WHERE job_id = @jobId) AND status = 'failed'
     AND NOT EXISTS (SELECT 1 FROM job_line AS other WHERE other.line_id = job_line.line_id AND other.${OPEN})`,
)

/** Failed lines go back into the queue, but for those that are in it again by a later job. */
export const retryFailedLines = (db: WritableDb, jobId: JobId): number => retryLinesOfJob(db).run({ jobId })

const selectJobs = statement<
  Record<string, never>,
  { sequence: number; job_id: JobId; project_id: ProjectId; title: string; created_at_epoch_ms: number }
>(
  'job.list',
  `SELECT job.sequence, job.job_id, job.project_id, project.title, job.created_at_epoch_ms
   FROM job JOIN project USING (project_id) ORDER BY job.sequence`,
)
export const selectTallies = statement<{ jobSequence: number }, JobTally>(
  'job-line.tallies',
  `SELECT status, engine_id AS engineId, count(*) AS lines, sum(character_count) AS characters
   FROM job_line WHERE job_sequence = @jobSequence GROUP BY status, engine_id`,
)

/** Jobs in the order they were asked for. */
export const listJobs = (db: ReadableDb): JobFacts[] =>
  selectJobs(db)
    .all({})
    .map((row) => ({
      jobId: row.job_id,
      projectId: row.project_id,
      projectTitle: row.title,
      createdAtEpochMs: row.created_at_epoch_ms,
      tallies: selectTallies(db).all({ jobSequence: row.sequence }),
    }))

export const findJobProject = (db: ReadableDb, jobId: JobId): ProjectId | undefined =>
  selectJobProject(db).get({ jobId })?.project_id
const selectJobProject = statement<{ jobId: JobId }, { project_id: ProjectId }>(
  'job.project',
  'SELECT project_id FROM job WHERE job_id = @jobId',
)

type QueueLineRow = {
  line_id: LineId
  status: QueueLineStatus
  attempts: number
  retry_at_epoch_ms: number | null
  error: string | null
}
/** SQLite takes the bare columns from the row that holds the maximum: a line's newest place in the queue. */
export const selectQueueLines = statement<{ projectId: ProjectId }, QueueLineRow>(
  'job-line.list',
  `SELECT line_id, max(job_line_id), status, attempts, retry_at_epoch_ms, error FROM job_line
   WHERE project_id = @projectId GROUP BY line_id`,
)

/** Where each line of a project stands that is, or lately was, in the queue. */
export const listQueueLines = (db: ReadableDb, projectId: ProjectId): QueueLine[] =>
  selectQueueLines(db)
    .all({ projectId })
    .map((row) => ({
      lineId: row.line_id,
      status: row.status,
      attempts: row.attempts,
      retryAtEpochMs: row.retry_at_epoch_ms,
      error: errorFromColumn(row.error),
    }))

/** Where the newest request for one line stands. */
export type QueuedRequest = { takeKey: TakeKey; status: QueueLineStatus; error: AppErrorData | null }

export const selectQueuedRequest = statement<
  { projectId: ProjectId; lineId: LineId },
  { take_key: TakeKey; status: QueueLineStatus; error: string | null }
>(
  'job-line.of-line',
  `SELECT take_key, status, error FROM job_line WHERE project_id = @projectId AND line_id = @lineId
   ORDER BY job_line_id DESC LIMIT 1`,
)

export const findQueuedRequest = (db: ReadableDb, projectId: ProjectId, lineId: LineId): QueuedRequest | undefined => {
  const row = selectQueuedRequest(db).get({ projectId, lineId })
  return row && { takeKey: row.take_key, status: row.status, error: errorFromColumn(row.error) }
}

const deleteFinished = statement<{ kept: number }, { project_id: ProjectId }>(
  'job.delete-finished',
  `DELETE FROM job WHERE sequence IN (
     SELECT sequence FROM job
     WHERE NOT EXISTS (SELECT 1 FROM job_line WHERE job_line.job_sequence = job.sequence AND ${OPEN})
     ORDER BY sequence DESC LIMIT -1 OFFSET @kept)
   RETURNING project_id`,
)

/** Forgets jobs with nothing left to do, but for the newest `kept`. @returns the projects they were for */
export const clearFinishedJobs = (db: WritableDb, kept = 0): ProjectId[] => [
  ...new Set(
    transaction(db, () =>
      deleteFinished(db)
        .all({ kept })
        .map((row) => row.project_id),
    ),
  ),
]

export const errorFromColumn = (column: string | null): AppErrorData | null =>
  column === null ? null : appErrorDataSchema.parse(JSON.parse(column))

const selectPause = statement<Record<string, never>, { reason: string | null }>(
  'queue-pause.find',
  'SELECT reason FROM queue_pause',
)
const deletePause = statement<Record<string, never>>('queue-pause.delete', 'DELETE FROM queue_pause')
const insertPause = statement<{ reason: string | null }>(
  'queue-pause.insert',
  'INSERT INTO queue_pause (only, reason) VALUES (1, @reason) ON CONFLICT (only) DO UPDATE SET reason = excluded.reason',
)

/** Why the queue stands still: by the person (no reason), or by an error that every line would meet. */
export type QueuePause = { reason: AppErrorData | null }

export const findQueuePause = (db: ReadableDb): QueuePause | undefined => {
  const row = selectPause(db).get({})
  return row && { reason: errorFromColumn(row.reason) }
}

export const saveQueuePause = (db: WritableDb, pause: QueuePause | undefined): void => {
  if (pause) insertPause(db).run({ reason: pause.reason && JSON.stringify(pause.reason) })
  else deletePause(db).run({})
}
