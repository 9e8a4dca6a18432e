import { AppError, type ProjectId } from '../../shared/kernel/index.ts'
import type { ProjectEdit, ProjectRecord, ProjectSettings, RecordRef } from '../../shared/project/index.ts'
import { refOf } from '../../shared/project/index.ts'
import type { WritableDb } from './db.ts'
import { saveProjectSettings } from './project-rows.ts'
import type { RecordTable } from './record-table.ts'
import { chapterTable, characterTable, clipTable, lineTable, trackTable } from './record-tables.ts'

export const editConflict = (reason: string, cause?: unknown): AppError =>
  new AppError('project.edit-conflict', { params: { reason }, remedies: ['reload-project'], cause })

const isOfProject = (projectId: ProjectId, owner: ProjectId): void => {
  if (owner !== projectId) throw editConflict('record-of-another-project')
}

/** Writes one record. @returns what was there before */
const put = <Id extends string, Content>(
  db: WritableDb,
  table: RecordTable<Id, Content>,
  projectId: ProjectId,
  record: Content,
): Content | undefined => {
  const previous = table.find(db, table.idOf(record))
  if (previous) isOfProject(projectId, previous.projectId)
  table.put(db, projectId, record)
  return previous?.record
}

const putRecord = (db: WritableDb, projectId: ProjectId, record: Exclude<ProjectRecord, ProjectSettings>) => {
  switch (record.kind) {
    case 'chapter':
      return put(db, chapterTable, projectId, record)
    case 'character':
      return put(db, characterTable, projectId, record)
    case 'line':
      return put(db, lineTable, projectId, record)
    case 'track':
      return put(db, trackTable, projectId, record)
    case 'clip':
      return put(db, clipTable, projectId, record)
  }
}

const remove = <Id extends string, Content>(
  db: WritableDb,
  table: RecordTable<Id, Content>,
  projectId: ProjectId,
  id: Id,
): Content | undefined => {
  const previous = table.find(db, id)
  if (!previous) return undefined
  isOfProject(projectId, previous.projectId)
  table.remove(db, id)
  return previous.record
}

const removeRecord = (db: WritableDb, projectId: ProjectId, ref: RecordRef) => {
  switch (ref.kind) {
    case 'chapter':
      return remove(db, chapterTable, projectId, ref.id)
    case 'character':
      return remove(db, characterTable, projectId, ref.id)
    case 'line':
      return remove(db, lineTable, projectId, ref.id)
    case 'track':
      return remove(db, trackTable, projectId, ref.id)
    case 'clip':
      return remove(db, clipTable, projectId, ref.id)
  }
}

/**
 * Brings the rows of a project to where the edit wants them; removing what is not there changes nothing, as in applyEdit.
 * Runs inside a transaction, which checks the foreign keys at its end.
 * @param edit names each record once
 * @returns the edit that takes it back
 * @throws AppError `project.edit-conflict` for a record of another project, or a changed sample rate
 */
export const writeEdit = (db: WritableDb, settings: ProjectSettings, edit: ProjectEdit): ProjectEdit => {
  const inverse: ProjectEdit = { put: [], remove: [] }
  const { projectId } = settings
  for (const ref of edit.remove) {
    const previous = removeRecord(db, projectId, ref)
    if (previous) inverse.put.push(previous)
  }
  for (const record of edit.put) {
    if (record.kind === 'project') {
      isOfProject(projectId, record.projectId)
      if (record.sampleRateHz !== settings.sampleRateHz) throw editConflict('sample-rate-is-fixed')
      saveProjectSettings(db, record)
      inverse.put.push(settings)
      continue
    }
    const previous = putRecord(db, projectId, record)
    if (previous) inverse.put.push(previous)
    else inverse.remove.push(refOf(record))
  }
  return inverse
}
