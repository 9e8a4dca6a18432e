import type { ProjectId } from '../../shared/kernel/index.ts'
import { type EditHistory, type ProjectEdit, projectEditSchema } from '../../shared/project/index.ts'
import { type ReadableDb, statement, type WritableDb } from './db.ts'
import { mergeEdits } from './merge-edits.ts'
import type { ProjectProgress } from './project-rows.ts'

/** Steps a person can go back, per project. */
export const MAX_STEPS = 1_000
/** Steps that rewrite a whole book are kept up to so much in all; the newest is always kept. */
export const MAX_HISTORY_BYTES = 64 * 1024 * 1024
/** A thousand smaller steps stay below the limit by themselves. */
const LARGE_STEP_CHARACTERS = 64 * 1024
/** Typing that rests for longer than this starts a new step. */
export const COALESCE_WITHIN_MS = 5_000

type StepRow = {
  label: string
  coalesce_key: string | null
  undo_edit: string
  redo_edit: string
  written_at_epoch_ms: number
}
type StepPlace = { projectId: ProjectId; stepNumber: number }

/** One undoable step. */
export type EditStep = { label: string; undo: ProjectEdit; redo: ProjectEdit }
export type NewEditStep = EditStep & { coalesceKey: string | null }

export const selectStep = statement<StepPlace, StepRow>(
  'edit-step.find',
  `SELECT label, coalesce_key, undo_edit, redo_edit, written_at_epoch_ms FROM edit_step
   WHERE project_id = @projectId AND step_number = @stepNumber`,
)
const selectLabel = statement<StepPlace, { label: string }>(
  'edit-step.label',
  'SELECT label FROM edit_step WHERE project_id = @projectId AND step_number = @stepNumber',
)
const insertStep = statement<
  StepPlace & { label: string; coalesceKey: string | null; undo: string; redo: string; nowEpochMs: number }
>(
  'edit-step.insert',
  `INSERT INTO edit_step (project_id, step_number, label, coalesce_key, undo_edit, redo_edit, written_at_epoch_ms)
   VALUES (@projectId, @stepNumber, @label, @coalesceKey, @undo, @redo, @nowEpochMs)`,
)
const growStep = statement<StepPlace & { undo: string; redo: string; nowEpochMs: number }>(
  'edit-step.grow',
  `UPDATE edit_step SET undo_edit = @undo, redo_edit = @redo, written_at_epoch_ms = @nowEpochMs
   WHERE project_id = @projectId AND step_number = @stepNumber`,
)
const sealStep = statement<StepPlace>(
  'edit-step.seal',
  'UPDATE edit_step SET coalesce_key = NULL WHERE project_id = @projectId AND step_number = @stepNumber',
)
export const deleteStepsOutside = statement<{ projectId: ProjectId; oldest: number; newest: number }>(
  'edit-step.delete-outside',
  `DELETE FROM edit_step WHERE project_id = @projectId AND step_number > @newest
   OR project_id = @projectId AND step_number < @oldest`,
)

const deleteStepsBeyond = statement<{ projectId: ProjectId; maxBytes: number }>(
  'edit-step.delete-beyond',
  `DELETE FROM edit_step WHERE project_id = @projectId AND step_number <= (
     SELECT max(step_number) FROM (
       SELECT step_number, row_number() OVER newest_first AS place,
         sum(octet_length(undo_edit) + octet_length(redo_edit)) OVER newest_first AS total_bytes
       FROM edit_step WHERE project_id = @projectId WINDOW newest_first AS (ORDER BY step_number DESC))
     WHERE total_bytes > @maxBytes AND place > 1)`,
)

const editFromColumn = (column: string): ProjectEdit => projectEditSchema.parse(JSON.parse(column))

/** What undo and redo would do next. */
export const historyOf = (db: ReadableDb, projectId: ProjectId, progress: ProjectProgress): EditHistory => {
  const labelAt = (stepNumber: number): string | null => selectLabel(db).get({ projectId, stepNumber })?.label ?? null
  return {
    revision: progress.revision,
    undoLabel: labelAt(progress.historyPosition),
    redoLabel: labelAt(progress.historyPosition + 1),
  }
}

export const findStep = (db: ReadableDb, projectId: ProjectId, stepNumber: number): EditStep | undefined => {
  const row = selectStep(db).get({ projectId, stepNumber })
  return row && { label: row.label, undo: editFromColumn(row.undo_edit), redo: editFromColumn(row.redo_edit) }
}

/** No later edit joins this step: something was undone in between. */
export const sealEditStep = (db: WritableDb, projectId: ProjectId, stepNumber: number): void => {
  sealStep(db).run({ projectId, stepNumber })
}

/**
 * Remembers an edit after the step at `position`, forgetting what had been undone there; or lets it join that step.
 * @returns the new position
 */
export const recordStep = (db: WritableDb, projectId: ProjectId, position: number, step: NewEditStep): number => {
  const nowEpochMs = db.surroundings.nowEpochMs()
  const last = joinableStep(db, projectId, position, step.coalesceKey, nowEpochMs)
  if (last) {
    const undo = JSON.stringify(mergeEdits(step.undo, editFromColumn(last.undo_edit)))
    const redo = JSON.stringify(mergeEdits(editFromColumn(last.redo_edit), step.redo))
    growStep(db).run({ projectId, stepNumber: position, undo, redo, nowEpochMs })
    return position
  }
  const stepNumber = position + 1
  deleteStepsOutside(db).run({ projectId, newest: position, oldest: stepNumber - MAX_STEPS + 1 })
  const { label, coalesceKey } = step
  const [undo, redo] = [JSON.stringify(step.undo), JSON.stringify(step.redo)]
  insertStep(db).run({ projectId, stepNumber, label, coalesceKey, undo, redo, nowEpochMs })
  if (undo.length + redo.length > LARGE_STEP_CHARACTERS)
    deleteStepsBeyond(db).run({ projectId, maxBytes: MAX_HISTORY_BYTES })
  return stepNumber
}

/** The step at `position`, where an edit of this key continues it: same key, just now, and nothing undone after it. */
const joinableStep = (
  db: ReadableDb,
  projectId: ProjectId,
  position: number,
  coalesceKey: string | null,
  nowEpochMs: number,
): StepRow | undefined => {
  if (coalesceKey === null) return undefined
  const last = selectStep(db).get({ projectId, stepNumber: position })
  if (last?.coalesce_key !== coalesceKey) return undefined
  const restedMs = nowEpochMs - last.written_at_epoch_ms
  if (restedMs < 0 || restedMs > COALESCE_WITHIN_MS) return undefined
  return selectLabel(db).get({ projectId, stepNumber: position + 1 }) ? undefined : last
}
