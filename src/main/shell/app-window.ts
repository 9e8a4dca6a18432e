import path from 'node:path'
import { app, BrowserWindow, session, shell } from 'electron'
import type { Log } from '../log/index.ts'
import { MIN_WINDOW, openWindowState } from './window-state.ts'

/** The one URL the window ever shows. */
export const WINDOW_URL = 'app://main/index.html'

/** Protocol and host are compared by themselves: custom schemes have no origin in Node. */
export const isOurUrl = (url: string): boolean => {
  const ours = new URL(WINDOW_URL)
  const theirs = URL.canParse(url) ? new URL(url) : undefined
  return theirs?.protocol === ours.protocol && theirs.host === ours.host
}

/** Denies what the window has no business doing: leaving its page, opening others, asking for devices. */
export const hardenWindows = (log: Log): void => {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event, url) => {
      if (url === contents.getURL()) return
      event.preventDefault()
      log('warn', 'navigation denied')
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => {
      log('warn', 'a new window was denied')
      return { action: 'deny' }
    })
  })
  // Choosing a loudspeaker is the one thing the window may ask the system for.
  const allowed = new Set(['speaker-selection'])
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) => answer(allowed.has(permission)))
}

export const openAppWindow = (deps: {
  mainDirectory: string
  userDataDirectory: string
  title: string
  zoomFactor: number
  log: Log
}): BrowserWindow => {
  const state = openWindowState(deps.userDataDirectory, deps.log)
  const window = new BrowserWindow({
    ...state.bounds,
    ...MIN_WINDOW,
    title: deps.title,
    show: false,
    webPreferences: {
      preload: path.join(deps.mainDirectory, '../preload/index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      spellcheck: false,
      zoomFactor: deps.zoomFactor,
    },
  })
  if (state.isMaximized) window.maximize()
  state.follow(window)
  window.once('ready-to-show', () => window.show())
  void window.loadURL(WINDOW_URL)
  return window
}

export const revealFile = (file: string): void => shell.showItemInFolder(file)
