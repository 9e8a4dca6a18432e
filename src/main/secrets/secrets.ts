import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '../../shared/kernel/index.ts'
import { isAbsent } from '../disk/index.ts'
import type { Log } from '../log/index.ts'

/** What the system keeps passwords with. */
export type Vault = {
  seal(text: string): Uint8Array
  /** @throws Error where it was sealed by somebody else, or the vault is locked */
  unseal(bytes: Uint8Array): string
}

/** Keys of services, by names that say nothing of them. They leave only for the service. */
export interface Secrets {
  /** False: what is put goes into a file as it is, and only if the person said so. */
  readonly hasVault: boolean
  /** The key so that its owner knows it again and nobody else can use it; null where there is none. */
  hint(name: string): string | null
  /** Another for every other key, for telling that it changed; null where there is none. */
  mark(name: string): string | null
  /** @throws AppError `secret.unreadable` */
  read(name: string): string | undefined
  /** @throws AppError `secret.no-vault` where there is none and a file is not allowed */
  put(name: string, secret: string, options: { mayLieInFile: boolean }): void
  remove(name: string): void
}

const storedSchema = z.object({
  secrets: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('sealed'), data: z.base64(), hint: z.string() }),
      z.object({ kind: z.literal('plain'), text: z.string(), hint: z.string() }),
    ]),
  ),
})
type Stored = z.output<typeof storedSchema>

const SHOWN = 4
/** Of shorter keys the end would be too much of them. */
const SHORTEST_SHOWN = 12
const OWNER_ALONE = 0o600

/** `sk-***` and the last four characters. */
export const maskSecret = (secret: string): string => {
  const prefix = /^[a-z]{2,4}-/.exec(secret)?.[0] ?? ''
  return `${prefix}***${secret.length >= SHORTEST_SHOWN ? secret.slice(-SHOWN) : ''}`
}

const readStored = (file: string, log: Log): Stored => {
  try {
    return storedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    if (isAbsent(error)) return { secrets: {} }
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
    // Its content stays out of the log.
    log('warn', 'file of keys cannot be read; put aside')
    renameSync(file, file.replace(/\.json$/, '.unreadable.json'))
    return { secrets: {} }
  }
}

/**
 * Keys in a file that only its owner may read, each sealed by the system's vault.
 * @param vault undefined where the system has none, or where this process cannot reach it
 */
export const openSecrets = (file: string, vault: Vault | undefined, log: Log): Secrets => {
  let stored = readStored(file, log)
  const write = (secrets: Stored['secrets']): void => {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify({ secrets }), { mode: OWNER_ALONE })
    chmodSync(`${file}.new`, OWNER_ALONE)
    renameSync(`${file}.new`, file)
    stored = { secrets }
  }
  const unreadable = (reason: string, cause?: unknown): AppError =>
    new AppError('secret.unreadable', { params: { reason }, remedies: ['enter-key'], cause })
  return {
    hasVault: vault !== undefined,
    hint: (name) => stored.secrets[name]?.hint ?? null,
    mark: (name) => {
      const known = stored.secrets[name]
      return known ? createHash('sha256').update(JSON.stringify(known)).digest('hex') : null
    },
    read(name) {
      const known = stored.secrets[name]
      if (!known) return undefined
      if (known.kind === 'plain') return known.text
      if (!vault) throw unreadable('no password store')
      try {
        return vault.unseal(Buffer.from(known.data, 'base64'))
      } catch (error) {
        throw unreadable('sealed elsewhere', error)
      }
    },
    put(name, secret, { mayLieInFile }) {
      const hint = maskSecret(secret)
      if (vault) {
        const data = Buffer.from(vault.seal(secret)).toString('base64')
        return write({ ...stored.secrets, [name]: { kind: 'sealed', data, hint } })
      }
      if (!mayLieInFile) throw new AppError('secret.no-vault', { remedies: ['keep-in-file'] })
      write({ ...stored.secrets, [name]: { kind: 'plain', text: secret, hint } })
    },
    remove(name) {
      if (!stored.secrets[name]) return
      const { [name]: _, ...rest } = stored.secrets
      write(rest)
    },
  }
}
