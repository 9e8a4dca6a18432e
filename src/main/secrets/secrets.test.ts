import { readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/support/test-disk.ts'
import { maskSecret, openSecrets, type Vault } from './secrets.ts'

const KEY = 'sk-0123456789abcdef'
const noLog = (): void => undefined

/** Turns each byte over; told apart by its owner. */
const aVault = (owner: string): Vault => ({
  seal: (text) => Buffer.from(`${owner}:${text}`).map((byte) => byte ^ 0xff),
  unseal: (bytes) => {
    const [by, text = ''] = Buffer.from(bytes.map((byte) => byte ^ 0xff))
      .toString()
      .split(':')
    if (by !== owner) throw new Error('not mine')
    return text
  },
})

test('a key is sealed in a file that only its owner may read, and comes back', () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'keys.json')
  openSecrets(file, aVault('me'), noLog).put('member_1', KEY, { mayLieInFile: false })
  expect(readFileSync(file, 'utf8')).not.toContain('0123')
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  const secrets = openSecrets(file, aVault('me'), noLog)
  expect([secrets.read('member_1'), secrets.hint('member_1'), secrets.hint('member_2')]).toEqual([
    KEY,
    'sk-***cdef',
    null,
  ])
  const mark = secrets.mark('member_1')
  secrets.put('member_1', KEY.replace('0', '9'), { mayLieInFile: false })
  expect(secrets.hint('member_1')).toBe('sk-***cdef')
  expect(secrets.mark('member_1')).not.toBe(mark)
  secrets.remove('member_1')
  expect(secrets.mark('member_1')).toBeNull()
  expect(openSecrets(file, aVault('me'), noLog).read('member_1')).toBeUndefined()
})

test('without a vault a key lies in the file only if the person said so', () => {
  using folder = temporaryFolder()
  const secrets = openSecrets(path.join(folder.directory, 'keys.json'), undefined, noLog)
  expect(() => secrets.put('member_1', KEY, { mayLieInFile: false })).toThrow(
    expect.objectContaining({ code: 'secret.no-vault' }),
  )
  expect(secrets.read('member_1')).toBeUndefined()
  secrets.put('member_1', KEY, { mayLieInFile: true })
  expect([secrets.hasVault, secrets.read('member_1')]).toEqual([false, KEY])
})

test('a key that was sealed elsewhere is named as such and stays', () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'keys.json')
  openSecrets(file, aVault('somebody'), noLog).put('member_1', KEY, { mayLieInFile: false })
  for (const vault of [aVault('me'), undefined]) {
    const secrets = openSecrets(file, vault, noLog)
    expect(() => secrets.read('member_1')).toThrow(expect.objectContaining({ code: 'secret.unreadable' }))
  }
  expect(openSecrets(file, aVault('somebody'), noLog).read('member_1')).toBe(KEY)
})

test('a file that is no file of keys is put aside, and nothing of it is logged', () => {
  using folder = temporaryFolder()
  const file = path.join(folder.directory, 'keys.json')
  writeFileSync(file, `{"secrets": ${KEY}`)
  const logged: unknown[] = []
  const secrets = openSecrets(file, undefined, (...words) => logged.push(words))
  expect(secrets.read('member_1')).toBeUndefined()
  expect(readFileSync(path.join(folder.directory, 'keys.unreadable.json'), 'utf8')).toContain(KEY)
  expect(logged).toHaveLength(1)
  expect(JSON.stringify(logged)).not.toContain('0123')
})

test('a masked key keeps what tells its kind and its last four characters', () => {
  expect([KEY, 'abc', 'a-token-of-another-shape', 'st-short'].map(maskSecret)).toEqual([
    'sk-***cdef',
    '***',
    '***hape',
    'st-***',
  ])
})
