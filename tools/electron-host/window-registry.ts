import type { BrowserWindow } from './browser-window.ts'
import type { WebContents } from './web-contents.ts'

/** Every window that is not destroyed, oldest first. */
export const openWindows: BrowserWindow[] = []

/** Every page that is not destroyed, by id. */
export const openContents = new Map<number, WebContents>()
