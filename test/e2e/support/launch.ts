import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright/test'

const root = path.resolve(import.meta.dirname, '../../..')
const require = createRequire(import.meta.url)

/** Whether the real Electron binary lies where the electron package keeps it. */
const hasRealElectron = (): boolean => {
  const directory = path.dirname(require.resolve('electron/package.json'))
  const pathFile = path.join(directory, 'path.txt')
  const binary = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron'
  return existsSync(path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(directory, 'dist'), binary))
}

/** What the suite runs on: `APP_RUNTIME` decides, else real Electron where there is one. */
export const runtime: 'electron' | 'host' =
  process.env.APP_RUNTIME === 'electron' || process.env.APP_RUNTIME === 'host'
    ? process.env.APP_RUNTIME
    : hasRealElectron()
      ? 'electron'
      : 'host'

export type Launched = {
  app: ElectronApplication
  page: Page
  userData: string
  close(): Promise<void>
}

/** Starts the built app with a data folder of its own. */
export const launch = async (
  options: { userData?: string; args?: string[]; env?: Record<string, string> } = {},
): Promise<Launched> => {
  const userData = options.userData ?? mkdtempSync(path.join(tmpdir(), 'cosy-e2e-'))
  const app = await _electron.launch({
    args: [`--user-data-dir=${userData}`, ...(options.args ?? []), root],
    env: { ...process.env, ...options.env } as Record<string, string>,
    cwd: root,
    ...(runtime === 'host' && { executablePath: path.join(root, 'tools/electron-host/electron') }),
  })
  const page = await app.firstWindow()
  return {
    app,
    page,
    userData,
    close: async () => {
      await app.close()
      if (!options.userData) rmSync(userData, { recursive: true, force: true })
    },
  }
}
