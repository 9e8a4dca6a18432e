import { type ProjectEdit, type ProjectRecord, type RecordRef, refOf } from '../../shared/project/index.ts'

/** What an edit leaves behind for one record: its new content, or its absence. */
type Outcome = { put: ProjectRecord } | { remove: RecordRef }

const keyOfRecord = (record: ProjectRecord): string => (record.kind === 'project' ? 'project' : keyOfRef(refOf(record)))
const keyOfRef = (ref: RecordRef): string => `${ref.kind} ${ref.id}`

const fold = (edits: readonly ProjectEdit[]): ProjectEdit => {
  const outcomes = new Map<string, Outcome>()
  for (const edit of edits) {
    for (const ref of edit.remove) outcomes.set(keyOfRef(ref), { remove: ref })
    for (const record of edit.put) outcomes.set(keyOfRecord(record), { put: record })
  }
  const merged: ProjectEdit = { put: [], remove: [] }
  for (const outcome of outcomes.values()) {
    if ('put' in outcome) merged.put.push(outcome.put)
    else merged.remove.push(outcome.remove)
  }
  return merged
}

/** The same edit with each record named once: removals come first and the last word on a record counts. */
export const withoutRepeats = (edit: ProjectEdit): ProjectEdit => fold([edit])

/** One edit that does what the two do one after the other. */
export const mergeEdits = (first: ProjectEdit, second: ProjectEdit): ProjectEdit => fold([first, second])
