import type { AppContract, Handlers } from '../../../src/shared/contract/index.ts'
import { AppError } from '../../../src/shared/kernel/index.ts'

export type DeviceChannels = 'engine.devices' | 'engine.prove-devices' | 'engine.try-model'

/** Devices kept in memory. */
export const inMemoryDevices = (_deps: {
  emit(channel: string, payload: unknown): void
}): Handlers<AppContract, DeviceChannels, AbortSignal> => ({
  'engine.devices': () => ({ providers: [], certificates: [], trial: null }),
  'engine.prove-devices': async () => ({ certificates: [] }),
  'engine.try-model': async () => {
    throw new AppError('engine.no-model', { remedies: ['open-models'] })
  },
})
