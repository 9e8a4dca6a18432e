import { z } from 'zod'
import { countSchema, epochMsSchema, projectIdSchema, sampleRateSchema } from '../kernel/index.ts'
import { projectRecordSchema } from './records.ts'

/** A project as the home view lists it. */
export const projectSummarySchema = z.object({
  projectId: projectIdSchema,
  title: z.string(),
  author: z.string(),
  lineCount: countSchema,
  chapterCount: countSchema,
  characterCount: countSchema,
  /** Length of the lines' newest takes, without pauses. */
  spokenSec: z.number().nonnegative(),
  sampleRateHz: sampleRateSchema,
  changedAtEpochMs: epochMsSchema,
})
export type ProjectSummary = z.output<typeof projectSummarySchema>

/** What undo and redo would do next: keys of the window's catalogue, null where there is nothing. */
export const editHistorySchema = z.object({
  /** Counts every change of the document. */
  revision: countSchema,
  undoLabel: z.string().nullable(),
  redoLabel: z.string().nullable(),
})
export type EditHistory = z.output<typeof editHistorySchema>

export const projectSnapshotSchema = z.object({ records: z.array(projectRecordSchema), history: editHistorySchema })
export type ProjectSnapshot = z.output<typeof projectSnapshotSchema>
