import { safeStorage } from 'electron'
import type { Vault } from '../secrets/index.ts'

/**
 * The system's password store; undefined where there is none, or where Electron would only pretend: without a keyring it
 * hides keys with a password that is in its source.
 * @source electron docs/api/safe-storage.md getSelectedStorageBackend
 */
export const createVault = (): Vault | undefined => {
  const pretends = process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text'
  if (pretends || !safeStorage.isEncryptionAvailable()) return undefined
  return {
    seal: (text) => safeStorage.encryptString(text),
    unseal: (bytes) => safeStorage.decryptString(Buffer.from(bytes)),
  }
}
