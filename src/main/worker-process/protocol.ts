import type { AppErrorData } from '../../shared/kernel/index.ts'

/** What a worker's owner says to it. */
export type ToWorker =
  | { kind: 'call'; callId: number; method: string; input: unknown }
  | { kind: 'cancel'; callId: number }

/** What a worker answers. Items keep their order; after done, failed or cancelled there is silence. */
export type FromWorker =
  | { kind: 'item'; callId: number; item: unknown }
  | { kind: 'done'; callId: number; output: unknown }
  | { kind: 'failed'; callId: number; error: AppErrorData }
  | { kind: 'cancelled'; callId: number }
