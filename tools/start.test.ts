import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { fetchElectron, findElectron } from './electron-binary.ts'

const start = (env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'start.ts')], { env, encoding: 'utf8' })

describe.skipIf(process.platform !== 'linux')('npm start on Linux', () => {
  it('says how to get a display where there is none', () => {
    const { status, stderr } = start({ PATH: process.env.PATH })
    expect(stderr).toContain('xvfb-run -a npm start')
    expect(status).toBe(2)
  })

  it('says what to install where there is neither Electron nor Chromium', () => {
    const { status, stderr } = start({
      PATH: '',
      DISPLAY: ':0',
      ELECTRON_OVERRIDE_DIST_PATH: '/nowhere',
      ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
      COSY_CHROMIUM: '/nowhere/chromium',
    })
    expect(stderr).toContain('apt-get install chromium')
    expect(status).toBe(1)
  })
})

describe('the Electron binary', () => {
  it('is looked for where ELECTRON_OVERRIDE_DIST_PATH says', () => {
    expect(findElectron({ ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' })).toBeUndefined()
  })

  it('is not fetched from a place that does not answer', async () => {
    // Port 9 discards; nothing listens on it.
    expect(await fetchElectron({ ELECTRON_MIRROR: 'http://127.0.0.1:9/' })).toContain('cannot be reached')
  })
})
