import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { SafeStorage } from 'electron'
import { app } from './app.ts'

const PREFIX = Buffer.from('v10') // as Chromium marks its own
const IV_BYTES = 12
const TAG_BYTES = 16

/** Encrypts with a key in a file that only its owner may read: the desktop's keyring is out of reach. */
export const safeStorage = {
  isEncryptionAvailable: () => app.isReady(),
  isAsyncEncryptionAvailable: async () => app.isReady(),
  getSelectedStorageBackend: () => 'basic_text',
  encryptString: encrypt,
  encryptStringAsync: async (text) => encrypt(text),
  decryptString: decrypt,
  decryptStringAsync: async (encrypted) => ({ result: decrypt(encrypted), shouldReEncrypt: false }),
} satisfies Partial<SafeStorage>

function encrypt(text: string): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', loadKey(), iv)
  return Buffer.concat([PREFIX, iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

function decrypt(encrypted: Buffer): string {
  if (!encrypted.subarray(0, PREFIX.length).equals(PREFIX))
    throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.')
  const start = PREFIX.length + IV_BYTES
  const decipher = createDecipheriv('aes-256-gcm', loadKey(), encrypted.subarray(PREFIX.length, start))
  decipher.setAuthTag(encrypted.subarray(-TAG_BYTES))
  return Buffer.concat([decipher.update(encrypted.subarray(start, -TAG_BYTES)), decipher.final()]).toString('utf8')
}

function loadKey(): Buffer {
  const folder = app.getPath('userData')
  const file = path.join(folder, 'cosy-host-safe-storage.key')
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, randomBytes(32), { mode: 0o600 })
  }
  return readFileSync(file)
}
