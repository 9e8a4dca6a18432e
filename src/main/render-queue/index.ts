export type { RenderQueueDeps, SetTimer } from './queue-deps.ts'
export { createRenderQueue, type EnqueuedLines, type RenderQueue } from './render-queue.ts'
