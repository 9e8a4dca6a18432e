// Runs an Electron app: main.ts [switches] <folder or file of the app> [arguments]
import './hooks.ts'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from './app.ts'
import { findElectronVersion, loadAppManifest } from './app-manifest.ts'
import { parseCommandLine } from './command-line.ts'
import { host } from './host.ts'
import { launchChromium } from './launch-chromium.ts'
import { trace } from './log.ts'

/** How long Playwright may take from the two stderr lines to its go. */
const PLAYWRIGHT_TIMEOUT_MS = 10_000
/** How often to look whether the test runner still lives. */
const PARENT_POLL_MS = 1000
/** How long the app may take to quit on a signal. */
const SIGNAL_TIMEOUT_MS = 3000

trace('host loaded')
const commandLine = parseCommandLine(process.argv.slice(2))
const electronVersion = findElectronVersion(commandLine.target)
const manifest = loadAppManifest(commandLine.target, electronVersion)
for (const [name, value] of commandLine.switches) host.switches.set(name, value)
pretendToBeElectron()
const goAhead = prepareForPlaywright()
app.introduce(manifest)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    app.quit()
    setTimeout(() => process.exit(1), SIGNAL_TIMEOUT_MS).unref()
  })
process.on('uncaughtException', (error) => {
  console.error('Uncaught exception in the main process', error)
  const isOursAlone = process.listenerCount('uncaughtException') === 1
  if (isOursAlone) process.exit(1)
})

const require = createRequire(path.join(manifest.appPath, 'package.json'))
for (const module of commandLine.requires) require(module)
// Before Chromium starts, because the app sets paths, switches and schemes here; Electron, too, waits for it.
process.once('exit', remindOfReady)
await import(pathToFileURL(manifest.entry).href)
process.off('exit', remindOfReady)
trace('app loaded')
// A second instance quits in its first turn.
if (!app.isQuitting) {
  await launchChromium().catch((error: Error) => {
    console.error(error.message)
    process.exit(1)
  })
  await goAhead
  trace('ready')
  app.becomeReady()
}

function remindOfReady(exitCode: number): void {
  const UNSETTLED_TOP_LEVEL_AWAIT = 13
  if (exitCode === UNSETTLED_TOP_LEVEL_AWAIT)
    console.error('The main module must not await app.whenReady() at its top level: ready comes after the module.')
}

function pretendToBeElectron(): void {
  process.argv = [path.join(import.meta.dirname, 'electron'), ...process.argv.slice(2)]
  const versions = Object.freeze({ ...process.versions, electron: electronVersion, chrome: '0' })
  Object.defineProperty(process, 'versions', { value: versions, configurable: true })
  Object.defineProperty(process, 'type', { value: 'browser' })
  Object.defineProperty(process, 'defaultApp', { value: true })
  Object.defineProperty(process, 'resourcesPath', { value: path.join(manifest.appPath, 'resources'), writable: true })
}

/**
 * Playwright passes both debugging switches, attaches to Node and Chromium by their stderr lines, then calls
 * __playwright_run. Ready waits for that, so that Playwright sees every window from its birth.
 */
function prepareForPlaywright(): Promise<void> {
  const { switches, requires } = commandLine
  if (switches.get('inspect') !== '0' || switches.get('remote-debugging-port') !== '0') return Promise.resolve()
  host.isUnderPlaywright = true
  const parent = process.ppid
  // A test runner that is killed must not leave apps behind.
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, PARENT_POLL_MS).unref()
  // Playwright's own loader, required with -r, brings its own __playwright_run and holds ready itself.
  if (requires.length > 0) return Promise.resolve()
  return new Promise((resolve) => {
    Object.assign(globalThis, { __playwright_run: resolve })
    setTimeout(resolve, PLAYWRIGHT_TIMEOUT_MS).unref()
  })
}
