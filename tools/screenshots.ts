import { spawnSync } from 'node:child_process'
import path from 'node:path'

// Renews the pictures of the documentation with the window tests that take them.

const root = path.resolve(import.meta.dirname, '..')
const { status } = spawnSync('npx', ['playwright', 'test', 'screenshots'], {
  cwd: root,
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, COSY_SCREENSHOTS: 'docs/screenshots' },
})
process.exitCode = status ?? 1
