import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppContract, InputOf, ItemOf, OutputOf, ProgressOf } from '../../shared/contract/index.ts'
import type { DeviceCertificate } from '../../shared/device/index.ts'
import { AppCancel, type AppErrorData, type JobId, toAppError } from '../../shared/kernel/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import type { Bridge, RunningJob } from '../bridge/index.ts'
import type { Library } from './library.ts'

export type DeviceFacts = OutputOf<AppContract, 'engine.devices'>

export type DevicesState = {
  /** null until main has answered. */
  facts: DeviceFacts | null
  /** Why main did not answer. */
  failure: AppErrorData | null
}

type DeviceChannel = 'engine.prove-devices' | 'engine.try-model'

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
}

export type Devices = {
  store: StoreApi<DevicesState>
  refresh(): void
  proof: DeviceJob<'engine.prove-devices'>
  trial: DeviceJob<'engine.try-model'>
}

/** Settings that a trial depends on. */
const TRIED_SETTINGS = ['localModelId', 'localDevice', 'localMemory', 'localSpeaking', 'localSteps'] as const

/** True where what was measured with one does not hold for the other. */
export const isAnotherTrial = (one: Settings, other: Settings): boolean =>
  TRIED_SETTINGS.some((name) => one[name] !== other[name])

/** The list with a certificate in the place of that provider's older one. */
export const withCertificate = (
  certificates: readonly DeviceCertificate[],
  certificate: DeviceCertificate,
): readonly DeviceCertificate[] =>
  certificates.some(({ provider }) => provider === certificate.provider)
    ? certificates.map((known) => (known.provider === certificate.provider ? certificate : known))
    : [...certificates, certificate]

const createDeviceJob = <Channel extends DeviceChannel>(
  bridge: Bridge,
  channel: Channel,
  on: { item?: (item: ItemOf<AppContract, Channel>) => void; ended(): void },
): DeviceJob<Channel> & { adopt(jobId: JobId): void; forget(jobId: JobId): void } => {
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
      () => end({ kind: 'idle' }),
      (error: unknown) =>
        end(error instanceof AppCancel ? { kind: 'idle' } : { kind: 'failed', error: toAppError(error).toData() }),
    )
  }
  return {
    store,
    start: (input) => {
      if (!running) follow(bridge.start(channel, input, listeners))
    },
    cancel: () => running?.cancel(),
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

/** What this computer can compute with, as main knows it, and the two jobs that find out more. */
export const createDevices = (bridge: Bridge, library: Library, tellError: (error: unknown) => void): Devices => {
  const store = createStore<DevicesState>(() => ({ facts: null, failure: null }))
  let newest = 0
  const refresh = (): void => {
    newest += 1
    const asked = newest
    bridge.call('engine.devices').then(
      (facts) => asked === newest && store.setState({ facts, failure: null }),
      (error: unknown) => asked === newest && store.setState({ failure: toAppError(error).toData() }),
    )
  }
  const proof = createDeviceJob(bridge, 'engine.prove-devices', {
    item: (certificate) =>
      store.setState(({ facts }) =>
        facts ? { facts: { ...facts, certificates: withCertificate(facts.certificates, certificate) } } : {},
      ),
    ended: refresh,
  })
  const trial = createDeviceJob(bridge, 'engine.try-model', { ended: refresh })

  /** Takes up what runs since before this window was loaded. */
  const resume = async (): Promise<void> => {
    const known = await bridge.call('job.list')
    const proving = known.find(({ channel }) => channel === 'engine.prove-devices')
    const trying = known.find(({ channel }) => channel === 'engine.try-model')
    if (!proving && !trying) return
    if (proving) proof.adopt(proving.jobId)
    if (trying) trial.adopt(trying.jobId)
    // One that ended before anybody listened will never say so.
    const still = new Set((await bridge.call('job.list')).map(({ jobId }) => jobId))
    if (proving && !still.has(proving.jobId)) proof.forget(proving.jobId)
    if (trying && !still.has(trying.jobId)) trial.forget(trying.jobId)
  }

  bridge.on('engine.devices-changed', refresh)
  bridge.on('engine.changed', refresh)
  library.store.subscribe((now, before) => {
    if (isAnotherTrial(now.settings, before.settings)) refresh()
  })
  refresh()
  resume().catch(tellError)
  return { store, refresh, proof, trial }
}
