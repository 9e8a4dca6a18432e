// Starts Chromium and holds it by --remote-debugging-pipe: when this process dies, however, Chromium goes too.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { CdpConnection } from './cdp.ts'
import { CHROMIUM_ADVICE, findChromium } from './chromium-binary.ts'
import { logDebug } from './log.ts'

export type ChromiumOptions = {
  userDataDir: string
  /** Real windows on the desktop instead of none. */
  headed: boolean
  /** Value for --remote-debugging-port; Chromium then prints the line Playwright waits for. */
  debuggingPort: string | undefined
  /** Root has no use of Chromium's sandbox, and some containers cannot give it one. */
  sandbox: boolean
  switches: readonly string[]
}

const DISABLED_FEATURES = [
  'PaintHolding',
  'MediaRouter',
  'OptimizationHints',
  'Translate',
  'HttpsUpgrades',
  'DestroyProfileOnBrowserClose',
]
const COMMON_SWITCHES = [
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
  '--no-startup-window',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-back-forward-cache',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
  '--password-store=basic',
  '--use-mock-keychain',
  '--autoplay-policy=no-user-gesture-required',
  '--remote-debugging-pipe',
]

/** How long Chromium may take to close before it is killed. */
const CLOSE_TIMEOUT_MS = 2000

export class Chromium {
  readonly connection: CdpConnection
  /** Resolves when the process has ended, with its exit code or signal. */
  readonly exited: Promise<number | string>
  product = ''
  userAgent = ''
  #process: ChildProcess
  #binary: string
  #profile: string[]

  /** @throws when no Chromium is installed or it does not start */
  static async start(options: ChromiumOptions): Promise<Chromium> {
    const binary = findChromium()
    if (!binary) throw new Error(CHROMIUM_ADVICE)
    const chromium = new Chromium(binary, options)
    const version = await chromium.connection.browser.send('Browser.getVersion')
    chromium.product = version.product
    chromium.userAgent = version.userAgent.replace('HeadlessChrome', 'Chrome')
    return chromium
  }

  private constructor(binary: string, options: ChromiumOptions) {
    this.#binary = binary
    this.#profile = [
      `--user-data-dir=${options.userDataDir}`,
      // --test-type keeps the warning about --no-sandbox out of the app's window.
      ...(options.sandbox ? [] : ['--no-sandbox', '--test-type']),
    ]
    const child = spawn(
      binary,
      [
        ...(options.headed ? [] : ['--headless=new', '--hide-scrollbars', '--disable-gpu']),
        ...COMMON_SWITCHES,
        ...this.#profile,
        ...(options.debuggingPort === undefined ? [] : [`--remote-debugging-port=${options.debuggingPort}`]),
        ...options.switches,
      ],
      { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'], env: chromiumEnvironment(options.headed) },
    )
    this.#process = child
    this.connection = new CdpConnection(child.stdio[3] as Writable, child.stdio[4] as Readable)
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => resolve(code ?? signal ?? 1))
    })
    let lastWords = ''
    this.exited.then((reason) => this.connection.close(`Chromium ended (${reason}). ${lastWords}`))
    createInterface({ input: child.stdio[2] as Readable }).on('line', (line) => {
      if (line.startsWith('DevTools listening on ')) process.stderr.write(`${line}\n`)
      else {
        lastWords = line
        logDebug('chromium', line)
      }
    })
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /**
   * Opens a window without tabs and address field. The protocol cannot, so a second Chromium is started with --app:
   * it finds the first by its profile, hands over and ends.
   */
  openAppWindow(url: string): void {
    spawn(this.#binary, [`--app=${url}`, ...this.#profile], {
      stdio: 'ignore',
      env: chromiumEnvironment(true),
    }).on('error', (error) => logDebug('app window', error))
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  async close(): Promise<void> {
    // Chromium may end before it answers.
    this.connection.browser.send('Browser.close').catch(() => {})
    const timer = setTimeout(() => this.kill(), CLOSE_TIMEOUT_MS)
    await this.exited
    clearTimeout(timer)
  }
}

// Without a desktop session's bus Chromium fills stderr with complaints; with one it needs it for portals and input.
const chromiumEnvironment = (headed: boolean): NodeJS.ProcessEnv =>
  headed && process.env.DBUS_SESSION_BUS_ADDRESS
    ? process.env
    : { ...process.env, DBUS_SESSION_BUS_ADDRESS: 'disabled:' }
