import { createStore, type StoreApi } from 'zustand/vanilla'
import type { AppContract, OutputOf } from '../../shared/contract/index.ts'
import type { DeviceCertificate } from '../../shared/device/index.ts'
import { type AppErrorData, toAppError } from '../../shared/kernel/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import type { Bridge } from '../bridge/index.ts'
import { type CudaFetch, createCudaFetch } from './cuda-fetch.ts'
import { createDeviceJob, type DeviceJob, type ResumableJob } from './device-job.ts'
import type { Library } from './library.ts'

export type DeviceFacts = OutputOf<AppContract, 'engine.devices'>

export type DevicesState = {
  /** null until main has answered. */
  facts: DeviceFacts | null
  /** Why main did not answer. */
  failure: AppErrorData | null
}

export type Devices = {
  store: StoreApi<DevicesState>
  refresh(): void
  proof: DeviceJob<'engine.prove-devices'>
  trial: DeviceJob<'engine.try-model'>
  cuda: CudaFetch
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

/** What this computer can compute with, as main knows it, and the jobs that find out or fetch more. */
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

  const { jobs: cudaJobs, ...cuda } = createCudaFetch(bridge, refresh, tellError)
  const jobs: readonly ResumableJob[] = [proof, trial, ...cudaJobs]

  /** Takes up what runs since before this window was loaded. */
  const resume = async (): Promise<void> => {
    const known = await bridge.call('job.list')
    const taken = jobs.flatMap((job) => {
      const found = known.find(({ channel }) => channel === job.channel)
      return found ? [{ job, jobId: found.jobId }] : []
    })
    if (taken.length === 0) return
    for (const { job, jobId } of taken) job.adopt(jobId)
    // One that ended before anybody listened will never say so.
    const still = new Set((await bridge.call('job.list')).map(({ jobId }) => jobId))
    for (const { job, jobId } of taken) if (!still.has(jobId)) job.forget(jobId)
  }

  bridge.on('engine.devices-changed', refresh)
  bridge.on('engine.changed', refresh)
  library.store.subscribe((now, before) => {
    if (isAnotherTrial(now.settings, before.settings)) refresh()
  })
  refresh()
  resume().catch(tellError)
  return { store, refresh, proof, trial, cuda }
}
