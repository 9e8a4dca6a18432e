import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'

test('the third-party notices list what the lockfile brings', () => {
  const root = path.resolve(import.meta.dirname, '..')
  const { status, stderr } = spawnSync(process.execPath, ['tools/third-party-notices.ts'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(status, stderr).toBe(0)
})
