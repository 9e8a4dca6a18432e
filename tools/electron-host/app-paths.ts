import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { host } from './host.ts'

const HOME_FOLDERS = ['desktop', 'documents', 'downloads', 'music', 'pictures', 'videos']

/** app.getPath and app.setPath. */
export class AppPaths {
  readonly #set = new Map<string, string>()
  readonly #appName: () => string

  constructor(appName: () => string) {
    this.#appName = appName
  }

  get(name: string): string {
    return this.#set.get(name) ?? this.#standard(name)
  }

  set(name: string, folder: string): void {
    if (!path.isAbsolute(folder)) throw new Error('Path must be absolute')
    mkdirSync(folder, { recursive: true })
    this.#set.set(name, folder)
  }

  #standard(name: string): string {
    const home = os.homedir()
    switch (name) {
      case 'home':
        return home
      case 'appData':
        return appDataFolder(home)
      case 'userData':
        return host.switches.get('user-data-dir') ?? path.join(this.get('appData'), this.#appName())
      case 'sessionData':
        return this.get('userData')
      case 'logs':
        return path.join(this.get('userData'), 'logs')
      case 'crashDumps':
        return path.join(this.get('userData'), 'Crashpad')
      case 'temp':
        return os.tmpdir()
      case 'exe':
        return path.join(import.meta.dirname, 'electron')
      case 'module':
        return process.execPath
      default:
        if (HOME_FOLDERS.includes(name)) return path.join(home, `${name.charAt(0).toUpperCase()}${name.slice(1)}`)
        throw new Error(`Failed to get '${name}' path`)
    }
  }
}

function appDataFolder(home: string): string {
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support')
  if (process.platform === 'win32') return process.env.APPDATA ?? path.join(home, 'AppData', 'Roaming')
  return process.env.XDG_CONFIG_HOME ?? path.join(home, '.config')
}
