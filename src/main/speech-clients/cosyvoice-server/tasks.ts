import { z } from 'zod'
import { orCancelled } from '../../clock/index.ts'
import { ownReason, RemoteFailure } from '../../remote/index.ts'
import { askFor, failureTold, type ServerAccess, type ServerGeneration } from './server-access.ts'
import { downloadSound } from './sound-file.ts'
import { orGone, type ServerTaskState, TASK_IS_GONE, taskSchema, untilTaskIsOver } from './task-waiting.ts'
import { FINISHING_MS, type Twins } from './twins.ts'
import type { WavSound } from './wav-stream.ts'

/** What a task is asked to say. */
export type ServerTaskAsked = { readonly text: string; readonly voice: string; readonly speed: number }

const messageSchema = z.object({ message: z.string().catch('') })

/** Starts a task in the background. @throws as `askFor` */
export const startTask = (
  access: ServerAccess,
  generation: ServerGeneration,
  { text, voice, speed }: ServerTaskAsked,
  signal: AbortSignal,
): Promise<ServerTaskState> =>
  askFor(
    access,
    {
      path: `/api/${generation}/cross-lingual/task`,
      method: 'POST',
      json: { text, voice_id: voice, format: 'wav', speed },
      texts: [text],
    },
    taskSchema,
    signal,
  )

/** @throws RemoteFailure `unavailable` with the code TASK_IS_GONE where it is not known any more */
export const taskState = (
  access: ServerAccess,
  generation: ServerGeneration,
  taskId: string,
  signal: AbortSignal,
): Promise<ServerTaskState> =>
  orGone(() =>
    askFor(access, { path: `/api/${generation}/cross-lingual/task/${encodeURIComponent(taskId)}` }, taskSchema, signal),
  )

/**
 * Removes a task and its file; one that runs is not stopped by it.
 * @throws RemoteFailure `unavailable` with the code TASK_IS_GONE where it is not known any more
 */
export const removeTask = async (
  access: ServerAccess,
  generation: ServerGeneration,
  taskId: string,
  signal: AbortSignal,
): Promise<void> => {
  const path = `/api/${generation}/cross-lingual/task/${encodeURIComponent(taskId)}`
  await orGone(() => askFor(access, { path, method: 'DELETE' }, messageSchema, signal))
}

/** What the two kinds of tasks differ in. */
export type TaskKind = {
  /** @returns a task, which may be running */
  register(signal: AbortSignal): Promise<ServerTaskState>
  /** Where it has to be told to run. */
  begin?(taskId: string): Promise<unknown>
  state(taskId: string, signal: AbortSignal): Promise<ServerTaskState>
  /** With its file. */
  remove(taskId: string, signal: AbortSignal): Promise<void>
}

/** A task that nobody told to run writes nothing either. */
const NOT_WRITING = ['completed', 'failed', 'pending']
/** What the name of its file is made of: speed is no part of it. */
const fileOf = ({ text, voice }: ServerTaskAsked): string => JSON.stringify([voice, text, 'wav'])

const isGone = (error: unknown): boolean => error instanceof RemoteFailure && error.facts.code === TASK_IS_GONE

/** Aborts a while after another signal: the name of a task that is being registered is waited for, so that it can be removed. */
const afterGrace = (signal: AbortSignal, { clock }: Pick<ServerAccess, 'clock'>) => {
  const controller = new AbortController()
  let stopTimer = (): void => undefined
  const onAbort = (): void => {
    stopTimer = clock.setTimer(() => controller.abort(), FINISHING_MS)
  }
  signal.addEventListener('abort', onAbort)
  const end = (): void => {
    stopTimer()
    signal.removeEventListener('abort', onAbort)
  }
  return { signal: controller.signal, end }
}

/**
 * The sound of a task, started and waited for; never while another one writes the same file. The task is removed when it
 * is over, also where nobody waits for it any more.
 * @throws RemoteFailure of what the task failed with; `unavailable` where the server was started again; AppCancel
 */
export const soundOfTask = (
  access: ServerAccess,
  {
    twins,
    kind,
    asked,
    generation,
  }: { twins: Twins; kind: TaskKind; asked: ServerTaskAsked; generation: ServerGeneration },
  signal: AbortSignal,
): Promise<{ sounds: WavSound[]; taskId: string }> =>
  twins.alone(fileOf(asked), signal, async () => {
    const grace = afterGrace(signal, access)
    const registering = kind.register(grace.signal).finally(grace.end)
    let isOver = false
    const finish = async (laterSignal: AbortSignal): Promise<void> => {
      // Whoever asked was told why there is none.
      const task = await registering.catch(() => undefined)
      if (!task) return
      const { taskId } = task
      try {
        const read = (): Promise<ServerTaskState> => kind.state(taskId, laterSignal)
        if (!isOver) await untilTaskIsOver(access, read, laterSignal, NOT_WRITING)
        isOver = true
        await kind.remove(taskId, laterSignal)
      } catch (error) {
        // What is over and cannot be removed is in nobody's way.
        if (!isOver && !isGone(error)) throw error
      }
    }
    try {
      const { taskId } = await orCancelled(registering, signal)
      await kind.begin?.(taskId)
      const state = await untilTaskIsOver(access, () => kind.state(taskId, signal), signal)
      isOver = true
      if (state.status === 'failed') throw failureTold(access, state.errorMessage ?? '', [asked.text])
      if (state.audioUrl === undefined)
        throw new RemoteFailure('protocol', ownReason('answer-lacks', { field: 'audio_url' }))
      const wanted = { audioUrl: state.audioUrl, generation, texts: [asked.text] }
      return { sounds: await downloadSound(access, wanted, signal), taskId }
    } finally {
      twins.leave(fileOf(asked), finish)
    }
  })
