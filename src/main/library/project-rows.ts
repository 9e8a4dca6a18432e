import type { CharacterId, ProjectId, SampleRateHz } from '../../shared/kernel/index.ts'
import { AppError } from '../../shared/kernel/index.ts'
import type { ProjectSettings } from '../../shared/project/index.ts'
import { type ReadableDb, type SqlParams, statement, type WritableDb } from './db.ts'
import { directionFromColumn, directionToColumn } from './record-columns.ts'

type SettingsRow = {
  project_id: ProjectId
  title: string
  author: string
  album: string
  sample_rate_hz: SampleRateHz
  line_pause_sec: number
  paragraph_pause_sec: number
  chapter_pause_sec: number
  direction: string
  narrator_id: CharacterId
  script_tail: string
  created_at_epoch_ms: number
}
/** How often the document changed, and where it stands in its history. */
export type ProjectProgress = { revision: number; historyPosition: number }
type ProjectRow = SettingsRow & { revision: number; history_position: number }

/** A project's row: its settings, which are a record, and its progress, which is not. */
export type StoredProject = { settings: ProjectSettings; progress: ProjectProgress }

const settingsFromRow = (row: SettingsRow): ProjectSettings => ({
  kind: 'project',
  projectId: row.project_id,
  title: row.title,
  author: row.author,
  album: row.album,
  sampleRateHz: row.sample_rate_hz,
  pauses: {
    linePauseSec: row.line_pause_sec,
    paragraphPauseSec: row.paragraph_pause_sec,
    chapterPauseSec: row.chapter_pause_sec,
  },
  direction: directionFromColumn(row.direction),
  narratorId: row.narrator_id,
  scriptTail: row.script_tail,
  createdAtEpochMs: row.created_at_epoch_ms,
})

const settingsToRow = (settings: ProjectSettings): SettingsRow & SqlParams => ({
  project_id: settings.projectId,
  title: settings.title,
  author: settings.author,
  album: settings.album,
  sample_rate_hz: settings.sampleRateHz,
  line_pause_sec: settings.pauses.linePauseSec,
  paragraph_pause_sec: settings.pauses.paragraphPauseSec,
  chapter_pause_sec: settings.pauses.chapterPauseSec,
  direction: directionToColumn(settings.direction),
  narrator_id: settings.narratorId,
  script_tail: settings.scriptTail,
  created_at_epoch_ms: settings.createdAtEpochMs,
})

export const selectProject = statement<{ projectId: ProjectId }, ProjectRow>(
  'project.find',
  'SELECT * FROM project WHERE project_id = @projectId',
)
const insertProject = statement<SqlParams>(
  'project.insert',
  `INSERT INTO project (project_id, title, author, album, sample_rate_hz, line_pause_sec, paragraph_pause_sec,
     chapter_pause_sec, direction, narrator_id, script_tail, created_at_epoch_ms, changed_at_epoch_ms, revision,
     history_position)
   VALUES (@project_id, @title, @author, @album, @sample_rate_hz, @line_pause_sec, @paragraph_pause_sec,
     @chapter_pause_sec, @direction, @narrator_id, @script_tail, @created_at_epoch_ms, @nowEpochMs, 0, 0)`,
)
const updateSettings = statement<SqlParams>(
  'project.update-settings',
  `UPDATE project SET title = @title, author = @author, album = @album, sample_rate_hz = @sample_rate_hz,
     line_pause_sec = @line_pause_sec, paragraph_pause_sec = @paragraph_pause_sec,
     chapter_pause_sec = @chapter_pause_sec, direction = @direction, narrator_id = @narrator_id,
     script_tail = @script_tail, created_at_epoch_ms = @created_at_epoch_ms
   WHERE project_id = @project_id`,
)
const updateProgress = statement<{ projectId: ProjectId; nowEpochMs: number } & ProjectProgress>(
  'project.update-progress',
  `UPDATE project SET revision = @revision, history_position = @historyPosition, changed_at_epoch_ms = @nowEpochMs
   WHERE project_id = @projectId`,
)

/** @throws AppError `project.not-found` */
export const getStoredProject = (db: ReadableDb, projectId: ProjectId): StoredProject => {
  const row = selectProject(db).get({ projectId })
  if (!row) throw new AppError('project.not-found', { params: { projectId } })
  return {
    settings: settingsFromRow(row),
    progress: { revision: row.revision, historyPosition: row.history_position },
  }
}

export const insertProjectSettings = (db: WritableDb, settings: ProjectSettings): void => {
  insertProject(db).run({ ...settingsToRow(settings), nowEpochMs: db.surroundings.nowEpochMs() })
}

export const saveProjectSettings = (db: WritableDb, settings: ProjectSettings): void => {
  updateSettings(db).run(settingsToRow(settings))
}

/** The document changed: counts it and notes when. */
export const saveProgress = (db: WritableDb, projectId: ProjectId, progress: ProjectProgress): void => {
  updateProgress(db).run({ projectId, nowEpochMs: db.surroundings.nowEpochMs(), ...progress })
}
