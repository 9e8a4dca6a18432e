import type { MenuItemConstructorOptions } from 'electron'
import { app } from './app.ts'
import type { BrowserWindow } from './browser-window.ts'
import { EmulatedEmitter } from './not-emulated.ts'
import { openWindows } from './window-registry.ts'

/** What Electron does itself for roles that have an effect here; the editing roles are Chromium's own keys. */
const ROLE_ACTIONS: Record<string, (window: BrowserWindow) => void> = {
  quit: () => app.quit(),
  close: (window) => window.close(),
  minimize: (window) => window.minimize(),
  reload: (window) => window.webContents.reload(),
  togglefullscreen: (window) => window.setFullScreen(!window.isFullScreen()),
  resetzoom: ({ webContents }) => webContents.setZoomLevel(0),
  zoomin: ({ webContents }) => webContents.setZoomLevel(webContents.getZoomLevel() + 0.5),
  zoomout: ({ webContents }) => webContents.setZoomLevel(webContents.getZoomLevel() - 0.5),
}

const focusedWindow = (): BrowserWindow | undefined => openWindows.find((window) => window.isFocused())

export class MenuItem {
  id: string | undefined
  type: string
  role: string | undefined
  label: string
  sublabel: string
  accelerator: string | undefined
  enabled: boolean
  visible: boolean
  checked: boolean
  submenu: Menu | undefined
  readonly #click: MenuItemConstructorOptions['click']

  constructor(options: MenuItemConstructorOptions) {
    this.id = options.id
    this.type = options.type ?? (options.submenu ? 'submenu' : 'normal')
    this.role = options.role
    this.label = options.label ?? options.role ?? ''
    this.sublabel = options.sublabel ?? ''
    this.accelerator = options.accelerator as string | undefined
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.submenu = Array.isArray(options.submenu) ? Menu.buildFromTemplate(options.submenu) : toMenu(options.submenu)
    this.#click = options.click
  }

  /** As if a person had chosen the item. */
  click(event: object = {}, window = focusedWindow()): void {
    if (this.type === 'checkbox') this.checked = !this.checked
    if (this.type === 'radio') this.checked = true
    const roleAction = ROLE_ACTIONS[this.role?.toLowerCase() ?? '']
    if (this.#click) Reflect.apply(this.#click, undefined, [this, window, event])
    else if (window) roleAction?.(window)
  }
}

export class Menu extends EmulatedEmitter {
  readonly items: MenuItem[] = []

  static #applicationMenu: Menu | null = null

  static buildFromTemplate(template: (MenuItemConstructorOptions | MenuItem)[]): Menu {
    const menu = new Menu()
    for (const item of template) menu.append(item instanceof MenuItem ? item : new MenuItem(item))
    return menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#applicationMenu = menu
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#applicationMenu
  }

  append(item: MenuItem): void {
    this.items.push(item)
  }

  insert(position: number, item: MenuItem): void {
    this.items.splice(position, 0, item)
  }

  getMenuItemById(id: string): MenuItem | null {
    return this.all().find((item) => item.id === id) ?? null
  }

  /** Every item, submenus included. */
  all(): MenuItem[] {
    return this.items.flatMap((item) => [item, ...(item.submenu?.all() ?? [])])
  }

  /** Nothing is drawn; tests choose items with `click`. */
  popup(options: { callback?: () => void } = {}): void {
    this.emit('menu-will-show')
    options.callback?.()
  }

  closePopup(): void {
    this.emit('menu-will-close')
  }
}

const toMenu = (submenu: unknown): Menu | undefined => (submenu instanceof Menu ? submenu : undefined)
