import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findChromium } from './chromium-binary.ts'

const hasVirtualDisplay = spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).status === 0
const canRun = hasVirtualDisplay && findChromium() !== undefined

describe.skipIf(!canRun)('a window on the desktop (needs Chromium and xvfb-run)', () => {
  const userDataDir = mkdtempSync(path.join(tmpdir(), 'cosy-host-headed-'))
  afterAll(() => rmSync(userDataDir, { recursive: true, force: true }))

  it('opens as the app asked and goes when the app quits', () => {
    const electron = path.join(import.meta.dirname, 'electron')
    const app = path.join(import.meta.dirname, 'fixture-app')
    const { status, stdout } = spawnSync(
      'xvfb-run',
      ['-a', electron, app, `--user-data-dir=${userDataDir}`, '--quit-when-shown'],
      { env: { ...process.env, COSY_HOST_HEADED: '1' }, encoding: 'utf8' },
    )
    expect(JSON.parse(stdout)).toEqual({ title: '你好 fixture', size: [900, 640], url: 'app://main/index.html' })
    expect(status).toBe(0)
  })
})
