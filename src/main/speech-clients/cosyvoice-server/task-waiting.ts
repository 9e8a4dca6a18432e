import { z } from 'zod'
import { waitUntil } from '../../clock/index.ts'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import type { ServerAccess } from './server-access.ts'

/** A task as its server tells of it. `registered` and `pending` wait, `failed` and `completed` are over. */
export type ServerTaskState = {
  readonly taskId: string
  readonly status: string
  /** 0 to 1. */
  readonly progress: number
  /** A file that exists only once the task is completed. */
  readonly audioUrl: string | undefined
  readonly errorMessage: string | undefined
  /** From 1; undefined where it waits no more, or is in no queue. */
  readonly queuePosition: number | undefined
  readonly priority: SchedulePriority | undefined
}

export const SCHEDULE_PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const
export type SchedulePriority = (typeof SCHEDULE_PRIORITIES)[number]

const absent = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().catch(undefined)

/** @source cosyvoice cloud-apis E.3, E.4 */
export const taskSchema = z
  .object({
    task_id: z.string().min(1),
    status: z.string(),
    progress: z.number().min(0).max(1).catch(0),
    audio_url: absent(z.string().min(1)),
    error_message: absent(z.string()),
    queue_position: absent(z.number().int().positive()),
    priority: absent(z.enum(SCHEDULE_PRIORITIES)),
  })
  .transform(
    (task): ServerTaskState => ({
      taskId: task.task_id,
      status: task.status,
      progress: task.progress,
      audioUrl: task.audio_url ?? undefined,
      errorMessage: task.error_message ?? undefined,
      queuePosition: task.queue_position ?? undefined,
      priority: task.priority ?? undefined,
    }),
  )

const FIRST_POLL_MS = 1000
const POLL_GROWTH = 1.3
const LONGEST_POLL_MS = 5000
/** A task that is not over by then will not be. */
export const LONGEST_TASK_MS = 600_000

/** @param polls that were made; @source cosyvoice cloud-apis E.4 */
export const pollDelayMs = (polls: number): number => Math.min(FIRST_POLL_MS * POLL_GROWTH ** polls, LONGEST_POLL_MS)

/** The code of failures of tasks that their server does not know. */
export const TASK_IS_GONE = 'task_is_gone'

/** All tasks are in the server's memory: one that it does not know was there before it was started again, or was deleted. */
const asRestart = (error: unknown): unknown =>
  error instanceof RemoteFailure && error.facts.httpStatus === 404
    ? new RemoteFailure('unavailable', {
        ...error.facts,
        ...ownReason('task-gone'),
        code: TASK_IS_GONE,
      })
    : error

/** @throws RemoteFailure `unavailable` with the code TASK_IS_GONE where the server does not know the task; as `ask` */
export const orGone = <Output>(ask: () => Promise<Output>): Promise<Output> =>
  ask().catch((error: unknown) => {
    throw asRestart(error)
  })

const OVER: readonly string[] = ['completed', 'failed']

/**
 * Asks until a task is over.
 * @param over states in which it does nothing any more
 * @returns it, completed or failed
 * @throws RemoteFailure `unavailable` where the server knows it no more, `timeout`; as `read`; AppCancel
 */
export const untilTaskIsOver = async (
  { clock }: Pick<ServerAccess, 'clock'>,
  read: () => Promise<ServerTaskState>,
  signal: AbortSignal,
  over = OVER,
): Promise<ServerTaskState> => {
  const untilEpochMs = clock.nowEpochMs() + LONGEST_TASK_MS
  for (let polls = 0; ; polls += 1) {
    await waitUntil(clock, clock.nowEpochMs() + pollDelayMs(polls), signal)
    const state = await orGone(read)
    if (over.includes(state.status)) return state
    if (clock.nowEpochMs() >= untilEpochMs)
      throw new RemoteFailure('timeout', ownReason('took-longer', { seconds: LONGEST_TASK_MS / 1000 }))
  }
}
