import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import type { Shell } from 'electron'
import { app } from './app.ts'
import { host } from './host.ts'
import { logDebug } from './log.ts'

/** Hands an address or file to the desktop; without one it is only logged. */
function openOnDesktop(target: string): void {
  logDebug('shell', target)
  if (!host.isHeaded) return
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['explorer'] : ['xdg-open']
  spawn(command ?? '', [...args, target], { stdio: 'ignore', detached: true })
    .on('error', (error) => logDebug('shell', error.message))
    .unref()
}

export const shell = {
  async openExternal(url: string): Promise<void> {
    openOnDesktop(url)
  },
  async openPath(file: string): Promise<string> {
    if (!existsSync(file)) return `no such file: ${file}`
    openOnDesktop(file)
    return ''
  },
  showItemInFolder(file: string): void {
    openOnDesktop(path.dirname(file))
  },
  /** Into a folder beside the app's data: the desktop's own wastebasket is out of reach. */
  async trashItem(file: string): Promise<void> {
    const trash = path.join(app.getPath('userData'), 'Trash')
    mkdirSync(trash, { recursive: true })
    renameSync(file, path.join(trash, `${Date.now()}-${path.basename(file)}`))
  },
  beep(): void {},
} satisfies Partial<Shell>
