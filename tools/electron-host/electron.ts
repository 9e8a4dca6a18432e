// `electron` as the main process sees it. Production code never imports this file; hooks.ts puts it in place.
import { app } from './app.ts'
import { BrowserWindow } from './browser-window.ts'
import { clipboard } from './clipboard.ts'
import { dialog } from './dialog.ts'
import { ipcMain } from './ipc-main.ts'
import { Menu, MenuItem } from './menu.ts'
import { nativeImage } from './native-image.ts'
import { nativeTheme } from './native-theme.ts'
import { net } from './net.ts'
import { missingClass, missingModule } from './not-emulated.ts'
import { MessageChannelMain, MessagePortMain } from './ports.ts'
import { powerSaveBlocker } from './power-save-blocker.ts'
import { protocol } from './protocol.ts'
import { safeStorage } from './safe-storage.ts'
import { screen } from './screen.ts'
import { session } from './session.ts'
import { shell } from './shell.ts'
import { utilityProcess } from './utility-process.ts'
import { webContents } from './web-contents.ts'

const autoUpdater = missingModule('autoUpdater')
const BaseWindow = missingClass('BaseWindow')
const crashReporter = missingModule('crashReporter')
const desktopCapturer = missingModule('desktopCapturer')
const globalShortcut = missingModule('globalShortcut')
const Notification = missingClass('Notification')
const powerMonitor = missingModule('powerMonitor')
const systemPreferences = missingModule('systemPreferences')
const Tray = missingClass('Tray')
const WebContentsView = missingClass('WebContentsView')

// Mutable and shared by import and require, so that tests may replace what it holds.
const electron = {
  app,
  autoUpdater,
  BaseWindow,
  BrowserWindow,
  clipboard,
  crashReporter,
  desktopCapturer,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  MenuItem,
  MessageChannelMain,
  MessagePortMain,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
  webContents,
  WebContentsView,
}

export {
  app,
  autoUpdater,
  BaseWindow,
  BrowserWindow,
  clipboard,
  crashReporter,
  desktopCapturer,
  dialog,
  electron as default,
  electron as 'module.exports',
  globalShortcut,
  ipcMain,
  Menu,
  MenuItem,
  MessageChannelMain,
  MessagePortMain,
  Notification,
  nativeImage,
  nativeTheme,
  net,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
  utilityProcess,
  WebContentsView,
  webContents,
}
