import { AppError, assert, type ProjectId, type SampleRateHz, samplesToSec } from '../../shared/kernel/index.ts'
import type {
  EditHistory,
  ProjectEdit,
  ProjectRecord,
  ProjectSettings,
  ProjectSnapshot,
  ProjectSummary,
} from '../../shared/project/index.ts'
import { isConstraintViolation, type ReadableDb, statement, transaction, type WritableDb } from './db.ts'
import { findStep, historyOf, recordStep, sealEditStep } from './edit-history.ts'
import { withoutRepeats } from './merge-edits.ts'
import { getStoredProject, insertProjectSettings, saveProgress, selectProject } from './project-rows.ts'
import { chapterTable, characterTable, clipTable, lineTable, trackTable } from './record-tables.ts'
import { editConflict, writeEdit } from './write-edit.ts'

type SummaryRow = {
  project_id: ProjectId
  title: string
  author: string
  line_count: number
  chapter_count: number
  character_count: number
  sample_rate_hz: SampleRateHz
  changed_at_epoch_ms: number
}

export const selectSummaries = statement<Record<string, never>, SummaryRow>(
  'project.summaries',
  `SELECT project_id, title, author, sample_rate_hz, changed_at_epoch_ms,
     (SELECT count(*) FROM line WHERE line.project_id = project.project_id) AS line_count,
     (SELECT count(*) FROM chapter WHERE chapter.project_id = project.project_id) AS chapter_count,
     (SELECT count(*) FROM character WHERE character.project_id = project.project_id) AS character_count
   FROM project ORDER BY changed_at_epoch_ms DESC, project_id`,
)
/** SQLite takes the bare column from the row that holds the maximum. @source https://www.sqlite.org/lang_select.html */
export const selectSpokenSamples = statement<{ projectId: ProjectId }, { spoken_samples: number | null }>(
  'project.spoken-samples',
  `SELECT sum(duration_samples) AS spoken_samples FROM
     (SELECT max(sequence), duration_samples, line_id FROM take WHERE project_id = @projectId GROUP BY line_id) AS newest
   WHERE EXISTS (SELECT 1 FROM line WHERE line.project_id = @projectId AND line.line_id = newest.line_id)`,
)
const deleteProjectRow = statement<{ projectId: ProjectId }>(
  'project.delete',
  'DELETE FROM project WHERE project_id = @projectId',
)

/** Newest change first. */
export const listProjects = (db: ReadableDb): ProjectSummary[] =>
  selectSummaries(db)
    .all({})
    .map((row) => ({
      projectId: row.project_id,
      title: row.title,
      author: row.author,
      lineCount: row.line_count,
      chapterCount: row.chapter_count,
      characterCount: row.character_count,
      spokenSec: samplesToSec(
        selectSpokenSamples(db).get({ projectId: row.project_id })?.spoken_samples ?? 0,
        row.sample_rate_hz,
      ),
      sampleRateHz: row.sample_rate_hz,
      changedAtEpochMs: row.changed_at_epoch_ms,
    }))

/** A broken reference among an edit's records is a conflict, not a bug of the database. */
const withConflicts = <Result>(db: WritableDb, body: () => Result): Result => {
  try {
    return transaction(db, body)
  } catch (error) {
    throw isConstraintViolation(error) ? editConflict('broken-reference', error) : error
  }
}

/**
 * Adds a project with an empty history.
 * @param records the settings, once, and everything else, in any order
 * @throws AppError `project.edit-conflict` when an id is taken or a reference broken
 */
export const createProject = (db: WritableDb, records: Iterable<ProjectRecord>): ProjectId =>
  withConflicts(db, () => {
    const put = [...records]
    const settings = put.find((record): record is ProjectSettings => record.kind === 'project')
    assert(settings, 'a project has settings')
    if (selectProject(db).get({ projectId: settings.projectId })) throw editConflict('project-exists')
    insertProjectSettings(db, settings)
    writeEdit(db, settings, withoutRepeats({ put, remove: [] }))
    return settings.projectId
  })

/**
 * Removes a project with its takes' rows, jobs and history. Files of takes nobody refers to go with the next sweep.
 * @throws AppError `project.not-found`
 */
export const deleteProject = (db: WritableDb, projectId: ProjectId): void => {
  if (transaction(db, () => deleteProjectRow(db).run({ projectId })) === 0)
    throw new AppError('project.not-found', { params: { projectId } })
}

/** @throws AppError `project.not-found` */
export const loadProject = (db: ReadableDb, projectId: ProjectId): ProjectSnapshot => {
  const { settings, progress } = getStoredProject(db, projectId)
  return {
    records: [
      settings,
      ...chapterTable.list(db, projectId),
      ...characterTable.list(db, projectId),
      ...lineTable.list(db, projectId),
      ...trackTable.list(db, projectId),
      ...clipTable.list(db, projectId),
    ],
    history: historyOf(db, projectId, progress),
  }
}

export type EditOptions = {
  projectId: ProjectId
  edit: ProjectEdit
  /** Catalogue key of what was done. */
  label: string
  /** An edit joins the step before it where both have the same key and follow each other within a few seconds. */
  coalesceKey: string | null
}

/**
 * Writes an edit and remembers it as an undoable step; what had been undone before can no longer be redone.
 * @throws AppError `project.not-found`, or `project.edit-conflict` with nothing changed
 */
export const editProject = (db: WritableDb, { projectId, edit, label, coalesceKey }: EditOptions): EditHistory =>
  withConflicts(db, () => {
    const { settings, progress } = getStoredProject(db, projectId)
    if (edit.put.length + edit.remove.length === 0) return historyOf(db, projectId, progress)
    const redo = withoutRepeats(edit)
    const undo = writeEdit(db, settings, redo)
    const historyPosition = recordStep(db, projectId, progress.historyPosition, { label, coalesceKey, undo, redo })
    const changed = { revision: progress.revision + 1, historyPosition }
    saveProgress(db, projectId, changed)
    return historyOf(db, projectId, changed)
  })

/** An edit that main has written, for the window to apply to its own copy. */
export type ReplayedEdit = { edit: ProjectEdit; history: EditHistory }

/** @throws AppError `project.nothing-to-undo`, `project.not-found` */
export const undoEdit = (db: WritableDb, projectId: ProjectId): ReplayedEdit => replay(db, projectId, 'undo')

/** @throws AppError `project.nothing-to-redo`, `project.not-found` */
export const redoEdit = (db: WritableDb, projectId: ProjectId): ReplayedEdit => replay(db, projectId, 'redo')

const replay = (db: WritableDb, projectId: ProjectId, direction: 'undo' | 'redo'): ReplayedEdit =>
  withConflicts(db, () => {
    const { settings, progress } = getStoredProject(db, projectId)
    const stepNumber = direction === 'undo' ? progress.historyPosition : progress.historyPosition + 1
    const step = findStep(db, projectId, stepNumber)
    if (!step) throw new AppError(`project.nothing-to-${direction}`)
    const edit = step[direction]
    writeEdit(db, settings, edit)
    sealEditStep(db, projectId, stepNumber)
    const historyPosition = direction === 'undo' ? stepNumber - 1 : stepNumber
    const changed = { revision: progress.revision + 1, historyPosition }
    saveProgress(db, projectId, changed)
    return { edit, history: historyOf(db, projectId, changed) }
  })
