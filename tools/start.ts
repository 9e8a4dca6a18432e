// Opens the built app: in Electron, or where Electron cannot be had in the system's Chromium.
//   node tools/start.ts [switches and arguments for the app]
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { installChromium } from './chromium-package.ts'
import { fetchElectron, findElectron } from './electron-binary.ts'
import { CHROMIUM_ADVICE, findChromium } from './electron-host/chromium-binary.ts'

type Command = { file: string; args: string[]; env: NodeJS.ProcessEnv }

const ROOT = path.join(import.meta.dirname, '..')
const EXIT_FAILED = 1
const EXIT_NO_DISPLAY = 2

const appArgs = [ROOT, ...process.argv.slice(2)]

if (!hasDisplay())
  fail(
    'Cosy Studio needs a display, and neither DISPLAY nor WAYLAND_DISPLAY names one. ' +
      'Without a screen, use a virtual one: xvfb-run -a npm start (Debian, Ubuntu: apt-get install xvfb xauth).',
    EXIT_NO_DISPLAY,
  )
const whyNotElectron = findElectron() ? '' : await fetchElectron()
const electron = findElectron()
const command = electron ? inElectron(electron) : inChromium(whyNotElectron ?? 'it is not installed')
if (!existsSync(path.join(ROOT, 'out', 'main', 'index.js'))) fail('Cosy Studio is not built yet: npm run build')
run(command)

function hasDisplay(): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

function inElectron(binary: string): Command {
  // Chromium's sandbox refuses root.
  const isRoot = process.getuid?.() === 0
  return { file: binary, args: [...(isRoot ? ['--no-sandbox'] : []), ...appArgs], env: process.env }
}

function inChromium(whyNot: string): Command {
  if (!findChromium()) installChromium()
  const chromium = findChromium()
  if (!chromium)
    return fail(`Electron is not here (${whyNot}), and there is no Chromium to open in. ${CHROMIUM_ADVICE}`)
  console.log(`Electron is not here (${whyNot}), so Cosy Studio opens in ${chromium}.`)
  const host = path.join(ROOT, 'tools', 'electron-host', 'main.ts')
  return {
    file: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', host, ...appArgs],
    env: { ...process.env, COSY_HOST_HEADED: '1' },
  }
}

function run({ file, args, env }: Command): void {
  const child = spawn(file, args, { stdio: 'inherit', env })
  // The app ends itself on these; this process waits for its exit code.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(error.message))
  child.on('exit', (code) => process.exit(code ?? EXIT_FAILED))
}

function fail(message: string, exitCode = EXIT_FAILED): never {
  console.error(message)
  process.exit(exitCode)
}
