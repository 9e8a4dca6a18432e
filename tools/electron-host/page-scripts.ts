import { randomBytes } from 'node:crypto'
import type { WebPreferences } from 'electron'
import type { CdpSession } from './cdp.ts'
import { host } from './host.ts'
import type { PageConfig } from './page-messages.ts'
import { PRELOAD_WORLD, pageWorldSource, preloadWorldSource } from './page-source.ts'

/** The scripts that every document of one window starts with. */
export class PageScripts {
  /** Name of the function by which the preload world speaks to the host. */
  readonly binding: string
  readonly #token = randomBytes(8).toString('hex')
  readonly #preferences: WebPreferences
  #installed: string[] = []

  constructor(preferences: WebPreferences) {
    this.#preferences = preferences
    this.binding = `__cosyHost${this.#token}`
  }

  /** Installs them anew for the next document: the preload file may have changed. */
  async install(cdp: CdpSession): Promise<void> {
    const old = this.#installed.splice(0)
    await Promise.all(old.map((identifier) => cdp.send('Page.removeScriptToEvaluateOnNewDocument', { identifier })))
    const config = this.#config()
    for (const script of [
      { source: pageWorldSource(config) },
      { source: preloadWorldSource(config, this.#preferences.preload), worldName: PRELOAD_WORLD },
    ])
      this.#installed.push((await cdp.send('Page.addScriptToEvaluateOnNewDocument', script)).identifier)
  }

  #config(): PageConfig {
    return {
      token: this.#token,
      bridgeChannel: `cosy-host-${this.#token}-`,
      binding: this.binding,
      guardsClose: host.isHeaded && !host.isUnderPlaywright,
      process: {
        platform: process.platform,
        arch: process.arch,
        type: 'renderer',
        sandboxed: true,
        contextIsolated: true,
        versions: process.versions,
        env: {},
        argv: [process.execPath, '--type=renderer', ...(this.#preferences.additionalArguments ?? [])],
      },
    }
  }
}
