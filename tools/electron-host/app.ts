import type { App as ElectronApp } from 'electron'
import type { AppManifest } from './app-manifest.ts'
import { AppPaths } from './app-paths.ts'
import { makeDeferred } from './deferred.ts'
import { makeEvent } from './emulated-event.ts'
import { host } from './host.ts'
import { EmulatedEmitter } from './not-emulated.ts'
import { type SecondInstance, SingleInstanceLock } from './single-instance-lock.ts'
import { openWindows } from './window-registry.ts'

type PathName = Parameters<ElectronApp['getPath']>[0]

/** How long one window may take to close when the app quits. */
const WINDOW_CLOSE_TIMEOUT_MS = 3000

class App extends EmulatedEmitter {
  readonly commandLine = {
    appendSwitch: (name: string, value = '') => void host.switches.set(name, value),
    hasSwitch: (name: string) => host.switches.has(name),
    getSwitchValue: (name: string) => host.switches.get(name) ?? '',
    removeSwitch: (name: string) => void host.switches.delete(name),
  }
  readonly dock = undefined
  readonly isPackaged = false
  name = 'Electron'
  userAgentFallback = ''
  /** Ended before exit; utility processes. */
  readonly children = new Set<{ kill(): boolean }>()
  /** app.quit is closing windows, or has. */
  isQuitting = false
  readonly #paths = new AppPaths(() => this.name)
  readonly #ready = makeDeferred()
  #isReady = false
  #appPath = ''
  #version = ''
  #lock: SingleInstanceLock | undefined

  /** For the host: before the app's module runs. */
  introduce(manifest: AppManifest): void {
    this.name = manifest.name
    this.#appPath = manifest.appPath
    this.#version = manifest.version
  }

  /** For the host: everything runs. */
  becomeReady(): void {
    this.#isReady = true
    this.#ready.resolve()
    this.emit('ready', {}, {})
  }

  whenReady = (): Promise<void> => this.#ready.promise
  isReady = (): boolean => this.#isReady
  getName = (): string => this.name
  getVersion = (): string => this.#version
  getAppPath = (): string => this.#appPath
  getPath = (name: PathName): string => this.#paths.get(name)
  setPath = (name: string, folder: string): void => this.#paths.set(name, folder)

  setName(name: string): void {
    this.name = name
  }

  setAppLogsPath(folder = this.getPath('logs')): void {
    this.setPath('logs', folder)
  }

  getLocale(): string {
    return host.switches.get('lang') ?? 'en-US'
  }

  getSystemLocale(): string {
    return this.getLocale()
  }

  getPreferredSystemLanguages(): string[] {
    return [this.getLocale()]
  }

  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    this.#lock ??= new SingleInstanceLock(this.getPath('userData'))
    const mine: SecondInstance = { argv: process.argv, cwd: process.cwd(), data }
    return this.#lock.acquire(mine, (other) => this.emit('second-instance', {}, other.argv, other.cwd, other.data))
  }

  hasSingleInstanceLock(): boolean {
    return this.#lock?.isHeld ?? false
  }

  releaseSingleInstanceLock(): void {
    this.#lock?.release()
  }

  /** Closes every window, unless one of them or a listener objects, then ends. */
  quit(): void {
    if (this.isQuitting) return
    const beforeQuit = makeEvent()
    this.emit('before-quit', beforeQuit)
    if (beforeQuit.defaultPrevented) return
    this.isQuitting = true
    void this.#closeWindows().then((isAllClosed) => {
      const willQuit = makeEvent()
      if (isAllClosed) this.emit('will-quit', willQuit)
      if (isAllClosed && !willQuit.defaultPrevented) return this.#end(0)
      this.isQuitting = false
      return undefined
    })
  }

  /** Ends at once: windows are not asked. */
  exit(exitCode = 0): void {
    this.isQuitting = true
    for (const window of [...openWindows]) window.destroy()
    void this.#end(exitCode)
  }

  /** For windows: the last one has closed. */
  onAllWindowsClosed(): void {
    if (!this.isQuitting && !this.emit('window-all-closed')) this.quit()
  }

  // Without effect, so that an app may call them.
  setAppUserModelId(_id: string): void {}
  setAboutPanelOptions(_options: object): void {}
  disableHardwareAcceleration(): void {}
  enableSandbox(): void {}
  addRecentDocument(_file: string): void {}
  clearRecentDocuments(): void {}
  focus(): void {}
  setBadgeCount(): boolean {
    return false
  }
  isAccessibilitySupportEnabled(): boolean {
    return false
  }
  getGPUFeatureStatus(): object {
    return {}
  }

  async #closeWindows(): Promise<boolean> {
    for (const window of [...openWindows]) {
      const closed = new Promise<void>((resolve) => window.once('closed', resolve))
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, WINDOW_CLOSE_TIMEOUT_MS).unref())
      if (window.requestClose()) await Promise.race([closed, timeout])
      if (!window.isDestroyed()) return false
    }
    return true
  }

  async #end(exitCode: number): Promise<void> {
    this.emit('quit', {}, exitCode)
    this.releaseSingleInstanceLock()
    for (const child of this.children) child.kill()
    await this.#lock?.notified
    await host.chromium?.close()
    process.exit(exitCode)
  }
}

export const app = new App()
