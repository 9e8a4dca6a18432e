import path from 'node:path'
import { app, BrowserWindow, dialog, powerSaveBlocker, protocol } from 'electron'

export type ElectronApp = {
  /** Folder of everything the app keeps: library, settings, logs, window state. */
  userDataDirectory: string
  musicDirectory: string
  version: string
  systemLanguage(): string
  whenReady(): Promise<void>
  quit(): void
}

/**
 * The part of the start that must happen before Electron is ready. Undefined where another instance is running; that one
 * comes to the front instead.
 */
export const prepareApp = (): ElectronApp | undefined => {
  const dataDirectory = app.commandLine.getSwitchValue('user-data-dir')
  if (dataDirectory) app.setPath('userData', path.resolve(dataDirectory))
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return undefined
  }
  app.on('second-instance', () => {
    const [window] = BrowserWindow.getAllWindows()
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  protocol.registerSchemesAsPrivileged([
    {
      scheme: 'app',
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ])
  return {
    userDataDirectory: app.getPath('userData'),
    musicDirectory: app.getPath('music'),
    version: app.getVersion(),
    systemLanguage: () => app.getPreferredSystemLanguages()[0] ?? app.getLocale(),
    whenReady: () => app.whenReady(),
    quit: () => app.quit(),
  }
}

/** Serves `app://main/`. */
export const serveAppScheme = (answer: (request: Request) => Promise<Response>): void =>
  protocol.handle('app', (request) => answer(request))

/** Runs `close` once, when the app is about to end, and waits for it. */
export const onAppEnd = (close: () => Promise<void>): void => {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    void close().finally(() => {
      state = 'closed'
      app.quit()
    })
  })
}

/** Keeps the computer awake while something long runs. */
export const createKeepAwake = (): { start(): void; stop(): void } => {
  let blockerId: number | undefined
  return {
    start: () => {
      blockerId ??= powerSaveBlocker.start('prevent-app-suspension')
    },
    stop: () => {
      if (blockerId !== undefined) powerSaveBlocker.stop(blockerId)
      blockerId = undefined
    },
  }
}

/**
 * Tells of trouble where there is no window yet. The last button changes nothing: it is the one that Enter, Escape and
 * closing the box choose. @returns index of the button that was chosen
 */
export const tellTrouble = async (message: string, detail: string, buttons: string[]): Promise<number> => {
  const safe = { defaultId: buttons.length - 1, cancelId: buttons.length - 1 }
  const { response } = await dialog.showMessageBox({ type: 'error', message, detail, buttons, noLink: true, ...safe })
  return response
}
