import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const PACKAGE = path.join(import.meta.dirname, '..', 'node_modules', 'electron')
const DOWNLOAD_HOST = 'https://github.com'

/** A closed network often does not answer at all. */
const REACH_TIMEOUT_MS = 5000
/** About 120 MB. */
const DOWNLOAD_TIMEOUT_MS = 600_000

/** The real Electron, when it has been downloaded. */
export function findElectron(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const pathFile = path.join(PACKAGE, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron'
  const binary = path.join(env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(PACKAGE, 'dist'), name)
  return existsSync(binary) ? binary : undefined
}

/**
 * Downloads Electron if the network lets it.
 * @returns why not, or undefined when it is there now
 */
export async function fetchElectron(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (env.ELECTRON_SKIP_BINARY_DOWNLOAD) return 'its download is switched off'
  const from = env.ELECTRON_MIRROR ?? env.npm_config_electron_mirror ?? DOWNLOAD_HOST
  try {
    await fetch(from, { method: 'HEAD', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) })
  } catch {
    return `${from} cannot be reached`
  }
  console.log(`Downloading Electron from ${from}`)
  const { status } = spawnSync(process.execPath, [path.join(PACKAGE, 'install.js')], {
    stdio: ['ignore', 'inherit', 'ignore'],
    timeout: DOWNLOAD_TIMEOUT_MS,
  })
  return status === 0 && findElectron(env) ? undefined : `its download from ${from} failed`
}
