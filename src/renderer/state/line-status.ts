import type { AppErrorData } from '../../shared/kernel/index.ts'
import type { Line } from '../../shared/project/index.ts'
import {
  type LineRequest,
  lineSound,
  playingTake,
  type QueueLine,
  type RenderWarning,
  type Take,
} from '../../shared/render/index.ts'

/**
 * Where a line stands, as its mark in the script shows it. `silent` has nothing to say; `failed` could not be rendered,
 * or cannot be asked for as it stands.
 */
export const LINE_MARKS = ['silent', 'never', 'queued', 'running', 'ready', 'stale', 'failed'] as const
export type LineMark = (typeof LINE_MARKS)[number]

export type LineStatus = {
  mark: LineMark
  /** What plays for the line; it may be stale. */
  take: Take | undefined
  error: AppErrorData | null
  /** What its engine will not honour of what is asked. */
  leftOut: readonly RenderWarning[]
}

const NOTHING: readonly RenderWarning[] = []

export const lineStatus = (
  line: Line,
  request: LineRequest,
  takes: readonly Take[] | undefined,
  queueLine: QueueLine | undefined,
): LineStatus => {
  const takeKey = request.ok ? request.request.takeKey : null
  const take = playingTake(takes, line, takeKey)
  const leftOut = request.ok ? request.leftOut : NOTHING
  if (queueLine?.status === 'running') return { mark: 'running', take, error: null, leftOut }
  if (queueLine?.status === 'queued' || queueLine?.status === 'waiting')
    return { mark: 'queued', take, error: null, leftOut }
  if (!request.ok)
    return request.error.code === 'engine.nothing-to-say'
      ? { mark: 'silent', take: undefined, error: null, leftOut }
      : { mark: 'failed', take, error: request.error, leftOut }
  const sound = lineSound(take, takeKey)
  if (sound !== 'ready' && queueLine?.status === 'failed')
    return { mark: 'failed', take, error: queueLine.error, leftOut }
  return { mark: sound, take, error: null, leftOut }
}

/** Marks that F8 walks through and that a person should look at. */
export const isProblem = (mark: LineMark): boolean => mark === 'failed'

/** Marks that rendering would change. */
export const isDue = (mark: LineMark): boolean => mark === 'never' || mark === 'stale' || mark === 'failed'
