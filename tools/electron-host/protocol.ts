import type { CustomScheme } from 'electron'
import { host, type ProtocolHandler } from './host.ts'
import { throwNotEmulated } from './not-emulated.ts'

export const protocol = {
  registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
    if (host.chromium) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready')
    for (const { scheme, privileges } of schemes)
      host.schemes.set(scheme, { ...host.schemes.get(scheme), privileges: privileges ?? {} })
  },

  /** @throws when the scheme was not registered before ready: Chromium learns its addresses when it starts */
  handle(scheme: string, handler: ProtocolHandler): void {
    const known = host.schemes.get(scheme)
    if (known?.handler) throw new Error(`scheme ${scheme} is already handled`)
    if (!known && host.chromium) throwNotEmulated(`protocol.handle of '${scheme}', not registered as privileged,`)
    host.schemes.set(scheme, { ...known, handler })
  },

  unhandle(scheme: string): void {
    const { handler: _gone, ...rest } = host.schemes.get(scheme) ?? {}
    host.schemes.set(scheme, rest)
  },

  isProtocolHandled: (scheme: string): boolean => host.schemes.get(scheme)?.handler !== undefined,
}
