import { existsSync } from 'node:fs'
import path from 'node:path'

/** What to tell a person whose system has no Chromium. */
export const CHROMIUM_ADVICE =
  'Install Chromium (Debian, Ubuntu: apt-get install chromium) or Chrome, or name one in COSY_CHROMIUM.'

/** The system's Chromium or a browser made from it: COSY_CHROMIUM first, then the usual places, then PATH. */
export function findChromium(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  isThere: (file: string) => boolean = existsSync,
): string | undefined {
  if (env.COSY_CHROMIUM) return isThere(env.COSY_CHROMIUM) ? env.COSY_CHROMIUM : undefined
  return [...usualPlaces(env, platform), ...onPath(env, platform)].find(isThere)
}

function usualPlaces(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  switch (platform) {
    case 'darwin':
      return ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
        (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
      )
    case 'win32':
      return [env.ProgramFiles, env['ProgramFiles(x86)'], env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) =>
          [
            'Chromium\\Application\\chrome.exe',
            'Google\\Chrome\\Application\\chrome.exe',
            'Microsoft\\Edge\\Application\\msedge.exe',
          ].map((file) => path.win32.join(folder, file)),
        )
    default:
      // The binary before Debian's wrapper script, which prints to stderr and does not exec.
      return ['/usr/lib/chromium/chromium', '/opt/google/chrome/chrome']
  }
}

function onPath(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
  if (platform === 'win32') return []
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']
  return names.flatMap((name) => (env.PATH ?? '').split(':').map((folder) => path.posix.join(folder || '.', name)))
}
