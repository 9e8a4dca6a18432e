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
export type { Generation, ServerAccess, ServerAddress } from './server-access.ts'
export type { VoiceAudio } from './speak-file.ts'
export { PRIORITIES, type Priority, TASK_IS_GONE, type TaskState } from './task-waiting.ts'
export { listTasks, removeTask, startTask, type TaskAsked, taskState } from './tasks.ts'
export * from './voices.ts'
