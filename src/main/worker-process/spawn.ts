import type { FromWorker, ToWorker } from './protocol.ts'

/** Worker entries of the build; each is one file in out/main. */
export type WorkerEntry = 'engine-worker' | 'export-worker' | 'model-worker' | 'playback-worker'

/** A running worker process, whoever started it. */
export interface WorkerChannel {
  send(message: ToWorker): void
  onMessage(listener: (message: FromWorker) => void): void
  /** Once, when the process has ended, for whatever reason. */
  onExit(listener: (exitCode: number | null) => void): void
  kill(): void
}

/** What a process is started with beside its owner's own environment; asked each time, so that it may change between two. */
export type WorkerEnvironment = (entry: WorkerEntry) => Readonly<Record<string, string>>

/** Starts a worker process: utilityProcess in Electron (shell), child_process on Node (spawn-node.ts). */
export type SpawnWorker = (entry: WorkerEntry) => WorkerChannel
