import { type SpawnSyncOptions, spawnSync } from 'node:child_process'

/** The browser, and the letters of the languages the app speaks. */
const PACKAGES = ['chromium', 'fonts-noto-cjk']
const INSTALL_TIMEOUT_MS = 600_000

/** Installs Debian's Chromium where this process may. */
export function installChromium(): void {
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return
  console.log(`Installing ${PACKAGES.join(' and ')} with apt-get`)
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_TIMEOUT_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  const install = () => spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], options)
  if (install().status === 0) return
  // The lists of a fresh container are empty.
  spawnSync('apt-get', ['update'], options)
  install()
}
