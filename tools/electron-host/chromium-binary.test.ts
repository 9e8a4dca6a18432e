import { describe, expect, it } from 'vitest'
import { findChromium } from './chromium-binary.ts'

const only =
  (...files: string[]) =>
  (file: string) =>
    files.includes(file)

describe('finding Chromium', () => {
  it('prefers the one named in COSY_CHROMIUM, and no other when that is missing', () => {
    const env = { COSY_CHROMIUM: '/opt/my/chrome' }
    expect(findChromium(env, 'linux', only('/opt/my/chrome', '/usr/lib/chromium/chromium'))).toBe('/opt/my/chrome')
    expect(findChromium(env, 'linux', only('/usr/lib/chromium/chromium'))).toBeUndefined()
  })

  it('prefers the binary to the wrapper script on PATH', () => {
    const env = { PATH: '/usr/bin' }
    expect(findChromium(env, 'linux', only('/usr/bin/chromium', '/usr/lib/chromium/chromium'))).toBe(
      '/usr/lib/chromium/chromium',
    )
    expect(findChromium(env, 'linux', only('/usr/bin/google-chrome'))).toBe('/usr/bin/google-chrome')
  })

  it('knows where macOS and Windows keep browsers', () => {
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    expect(findChromium({}, 'darwin', only(chrome))).toBe(chrome)
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe'
    expect(findChromium({ 'ProgramFiles(x86)': 'C:\\Program Files (x86)' }, 'win32', only(edge))).toBe(edge)
  })

  it('says when there is none', () => {
    expect(findChromium({ PATH: '/usr/bin' }, 'linux', () => false)).toBeUndefined()
  })
})
