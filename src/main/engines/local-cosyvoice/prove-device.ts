import type { DeviceCertificate, ProviderId } from '../../../shared/device/index.ts'
import { assert } from '../../../shared/kernel/index.ts'
import { proveProvider } from '../../cosyvoice/index.ts'
import { toDeviceCertificate } from './certificates.ts'

/** Tries one device in this process, which it may end. @throws AppCancel */
export const proveDevice = async (
  { provider }: { provider: ProviderId },
  signal: AbortSignal,
): Promise<DeviceCertificate> => {
  assert(provider !== 'cpu', 'a device is compared with the processor')
  return toDeviceCertificate(await proveProvider(provider, { signal }), Date.now())
}
