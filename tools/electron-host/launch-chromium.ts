import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { app } from './app.ts'
import { Chromium } from './chromium.ts'
import { host } from './host.ts'
import { logDebug, warn } from './log.ts'
import { startProtocolServer } from './protocol-server.ts'
import { session } from './session.ts'
import { watchTargets } from './targets.ts'

/** Switches of the app that Chromium gets as they are. */
const PASSED_SWITCHES = ['force-device-scale-factor', 'proxy-server']

/** Starts Chromium and the server of the app's schemes: what must run before app is ready. */
export async function launchChromium(): Promise<void> {
  const { webRequest } = session.defaultSession
  const { port } = await startProtocolServer({
    schemes: host.schemes,
    filterHeaders: (received) => webRequest.filterHeaders(received),
    warn,
  })
  const rules = [...host.schemes.keys()].map((scheme) => `MAP *.${scheme}.localhost 127.0.0.1:${port}`)
  const userDataDir = path.join(app.getPath('sessionData'), 'cosy-host-chromium')
  mkdirSync(userDataDir, { recursive: true })
  const chromium = await Chromium.start({
    userDataDir,
    headed: host.isHeaded,
    debuggingPort: host.switches.get('remote-debugging-port'),
    sandbox: !host.switches.has('no-sandbox') && process.getuid?.() !== 0,
    switches: [
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(',')}`] : []),
      `--lang=${app.getLocale()}`,
      `--class=${app.name}`,
      ...PASSED_SWITCHES.filter((name) => host.switches.has(name)).map(
        (name) => `--${name}=${host.switches.get(name)}`,
      ),
    ],
  })
  host.chromium = chromium
  process.on('exit', () => chromium.kill())
  chromium.exited.then((reason) => {
    logDebug('Chromium ended', reason)
    if (app.isQuitting) return
    console.error('Chromium is gone:', reason)
    process.exit(1)
  })
  await watchTargets(chromium)
  const versions = Object.freeze({ ...process.versions, chrome: chromium.product.split('/')[1] ?? '0' })
  Object.defineProperty(process, 'versions', { value: versions, configurable: true })
  app.userAgentFallback = chromium.userAgent
}
