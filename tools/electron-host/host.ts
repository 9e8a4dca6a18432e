// What the emulated modules share: Electron's main process has one of each, too.
import type { Privileges } from 'electron'
import type { Chromium } from './chromium.ts'
import { toAppUrl, toPageCsp, toPageUrl } from './url-mapping.ts'

export type ProtocolHandler = (request: Request) => Response | Promise<Response>
export type Scheme = { privileges?: Privileges; handler?: ProtocolHandler }

export const host = {
  /** Custom schemes by name, from protocol.registerSchemesAsPrivileged and protocol.handle. */
  schemes: new Map<string, Scheme>(),
  /** app.commandLine. */
  switches: new Map<string, string>(),
  /** Set once Chromium runs. */
  chromium: undefined as Chromium | undefined,
  /** Windows on the desktop instead of none. */
  isHeaded: process.env.COSY_HOST_HEADED === '1',
  /** Playwright started this process and answers page dialogs itself. */
  isUnderPlaywright: false,
}

export const pageUrlOf = (url: string): string => toPageUrl(url, host.schemes)
export const appUrlOf = (url: string): string => toAppUrl(url, host.schemes)
export const pageCspOf = (policy: string): string => toPageCsp(policy, host.schemes)

/** @throws before Chromium runs, which is before app is ready */
export function runningChromium(): Chromium {
  if (!host.chromium) throw new Error('not possible before app is ready')
  return host.chromium
}
