import type { OnHeadersReceivedListenerDetails } from 'electron'
import { host } from './host.ts'
import { net } from './net.ts'
import { EmulatedEmitter, throwNotEmulated } from './not-emulated.ts'
import { protocol } from './protocol.ts'
import type { WebContents } from './web-contents.ts'

/** The part of Electron's details that this host knows. */
export type ReceivedHeaders = Pick<
  OnHeadersReceivedListenerDetails,
  'url' | 'method' | 'statusCode' | 'resourceType'
> & {
  responseHeaders: Record<string, string[]>
}
type HeadersListener = (
  details: ReceivedHeaders,
  callback: (response?: { responseHeaders?: Record<string, string | string[]> }) => void,
) => void
type PermissionHandler = (
  contents: WebContents,
  permission: string,
  callback: (isGranted: boolean) => void,
  details: object,
) => void

class WebRequest {
  /** Called when the listener changes, so that pages know whether to pause for it. */
  onListenerChange: () => void = () => {}
  #listener: HeadersListener | undefined

  onHeadersReceived(...args: unknown[]): void {
    const listener = args.at(-1)
    this.#listener = typeof listener === 'function' ? (listener as HeadersListener) : undefined
    this.onListenerChange()
  }

  get hasHeadersListener(): boolean {
    return this.#listener !== undefined
  }

  filterHeaders(received: ReceivedHeaders): Promise<Record<string, string[]>> {
    const listener = this.#listener
    if (!listener) return Promise.resolve(received.responseHeaders)
    return new Promise((resolve) => {
      listener(received, (answer = {}) => {
        const entries = Object.entries(answer.responseHeaders ?? received.responseHeaders)
        resolve(Object.fromEntries(entries.map(([name, value]) => [name, [value].flat()])))
      })
    })
  }
}

/** Electron's names of what pages ask for, and the protocol's. */
const PERMISSIONS = [
  ['media', 'microphone'],
  ['speaker-selection', 'speaker-selection'],
  ['clipboard-read', 'clipboard-read'],
  ['notifications', 'notifications'],
] as const

class Session extends EmulatedEmitter {
  readonly webRequest = new WebRequest()
  readonly protocol = protocol
  #permissionHandler: PermissionHandler | undefined

  get storagePath(): string {
    return host.switches.get('user-data-dir') ?? ''
  }

  setPermissionRequestHandler(handler: PermissionHandler | null): void {
    this.#permissionHandler = handler ?? undefined
  }

  /** Accepted and never asked: Chromium checks by what was granted. */
  setPermissionCheckHandler(_handler: unknown): void {}

  /**
   * Asks the app's handler for everything a page may ask for, because the protocol cannot ask when the page does.
   * Without a handler Electron grants all.
   */
  async settlePermissions(contents: WebContents, origin: string): Promise<void> {
    for (const [permission, name] of PERMISSIONS) {
      const handler = this.#permissionHandler
      const isGranted = handler
        ? await new Promise<boolean>((resolve) =>
            handler(contents, permission, resolve, { requestingUrl: contents.getURL() }),
          )
        : true
      await host.chromium?.connection.browser
        .send('Browser.setPermission', { permission: { name }, setting: isGranted ? 'granted' : 'denied', origin })
        // Names differ between versions of Chromium; an unknown one stays at its default.
        .catch(() => {})
    }
  }

  fetch(input: string | Request, init?: RequestInit): Promise<Response> {
    return net.fetch(input, init)
  }

  isPersistent(): boolean {
    return true
  }

  async clearCache(): Promise<void> {}
  async clearStorageData(): Promise<void> {}
  flushStorageData(): void {}
  setSpellCheckerEnabled(_isEnabled: boolean): void {}
  setSpellCheckerLanguages(_languages: string[]): void {}
}

const defaultSession = new Session()

export const session = {
  defaultSession,
  fromPartition: (_partition: string): never => throwNotEmulated('session.fromPartition'),
}
