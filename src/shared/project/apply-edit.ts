import type { Project, ProjectEdit, RecordRef } from './project.ts'
import { refOf } from './project.ts'
import type { ProjectRecord } from './records.ts'

export type AppliedEdit = { project: Project; inverse: ProjectEdit }

/**
 * The document after an edit, and the edit that takes it back. Collections that the edit does not touch keep their
 * identity, so a view of them need not look again.
 */
export const applyEdit = (project: Project, edit: ProjectEdit): AppliedEdit => {
  const inverse: { put: ProjectRecord[]; remove: RecordRef[] } = { put: [], remove: [] }
  let settings = project.settings
  const copies = new Map<RecordRef['kind'], Map<string, ProjectRecord>>()

  const collection = (kind: RecordRef['kind']): Map<string, ProjectRecord> => {
    const known = copies.get(kind)
    if (known) return known
    const copy = new Map<string, ProjectRecord>(project[`${kind}s`])
    copies.set(kind, copy)
    return copy
  }

  for (const ref of edit.remove) {
    const records = collection(ref.kind)
    const previous = records.get(ref.id)
    if (!previous) continue
    records.delete(ref.id)
    inverse.put.push(previous)
  }
  for (const record of edit.put) {
    if (record.kind === 'project') {
      inverse.put.push(settings)
      settings = record
      continue
    }
    const ref = refOf(record)
    const records = collection(ref.kind)
    const previous = records.get(ref.id)
    records.set(ref.id, record)
    if (previous) inverse.put.push(previous)
    else inverse.remove.push(ref)
  }
  const changed = Object.fromEntries([...copies].map(([kind, records]) => [`${kind}s`, records]))
  return { project: Object.assign({ ...project }, changed, { settings }), inverse }
}
