import path from 'node:path'

type Surroundings = {
  platform: NodeJS.Platform
  homeDirectory: string
  env: Readonly<Record<string, string | undefined>>
}

/** Where the app keeps its data: the same folder that Electron calls `userData`. */
export const userDataDirectory = ({ platform, homeDirectory, env }: Surroundings): string => {
  const appData =
    platform === 'win32'
      ? (env.APPDATA ?? path.join(homeDirectory, 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? path.join(homeDirectory, 'Library', 'Application Support')
        : (env.XDG_CONFIG_HOME ?? path.join(homeDirectory, '.config'))
  return path.join(appData, 'Cosy Studio')
}

export const libraryDirectoryIn = (userData: string): string => path.join(userData, 'library')
