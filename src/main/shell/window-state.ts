import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BrowserWindow, Rectangle } from 'electron'
import { screen } from 'electron'
import { z } from 'zod'
import type { Log } from '../log/index.ts'

const windowStateSchema = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(200),
  height: z.number().int().min(200),
  isMaximized: z.boolean(),
})
type WindowState = z.output<typeof windowStateSchema>

export const MIN_WINDOW = { minWidth: 900, minHeight: 560 }
const PRESET = { width: 1440, height: 900 }

const readState = (file: string): WindowState | undefined => {
  try {
    return windowStateSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // No state yet, or one that makes no sense: the window opens at its preset place.
    return undefined
  }
}

const isOnScreen = (bounds: Rectangle): boolean => {
  const { workArea } = screen.getDisplayMatching(bounds)
  return (
    bounds.x < workArea.x + workArea.width - 100 &&
    bounds.x + bounds.width > workArea.x + 100 &&
    bounds.y >= workArea.y - 10 &&
    bounds.y < workArea.y + workArea.height - 100
  )
}

/** Where the window was when it was last closed, as long as a screen still shows that place. */
export const openWindowState = (directory: string, log: Log) => {
  const file = path.join(directory, 'window-state.json')
  const stored = readState(file)
  const isUsable = stored !== undefined && isOnScreen(stored)
  return {
    bounds: isUsable ? { x: stored.x, y: stored.y, width: stored.width, height: stored.height } : PRESET,
    isMaximized: stored?.isMaximized ?? false,
    /** Remembers the window's place whenever it closes. */
    follow: (window: BrowserWindow): void => {
      window.on('close', () => {
        const state: WindowState = { ...window.getNormalBounds(), isMaximized: window.isMaximized() }
        try {
          writeFileSync(`${file}.new`, JSON.stringify(state))
          renameSync(`${file}.new`, file)
        } catch (error) {
          log('warn', 'the place of the window was not kept', { error })
        }
      })
    },
  }
}
