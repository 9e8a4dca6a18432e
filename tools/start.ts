// Opens the built app: in Electron, or where Electron cannot be had in the system's Chromium.
//   node tools/start.ts [switches and arguments for the app]
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { installChromium } from './chromium-package.ts'
import { fetchElectron, findElectron } from './electron-binary.ts'
import { CHROMIUM_ADVICE, findChromium } from './electron-host/chromium-binary.ts'

const ROOT = path.join(import.meta.dirname, '..')
const EXIT_NO_BROWSER = 1
const EXIT_NO_DISPLAY = 2

const args = process.argv.slice(2)

if (!hasDisplay()) {
  console.error(
    'Cosy Studio needs a display, and neither DISPLAY nor WAYLAND_DISPLAY names one. ' +
      'Without a screen, use a virtual one: xvfb-run -a npm start (Debian, Ubuntu: apt-get install xvfb).',
  )
  process.exit(EXIT_NO_DISPLAY)
}

const whyNotElectron = findElectron() ? undefined : await fetchElectron()
const electron = findElectron()
exitWith(electron ? openInElectron(electron) : openInChromium(whyNotElectron ?? 'it is not installed'))

function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function openInElectron(binary: string): ChildProcess {
  const isRoot = process.getuid?.() === 0
  return spawn(binary, [...(isRoot ? ['--no-sandbox'] : []), ROOT, ...args], { stdio: 'inherit' })
}

function openInChromium(whyNotElectron: string): ChildProcess {
  if (!findChromium()) installChromium()
  const chromium = findChromium()
  if (!chromium) return failWithoutBrowser(whyNotElectron)
  console.log(`Electron is not here (${whyNotElectron}), so Cosy Studio opens in ${chromium}.`)
  const host = path.join(ROOT, 'tools', 'electron-host', 'main.ts')
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', host, ROOT, ...args], {
    stdio: 'inherit',
    env: { ...process.env, COSY_HOST_HEADED: '1' },
  })
}

function failWithoutBrowser(whyNotElectron: string): never {
  console.error(`Electron is not here (${whyNotElectron}), and there is no Chromium to open in. ${CHROMIUM_ADVICE}`)
  process.exit(EXIT_NO_BROWSER)
}

function exitWith(child: ChildProcess): void {
  // The app ends itself on these; this process waits for its exit code.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(EXIT_NO_BROWSER)
  })
  child.on('exit', (code) => process.exit(code ?? EXIT_NO_BROWSER))
}
