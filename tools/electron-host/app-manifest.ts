import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

type PackageJson = { name?: string; productName?: string; version?: string; main?: string }

/** Where an app lies and what it calls itself. */
export type AppManifest = {
  /** Folder that `app.getAppPath()` returns. */
  appPath: string
  /** Absolute path of the main process's module. */
  entry: string
  name: string
  version: string
}

/**
 * Reads the app Electron was pointed at.
 * @param target folder with a package.json, or a module inside one
 */
export function loadAppManifest(target: string, electronVersion: string): AppManifest {
  const absolute = path.resolve(target)
  const isFolder = existsSync(absolute) && statSync(absolute).isDirectory()
  const start = isFolder ? absolute : path.dirname(absolute)
  const packageFile = findUpwards(start, 'package.json')
  const manifest = packageFile ? loadPackage(packageFile) : {}
  return {
    appPath: isFolder || !packageFile ? start : path.dirname(packageFile),
    entry: isFolder ? path.resolve(absolute, manifest.main ?? 'index.js') : absolute,
    name: manifest.productName ?? manifest.name ?? 'Electron',
    version: manifest.version ?? electronVersion,
  }
}

/** Version of the `electron` package the app is written against; '0.0.0' when it is not installed. */
export function findElectronVersion(from: string): string {
  const file = findUpwards(path.resolve(from), 'node_modules/electron/package.json')
  return (file && loadPackage(file).version) ?? '0.0.0'
}

const loadPackage = (file: string): PackageJson => JSON.parse(readFileSync(file, 'utf8'))

function findUpwards(start: string, name: string): string | undefined {
  for (let folder = start; ; folder = path.dirname(folder)) {
    const file = path.join(folder, name)
    if (existsSync(file)) return file
    if (path.dirname(folder) === folder) return undefined
  }
}
