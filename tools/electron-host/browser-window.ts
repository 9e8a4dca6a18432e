import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'
import { app } from './app.ts'
import { makeEvent, type PreventableEvent } from './emulated-event.ts'
import { host, runningChromium } from './host.ts'
import { warn } from './log.ts'
import type { NativeImage } from './native-image.ts'
import { EmulatedEmitter } from './not-emulated.ts'
import { openTarget } from './targets.ts'
import { WebContents } from './web-contents.ts'
import { openWindows } from './window-registry.ts'
import { type WindowState, WindowSurface } from './window-surface.ts'

let lastId = 0

/** A window: what Electron knows about it here, its surface in Chromium. */
export class BrowserWindow extends EmulatedEmitter {
  readonly id = ++lastId
  readonly webContents: WebContents
  readonly #options: BrowserWindowConstructorOptions
  readonly #surface: WindowSurface
  #title: string
  #isVisible: boolean
  #state: WindowState = 'normal'
  #bounds: Rectangle
  #minimumSize: [number, number]
  #isCloseAgreed = false
  #isDestroyed = false
  #isDocumentEdited = false

  static #focused: BrowserWindow | undefined

  static getAllWindows = (): BrowserWindow[] => [...openWindows]
  static getFocusedWindow = (): BrowserWindow | null => BrowserWindow.#focused ?? null
  static fromId = (id: number): BrowserWindow | null => openWindows.find((window) => window.id === id) ?? null
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    openWindows.find((window) => window.webContents === contents) ?? null

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const { width = 800, height = 600, x = 0, y = 0 } = options
    this.#options = options
    this.#title = options.title ?? app.name
    this.#isVisible = options.show ?? true
    this.#bounds = { x, y, width, height }
    this.#minimumSize = [options.minWidth ?? 0, options.minHeight ?? 0]
    this.webContents = new WebContents(this, options.webPreferences ?? {})
    this.#surface = new WindowSurface((bounds, state) => this.#onMovedByPerson(bounds, state))
    // There is no earlier sign that the page can be shown.
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'))
    // A document that went without its window was reloaded.
    this.webContents.on('did-navigate', () => {
      this.#isCloseAgreed = false
    })
    openWindows.push(this)
    this.#open().catch((error: Error) => {
      if (!this.#isDestroyed) warn(`a window could not be opened: ${error.message}`)
      this.onGone()
    })
    app.emit('browser-window-created', {}, this)
    app.emit('web-contents-created', {}, this.webContents)
    if (this.#isVisible) this.#takeFocus()
  }

  loadURL = (url: string): Promise<void> => this.webContents.loadURL(url)
  loadFile = (file: string): never => this.webContents.loadFile(file)
  reload = (): void => this.webContents.reload()
  capturePage = (area?: Rectangle): Promise<NativeImage> => this.webContents.capturePage(area)

  isDestroyed = (): boolean => this.#isDestroyed
  isVisible = (): boolean => this.#isVisible
  isFocused = (): boolean => BrowserWindow.#focused === this
  isNormal = (): boolean => this.#state === 'normal'
  isMinimized = (): boolean => this.#state === 'minimized'
  isMaximized = (): boolean => this.#state === 'maximized'
  isFullScreen = (): boolean => this.#state === 'fullscreen'

  show(): void {
    this.showInactive()
    this.focus()
  }

  showInactive(): void {
    if (this.#isVisible) return
    this.#isVisible = true
    this.emit('show')
  }

  /** Chromium cannot hide a window; on a desktop it stays where it is. */
  hide(): void {
    if (!this.#isVisible) return
    this.#isVisible = false
    this.emit('hide')
  }

  focus(): void {
    this.#takeFocus()
    this.#surface.bringToFront()
  }

  minimize(): void {
    this.#changeState('minimized')
  }

  maximize(): void {
    this.#changeState('maximized')
  }

  unmaximize(): void {
    if (this.isMaximized()) this.#changeState('normal')
  }

  restore(): void {
    if (this.isMinimized()) this.#changeState('normal')
  }

  setFullScreen(isFullScreen: boolean): void {
    if (isFullScreen) this.#changeState('fullscreen')
    else if (this.isFullScreen()) this.#changeState('normal')
  }

  /** The bounds of the normal state: a maximised window's own are not known. */
  getBounds = (): Rectangle => ({ ...this.#bounds })
  getNormalBounds = (): Rectangle => this.getBounds()
  getContentBounds = (): Rectangle => this.getBounds()
  getSize = (): [number, number] => [this.#bounds.width, this.#bounds.height]
  getContentSize = (): [number, number] => this.getSize()
  getPosition = (): [number, number] => [this.#bounds.x, this.#bounds.y]
  getMinimumSize = (): [number, number] => this.#minimumSize

  setBounds(bounds: Partial<Rectangle>): void {
    const next = { ...this.#bounds, ...bounds }
    if (this.#acceptBounds(next)) this.#surface.place(next)
  }

  setContentBounds = (bounds: Partial<Rectangle>): void => this.setBounds(bounds)
  setSize = (width: number, height: number): void => this.setBounds({ width, height })
  setContentSize = (width: number, height: number): void => this.setSize(width, height)
  setPosition = (x: number, y: number): void => this.setBounds({ x, y })

  setMinimumSize(width: number, height: number): void {
    this.#minimumSize = [width, height]
  }

  getTitle = (): string => this.#title

  setTitle(title: string): void {
    this.#title = title
    this.#surface.showTitle(title)
  }

  isDocumentEdited = (): boolean => this.#isDocumentEdited

  setDocumentEdited(isEdited: boolean): void {
    this.#isDocumentEdited = isEdited
  }

  getParentWindow = (): BrowserWindow | null =>
    openWindows.find((window) => Object.is(window, this.#options.parent)) ?? null
  isModal = (): boolean => this.#options.modal ?? false

  // Without effect, so that an app may call them.
  center(): void {}
  moveTop(): void {}
  setMenu(_menu: unknown): void {}
  removeMenu(): void {}
  setMenuBarVisibility(_isVisible: boolean): void {}
  setAutoHideMenuBar(_isHidden: boolean): void {}
  setProgressBar(_progress: number): void {}
  setBackgroundColor(_color: string): void {}
  setTitleBarOverlay(_options: object): void {}
  setRepresentedFilename(_file: string): void {}
  setWindowButtonVisibility(_isVisible: boolean): void {}
  setIcon(_icon: unknown): void {}
  flashFrame(_isFlashing: boolean): void {}

  /** Closes the window unless a listener objects. */
  close(): void {
    if (!this.#isDestroyed) this.requestClose()
  }

  /** Ends the window without asking. */
  destroy(): void {
    if (this.#isDestroyed) return
    const { targetId } = this.webContents
    this.#isCloseAgreed = true
    this.onGone()
    // It may have been closed a moment ago.
    if (targetId)
      runningChromium()
        .connection.browser.send('Target.closeTarget', { targetId })
        .catch(() => {})
  }

  /** For the host: true unless a listener objects; the window is gone when 'closed' is emitted. */
  requestClose(): boolean {
    const event = makeEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return false
    this.#isCloseAgreed = true
    this.webContents.attached.then((cdp) => cdp.send('Page.close')).catch(() => this.onGone())
    return true
  }

  /** For the host: may the document go? Asked when a person closes the window, or it loads another address. */
  mayUnload(): boolean {
    if (this.#isCloseAgreed || !host.isHeaded) return true
    const event = makeEvent()
    this.emit('close', event)
    this.#isCloseAgreed = !event.defaultPrevented
    return this.#isCloseAgreed
  }

  /** For the host: the page changed its title. */
  onPageTitle(event: PreventableEvent, title: string): void {
    this.emit('page-title-updated', event, title, true)
    if (!event.defaultPrevented) this.#title = title
  }

  /** For the host: the window is no more. */
  onGone(): void {
    if (this.#isDestroyed) return
    // A person closed a window whose page they had not touched: Chromium does not ask then, and nobody can object.
    if (!this.#isCloseAgreed) this.emit('close', makeEvent())
    this.#isDestroyed = true
    openWindows.splice(openWindows.indexOf(this), 1)
    if (BrowserWindow.#focused === this) BrowserWindow.#focused = openWindows.at(-1)
    this.#surface.release()
    this.webContents.onDestroyed()
    this.emit('closed')
    if (openWindows.length === 0) app.onAllWindowsClosed()
  }

  async #open(): Promise<void> {
    const { cdp, targetId } = await openTarget(this.id, this.#bounds)
    await this.webContents.attach(cdp, targetId)
    const hasPosition = this.#options.x !== undefined && this.#options.y !== undefined
    const { x: _x, y: _y, ...size } = this.#bounds
    await this.#surface.adopt(cdp, hasPosition ? this.#bounds : size)
    this.#surface.showTitle(this.#title)
    this.webContents.refreshZoom()
    if (this.#options.fullscreen) this.setFullScreen(true)
  }

  #takeFocus(): void {
    const before = BrowserWindow.#focused
    if (before === this) return
    BrowserWindow.#focused = this
    before?.emit('blur')
    if (before) app.emit('browser-window-blur', {}, before)
    this.emit('focus')
    app.emit('browser-window-focus', {}, this)
  }

  #changeState(state: WindowState): void {
    if (this.#acceptState(state)) this.#surface.changeState(state)
  }

  #acceptState(state: WindowState): boolean {
    const before = this.#state
    if (before === state) return false
    this.#state = state
    if (before === 'fullscreen') this.emit('leave-full-screen')
    if (before === 'minimized') this.emit('restore')
    if (before === 'maximized' && state === 'normal') this.emit('unmaximize')
    if (state === 'fullscreen') this.emit('enter-full-screen')
    if (state === 'minimized') this.emit('minimize')
    if (state === 'maximized') this.emit('maximize')
    return true
  }

  #acceptBounds(next: Rectangle): boolean {
    const before = this.#bounds
    this.#bounds = next
    const isResized = before.width !== next.width || before.height !== next.height
    const isMoved = before.x !== next.x || before.y !== next.y
    for (const name of isResized ? ['resize', 'resized'] : []) this.emit(name)
    for (const name of isMoved ? ['move', 'moved'] : []) this.emit(name)
    if (isResized) this.webContents.refreshZoom()
    return isResized || isMoved
  }

  #onMovedByPerson(bounds: Rectangle, state: WindowState): void {
    this.#acceptState(state)
    if (state === 'normal') this.#acceptBounds(bounds)
    else this.webContents.refreshZoom()
  }
}
