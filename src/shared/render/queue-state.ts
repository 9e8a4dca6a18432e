import { z } from 'zod'
import {
  appErrorDataSchema,
  countSchema,
  epochMsSchema,
  jobIdSchema,
  lineIdSchema,
  projectIdSchema,
} from '../kernel/index.ts'

export const queueLineStatusSchema = z.enum(['queued', 'running', 'waiting', 'done', 'failed', 'cancelled'])
export type QueueLineStatus = z.output<typeof queueLineStatusSchema>

/** One line of a render job. `waiting` is a retry held back until `retryAtEpochMs`. */
export const queueLineSchema = z.object({
  lineId: lineIdSchema,
  status: queueLineStatusSchema,
  attempts: countSchema,
  retryAtEpochMs: epochMsSchema.nullable(),
  error: appErrorDataSchema.nullable(),
})
export type QueueLine = z.output<typeof queueLineSchema>

export const renderJobStatusSchema = z.enum(['queued', 'running', 'done', 'failed', 'cancelled'])

export const renderJobSchema = z.object({
  jobId: jobIdSchema,
  projectId: projectIdSchema,
  projectTitle: z.string(),
  status: renderJobStatusSchema,
  totalLines: countSchema,
  doneLines: countSchema,
  failedLines: countSchema,
  cancelledLines: countSchema,
  createdAtEpochMs: epochMsSchema,
  /** Learned from what was spoken so far; null while nothing is known. */
  remainingSec: z.number().nonnegative().nullable(),
  /** Preparing the engine, as opposed to speaking. */
  isLoadingEngine: z.boolean(),
})
export type RenderJob = z.output<typeof renderJobSchema>
