export {
  type CosyVoiceServerDeps,
  type CosyVoiceServerEndpoint,
  createCosyVoiceServerClient,
  generationOfModel,
  SERVER_TRANSPORTS,
  type ServerTransport,
} from './client.ts'
export { type ProbedServer, probeServer } from './probe.ts'
export * from './schedule.ts'
export type { ServerAccess, ServerAddress, ServerGeneration } from './server-access.ts'
export type { ServerVoiceAudio } from './speak-file.ts'
export { SCHEDULE_PRIORITIES, type SchedulePriority, type ServerTaskState, TASK_IS_GONE } from './task-waiting.ts'
export { removeTask, type ServerTaskAsked, startTask, taskState } from './tasks.ts'
export * from './voices.ts'
