import type { Studio } from '../studio/index.ts'
import type { HandlersOf } from './handlers-of.ts'

type Channels =
  | 'render.enqueue'
  | 'queue.list'
  | 'queue.lines'
  | 'queue.cancel'
  | 'queue.cancel-lines'
  | 'queue.retry'
  | 'queue.set-paused'
  | 'queue.clear-finished'

export const renderHandlers = (studio: Studio): HandlersOf<Channels> => ({
  'render.enqueue': ({ projectId, scope }) => studio.enqueue(projectId, scope),
  'queue.list': () => studio.queue.list(),
  'queue.lines': ({ projectId }) => studio.queue.lines(projectId),
  'queue.cancel': ({ jobId }) => studio.queue.cancel(jobId),
  'queue.cancel-lines': ({ projectId, lineIds }) => studio.queue.cancelLines(projectId, lineIds),
  'queue.retry': ({ jobId }) => studio.queue.retry(jobId),
  'queue.set-paused': ({ isPaused }) => studio.queue.setPaused(isPaused),
  'queue.clear-finished': () => studio.queue.clearFinished(),
})
