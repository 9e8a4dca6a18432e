import type { Rectangle, WebPreferences } from 'electron'
import { app } from './app.ts'
import type { BrowserWindow } from './browser-window.ts'
import type { CdpSession } from './cdp.ts'
import { makeDeferred } from './deferred.ts'
import { makeEvent } from './emulated-event.ts'
import { appUrlOf, host, pageUrlOf } from './host.ts'
import { logDebug, warn } from './log.ts'
import { NativeImage } from './native-image.ts'
import { nativeTheme } from './native-theme.ts'
import { EmulatedEmitter, throwNotEmulated } from './not-emulated.ts'
import { askInPage, type PageAnswer, type PageQuestion } from './page-dialog.ts'
import { PageIpc } from './page-ipc.ts'
import { PageRequests } from './page-requests.ts'
import { PageScripts } from './page-scripts.ts'
import { PRELOAD_WORLD } from './page-source.ts'
import { PageState } from './page-state.ts'
import { PageZoom } from './page-zoom.ts'
import type { MessagePortMain } from './ports.ts'
import { session } from './session.ts'
import { originOf } from './url-mapping.ts'
import { openContents } from './window-registry.ts'

/** The frame of a page; a page has one here. */
export type WebFrameMain = { url: string; origin: string; parent: null; processId: number }

type WindowOpenDetails = { url: string; frameName: string; features: string; disposition: string }
type WindowOpenHandler = (details: WindowOpenDetails) => { action: 'allow' | 'deny' }

let lastId = 0

/** The page of a window. */
export class WebContents extends EmulatedEmitter {
  readonly id = ++lastId
  readonly session = session.defaultSession
  readonly #owner: BrowserWindow
  readonly #preload: string
  readonly #scripts: PageScripts
  readonly #ipc = new PageIpc(this)
  readonly #zoom: PageZoom
  readonly #attached = makeDeferred<CdpSession>()
  #requests: PageRequests | undefined
  #state: PageState | undefined
  #windowOpenHandler: WindowOpenHandler | undefined
  #targetId = ''
  #isDestroyed = false
  #isCrashed = false

  constructor(owner: BrowserWindow, preferences: WebPreferences) {
    super()
    if (preferences.nodeIntegration || preferences.contextIsolation === false || preferences.sandbox === false)
      throwNotEmulated('WebPreferences other than sandbox, contextIsolation and no nodeIntegration')
    this.#owner = owner
    this.#preload = preferences.preload ?? ''
    this.#scripts = new PageScripts(preferences)
    this.#zoom = new PageZoom(preferences.zoomFactor)
    // Whoever waits for the page learns about a failure; nobody has to wait.
    this.#attached.promise.catch(() => {})
    this.on('newListener', (name) => {
      if (name === 'will-navigate') setImmediate(() => this.updateRequests())
    })
    openContents.set(this.id, this)
  }

  get ipc() {
    return this.#ipc.ipcMain
  }

  get mainFrame(): WebFrameMain {
    const url = this.getURL()
    return { url, origin: originOf(url), parent: null, processId: this.id }
  }

