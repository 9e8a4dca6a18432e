import { z } from 'zod'
import { askFor, type ServerAccess } from './server-access.ts'
import { orGone, type SchedulePriority, type ServerTaskState, taskSchema } from './task-waiting.ts'
import type { ServerTaskAsked } from './tasks.ts'

/** Only v3 has a schedule. It lives in the server's memory. @source cosyvoice cloud-apis E.4 */
const ROOT = '/api/v3/schedule'

export type ScheduleAsked = ServerTaskAsked & { readonly priority: SchedulePriority }

const at = (route: string, taskId: string): string => `${ROOT}/${route}/${encodeURIComponent(taskId)}`

/** Puts a line into the queue; nothing is spoken before it is told to. */
export const registerScheduled = (
  access: ServerAccess,
  { text, voice, speed, priority }: ScheduleAsked,
  signal: AbortSignal,
): Promise<ServerTaskState> =>
  askFor(
    access,
    {
      path: `${ROOT}/register`,
      method: 'POST',
      json: { text, voice_id: voice, format: 'wav', speed, priority },
      texts: [text],
    },
    taskSchema,
    signal,
  )

/**
 * Tells the server to speak a line of the queue. To be called once for each: a second call starts a second run of it.
 * @throws RemoteFailure `unavailable` where the task is not known any more
 */
export const renderScheduled = (access: ServerAccess, taskId: string, signal: AbortSignal): Promise<ServerTaskState> =>
  orGone(() => askFor(access, { path: at('render', taskId), method: 'POST' }, taskSchema, signal))

/** @throws RemoteFailure `unavailable` where the task is not known any more */
export const scheduledState = (access: ServerAccess, taskId: string, signal: AbortSignal): Promise<ServerTaskState> =>
  orGone(() => askFor(access, { path: at('status', taskId) }, taskSchema, signal))

const messageSchema = z.object({ message: z.string().catch('') })

/**
 * Takes a line out of the queue, with its file.
 * @throws RemoteFailure `bad-request` while it is being spoken, `unavailable` where it is not known any more
 */
export const removeScheduled = async (access: ServerAccess, taskId: string, signal: AbortSignal): Promise<void> => {
  await orGone(() => askFor(access, { path: at('task', taskId), method: 'DELETE' }, messageSchema, signal))
}

const countsSchema = z.record(z.string(), z.number().int().nonnegative()).catch({})
const statsSchema = z.object({
  total_tasks: z.number().int().nonnegative(),
  status_counts: countsSchema,
  priority_counts: countsSchema,
  average_synthesis_time: z.number().nonnegative().catch(0),
})

export type QueueStats = {
  readonly tasks: number
  readonly byStatus: Readonly<Record<string, number>>
  readonly byPriority: Readonly<Record<string, number>>
  /** 0 before the first is completed. */
  readonly averageSynthesisSec: number
}

export const queueStats = async (access: ServerAccess, signal: AbortSignal): Promise<QueueStats> => {
  const told = await askFor(access, { path: `${ROOT}/queue-stats` }, statsSchema, signal)
  return {
    tasks: told.total_tasks,
    byStatus: told.status_counts,
    byPriority: told.priority_counts,
    averageSynthesisSec: told.average_synthesis_time,
  }
}
