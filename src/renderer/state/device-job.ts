import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppContract, InputOf, ItemOf, OutputOf, ProgressOf } from '../../shared/contract/index.ts'
import { AppCancel, type AppErrorData, type JobId, toAppError } from '../../shared/kernel/index.ts'
import type { Bridge, RunningJob } from '../bridge/index.ts'

/** Jobs about devices, of which there is one of a kind at a time. */
export type DeviceChannel = 'engine.prove-devices' | 'engine.try-model' | 'engine.fetch-cuda' | 'engine.install-cuda'

/** How a job of this window stands. Cancelling leads back to `idle`. */
export type DeviceJobState<Channel extends DeviceChannel> =
  | { kind: 'idle' }
  | { kind: 'running'; progress: ProgressOf<AppContract, Channel> | null }
  | { kind: 'failed'; error: AppErrorData }

export type DeviceJob<Channel extends DeviceChannel> = {
  store: StoreApi<DeviceJobState<Channel>>
  /** Does nothing while it runs. */
  start(input: InputOf<AppContract, Channel>): void
  cancel(): void
  /** Forgets how it failed. */
  reset(): void
}

/** For who takes up what runs since before this window was loaded. */
export type ResumableJob = { readonly channel: DeviceChannel; adopt(jobId: JobId): void; forget(jobId: JobId): void }

/** Starts and follows one kind of job. */
export const createDeviceJob = <Channel extends DeviceChannel>(
  bridge: Bridge,
  channel: Channel,
  on: {
    item?: (item: ItemOf<AppContract, Channel>) => void
    done?: (output: OutputOf<AppContract, Channel>) => void
    ended(): void
  },
): DeviceJob<Channel> & ResumableJob => {
  const store = createStore<DeviceJobState<Channel>>(() => ({ kind: 'idle' }))
  let running: RunningJob<OutputOf<AppContract, Channel>> | null = null
  const listeners = {
    progress: (progress: ProgressOf<AppContract, Channel>) => store.setState({ kind: 'running', progress }, true),
    item: (item: ItemOf<AppContract, Channel>) => on.item?.(item),
  }
  const follow = (job: RunningJob<OutputOf<AppContract, Channel>>): void => {
    running = job
    store.setState({ kind: 'running', progress: null }, true)
    const end = (state: DeviceJobState<Channel>): void => {
      if (running !== job) return
      running = null
      store.setState(state, true)
      on.ended()
    }
    job.result.then(
      (output) => {
        const isOurs = running === job
        end({ kind: 'idle' })
        if (isOurs) on.done?.(output)
      },
      (error: unknown) =>
        end(error instanceof AppCancel ? { kind: 'idle' } : { kind: 'failed', error: toAppError(error).toData() }),
    )
  }
  return {
    channel,
    store,
    start: (input) => {
      if (!running) follow(bridge.start(channel, input, listeners))
    },
    cancel: () => running?.cancel(),
    reset: () => {
      if (store.getState().kind === 'failed') store.setState({ kind: 'idle' }, true)
    },
    adopt: (jobId) => {
      if (!running) follow(bridge.watch(channel, jobId, listeners))
    },
    forget: (jobId) => {
      if (running?.jobId !== jobId) return
      running = null
      store.setState({ kind: 'idle' }, true)
      on.ended()
    },
  }
}