  async loadURL(url: string): Promise<void> {
    const cdp = await this.attached
    this.#ipc.forgetUnsent()
    await this.#scripts.install(cdp)
    await this.#requests?.update()
    const loaded = this.#nextLoad(url)
    await this.#programmatically(async () => {
      const { errorText } = await cdp.send('Page.navigate', { url: pageUrlOf(url) })
      if (!errorText) return
      this.emit('did-fail-load', {}, -2, errorText, url, true)
      throw new Error(`${errorText.replace('net::', '')} (-2) loading '${url}'`)
    })
    await loaded
  }

  loadFile(_file: string): never {
    return throwNotEmulated('WebContents.loadFile (serve the file with protocol.handle)')
  }

  reload(): void {
    void this.attached.then(async (cdp) => {
      await this.#scripts.install(cdp)
      await this.#programmatically(() => cdp.send('Page.reload'))
    })
  }

  getURL = (): string => this.#state?.url ?? ''
  getTitle = (): string => this.#state?.title ?? ''
  getType = (): string => 'window'
  isLoading = (): boolean => this.#state?.isLoading ?? false
  isDestroyed = (): boolean => this.#isDestroyed
  isCrashed = (): boolean => this.#isCrashed
  isFocused = (): boolean => this.#owner.isFocused()
  isDevToolsOpened = (): boolean => false
  getOSProcessId = (): number => host.chromium?.pid ?? 0

  send(channel: string, ...args: unknown[]): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed')
    this.#ipc.send(channel, args)
  }

  postMessage(channel: string, message: unknown, transfer: MessagePortMain[] = []): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed')
    this.#ipc.send(channel, [message], transfer)
  }

  /** @returns the value of the expression, when JSON can carry it */
  async executeJavaScript(expression: string): Promise<unknown> {
    const cdp = await this.attached
    const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  async capturePage(area?: Rectangle): Promise<NativeImage> {
    const cdp = await this.attached
    const clip = area && { clip: { ...area, scale: 1 } }
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'png', ...clip })
    return new NativeImage(Buffer.from(data, 'base64'))
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#windowOpenHandler = handler
  }

  getZoomFactor = (): number => this.#zoom.factor

  setZoomFactor(factor: number): void {
    if (!(factor > 0)) throw new Error("'zoomFactor' must be a double greater than 0.0")
    this.#zoom.factor = factor
    this.refreshZoom()
  }

  // Electron's levels are steps of 20 percent.
  getZoomLevel = (): number => Math.log(this.#zoom.factor) / Math.log(1.2)
  setZoomLevel = (level: number): void => this.setZoomFactor(1.2 ** level)

  close(): void {
    this.#owner.close()
  }

  focus(): void {
    this.#owner.focus()
  }

  forcefullyCrashRenderer(): void {
    // Chromium cannot answer for a page that crashed.
    void this.attached.then((cdp) => cdp.send('Page.crash').catch(() => {}))
  }

  // Without effect, so that an app may call them.
  openDevTools(): void {}
  closeDevTools(): void {}
  toggleDevTools(): void {}
  setBackgroundThrottling(_isAllowed: boolean): void {}

  // What follows is for the host.

  get targetId(): string {
    return this.#targetId
  }

  get owner(): BrowserWindow {
    return this.#owner
  }

  /** The page's session, once its scripts are installed. */
  get attached(): Promise<CdpSession> {
    return this.#attached.promise
  }

  /** The page exists and waits for its scripts. */
  async attach(cdp: CdpSession, targetId: string): Promise<void> {
    this.#targetId = targetId
    this.#ipc.attach(cdp, targetId, this.#scripts.binding)
    this.#requests = new PageRequests(this, cdp, targetId)
    this.#state = new PageState(this, cdp, targetId)
    cdp.on('Inspector.targetCrashed', () => this.onCrashed())
    cdp.on('Page.windowOpen', ({ url, windowName, windowFeatures }) =>
      this.#onWindowOpen({
        url: appUrlOf(url),
        frameName: windowName,
        features: windowFeatures.join(','),
        disposition: windowFeatures.length > 0 ? 'new-window' : 'foreground-tab',
      }),
    )
    cdp.on('Page.javascriptDialogOpening', ({ type }) => {
      if (type !== 'beforeunload' && host.isUnderPlaywright) return // Playwright answers
      const accept = type !== 'beforeunload' || this.#owner.mayUnload()
      cdp.send('Page.handleJavaScriptDialog', { accept }).catch((error: Error) => logDebug('dialog', error.message))
    })
    await Promise.all([
      cdp.send('Page.enable'),
      cdp.send('Runtime.enable'),
      cdp.send('Inspector.enable'),
      cdp.send('Runtime.addBinding', { name: this.#scripts.binding, executionContextName: PRELOAD_WORLD }),
      this.#scripts.install(cdp),
      this.#requests.update(),
      nativeTheme.applyTo(cdp),
    ])
    await cdp.send('Runtime.runIfWaitingForDebugger')
    this.#attached.resolve(cdp)
  }

  /** Asks the person at the window; a window that goes away has been answered with its cancel button. */
  async ask(question: PageQuestion): Promise<PageAnswer> {
    try {
      return (await this.#ipc.evaluate(`(${askInPage})(${JSON.stringify(question)})`)) as PageAnswer
    } catch (error) {
      logDebug('dialog', error)
      return { button: question.cancelButton, name: '' }
    }
  }

  /** What must pause may have changed. */
  updateRequests(): void {
    this.#requests?.update().catch((error: Error) => logDebug('requests', error.message))
  }

  /** The size of the page changed. */
  refreshZoom(): void {
    this.attached.then((cdp) => this.#zoom.apply(cdp)).catch((error: Error) => logDebug('zoom', error.message))
  }

  /** The title may have changed. */
  refreshTitle(): void {
    this.#state?.refreshTitle().catch((error: Error) => logDebug('title', error.message))
  }

  onTitle(title: string): void {
    const event = makeEvent()
    this.emit('page-title-updated', event, title, true)
    this.#owner.onPageTitle(event, title)
  }

  onPreloadError(error: Error): void {
    console.error(`Unable to load preload script: ${this.#preload}`, error)
    this.emit('preload-error', {}, this.#preload, error)
  }

  onCrashed(): void {
    if (this.#isCrashed) return
    this.#isCrashed = true
    const details = { reason: 'crashed', exitCode: 5 }
    this.emit('render-process-gone', {}, details)
    app.emit('render-process-gone', {}, this, details)
  }

  onDestroyed(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    openContents.delete(this.id)
    this.#ipc.close()
    this.#attached.reject(new Error('the window was closed'))
    this.emit('destroyed')
  }

  /** Chromium has opened the window; targets.ts closes it again. */
  #onWindowOpen(details: WindowOpenDetails): void {
    const answer = this.#windowOpenHandler?.(details) ?? { action: 'allow' }
    if (answer.action === 'allow') warn(`window.open is not emulated, ${details.url} stays closed`)
  }

  async #programmatically(navigate: () => Promise<unknown>): Promise<void> {
    const requests = this.#requests
    if (requests) requests.isProgrammatic = true
    try {
      await navigate()
    } finally {
      if (requests) requests.isProgrammatic = false
    }
  }

  #nextLoad(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error(`ERR_ABORTED (-3) loading '${url}'`))
      this.once('did-finish-load', resolve)
      this.once('did-fail-load', fail)
      this.once('destroyed', fail)
      const stopListening = (): void => {
        this.off('did-finish-load', resolve)
        this.off('did-fail-load', fail)
        this.off('destroyed', fail)
      }
      this.once('did-finish-load', stopListening)
      this.once('did-fail-load', stopListening)
    })
    // loadURL throws the better error.
    loaded.catch(() => {})
    return loaded
  }
}

export const webContents = {
  getAllWebContents: (): WebContents[] => [...openContents.values()],
  fromId: (id: number): WebContents | undefined => openContents.get(id),
  /** How Playwright finds the window of a page. */
  fromDevToolsTargetId: (targetId: string): WebContents | undefined =>
    [...openContents.values()].find((contents) => contents.targetId === targetId),
  getFocusedWebContents: (): WebContents | null =>
    [...openContents.values()].find((contents) => contents.isFocused()) ?? null,
}

session.defaultSession.webRequest.onListenerChange = () => {
  for (const contents of openContents.values()) contents.updateRequests()
}
