import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type SecondInstance, SingleInstanceLock } from './single-instance-lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cosy-host-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const instance = (name: string): SecondInstance => ({ argv: [name], cwd: '/', data: null })
const ignore = (): void => {}

it('tells the first instance about the second', async () => {
  const first = new SingleInstanceLock(folder)
  const heard = new Promise((resolve) => first.acquire(instance('first'), resolve))
  await first.listening
  const second = new SingleInstanceLock(folder)
  expect(second.acquire(instance('second'), ignore)).toBe(false)
  await second.notified
  expect(await heard).toEqual(instance('second'))
  first.release()
  expect(second.acquire(instance('second'), ignore)).toBe(true)
  second.release()
})

it('takes over from an instance that died', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(path.join(folder, 'cosy-host-instance.json'), JSON.stringify({ pid, port: 9 }))
  const lock = new SingleInstanceLock(folder)
  expect(lock.acquire(instance('next'), ignore)).toBe(true)
  lock.release()
})
