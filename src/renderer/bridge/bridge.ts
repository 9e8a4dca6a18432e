import {
  type AppContract,
  type CommandChannel,
  type CosyBridge,
  type EventChannel,
  type InputOf,
  type ItemOf,
  type JobChannel,
  type OutputOf,
  type PayloadOf,
  type ProgressOf,
  readAnswer,
  type WireAnswerText,
} from '../../shared/contract/index.ts'
import { AppCancel, AppError, type JobId, mintJobId } from '../../shared/kernel/index.ts'

export type JobListeners<Channel extends JobChannel<AppContract>> = {
  progress?: (progress: ProgressOf<AppContract, Channel>) => void
  item?: (item: ItemOf<AppContract, Channel>) => void
}

export type RunningJob<Output> = {
  jobId: JobId
  /** Rejects with AppError, or AppCancel when cancelled. */
  result: Promise<Output>
  cancel(): void
}

/** The contract, typed, over the wire that preload puts on the window. */
export type Bridge = {
  /** @throws AppError */
  call<Channel extends CommandChannel<AppContract>>(
    channel: Channel,
    ...input: InputOf<AppContract, Channel> extends undefined ? [] : [input: InputOf<AppContract, Channel>]
  ): Promise<OutputOf<AppContract, Channel>>
  start<Channel extends JobChannel<AppContract>>(
    channel: Channel,
    input: InputOf<AppContract, Channel>,
    listeners?: JobListeners<Channel>,
  ): RunningJob<OutputOf<AppContract, Channel>>
  /** Listens to a job that runs already, from before this window was loaded; see `job.list`. */
  watch<Channel extends JobChannel<AppContract>>(
    channel: Channel,
    jobId: JobId,
    listeners?: JobListeners<Channel>,
  ): RunningJob<OutputOf<AppContract, Channel>>
  /** @returns the way to stop listening */
  on<Channel extends EventChannel<AppContract>>(
    channel: Channel,
    listener: (payload: PayloadOf<AppContract, Channel>) => void,
  ): () => void
}

type PendingJob = {
  progress(progress: unknown): void
  item(item: unknown): void
  done(output: unknown): void
  fail(error: Error): void
}

const unwrap = (text: WireAnswerText): unknown => {
  const answer = readAnswer(text)
  if (!answer.ok) throw AppError.fromData(answer.error)
  return answer.output
}

/** Main checked every value against the contract's own schemas before sending it, so the wire is trusted here. */
export const createBridge = (wire: CosyBridge, mintId: () => string): Bridge => {
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  const jobs = new Map<string, PendingJob>()

  wire.onEvent(({ channel, payload }) => {
    for (const listener of listeners.get(channel) ?? []) listener(payload)
  })
  wire.onJob((message) => {
    const job = jobs.get(message.jobId)
    if (!job) return
    if (message.kind === 'progress') return job.progress(message.progress)
    if (message.kind === 'item') return job.item(message.item)
    jobs.delete(message.jobId)
    if (message.kind === 'done') job.done(message.output)
    else job.fail(message.kind === 'failed' ? AppError.fromData(message.error) : new AppCancel())
  })

  const watch: Bridge['watch'] = (channel, jobId, { progress, item } = {}) => {
    type Output = OutputOf<AppContract, typeof channel>
    const result = new Promise<Output>((resolve, reject) => {
      jobs.set(jobId, {
        progress: (value) => progress?.(value as ProgressOf<AppContract, typeof channel>),
        item: (value) => item?.(value as ItemOf<AppContract, typeof channel>),
        done: (output) => resolve(output as Output),
        fail: reject,
      })
    })
    return { jobId, result, cancel: () => wire.cancel(jobId) }
  }

  return {
    async call(channel, ...input) {
      return unwrap(await wire.call({ channel, input: input[0] })) as OutputOf<AppContract, typeof channel>
    },
    start(channel, input, jobListeners) {
      const job = watch(channel, mintJobId(mintId), jobListeners)
      wire
        .start({ channel, input, jobId: job.jobId })
        .then(unwrap)
        .catch((error: unknown) => {
          const pending = jobs.get(job.jobId)
          jobs.delete(job.jobId)
          pending?.fail(error instanceof Error ? error : new Error(String(error)))
        })
      return job
    },
    watch,
    on(channel, listener) {
      const ofChannel = listeners.get(channel) ?? new Set()
      listeners.set(channel, ofChannel)
      const listen = (payload: unknown): void => listener(payload as PayloadOf<AppContract, typeof channel>)
      ofChannel.add(listen)
      return () => {
        ofChannel.delete(listen)
      }
    },
  }
}
