import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { backUpDaily } from './backups.ts'
import { openReadable, openWritable, type ReadableDb, type Surroundings, statement, type WritableDb } from './db.ts'
import { unwritableLibrary } from './library-errors.ts'
import { holdLibraryLock } from './library-lock.ts'
import { migrate, refuseNewerSchema, schemaVersionOf } from './migrate.ts'
import { MIGRATIONS, type Migration } from './migrations/index.ts'

export type LibraryOptions = Surroundings & { directory: string }

export interface Library extends Disposable {
  readonly db: WritableDb
  readonly directory: string
  /** Writes everything into the one file and lets go of the lock. */
  close(): void
}

/**
 * Opens the library in a folder, making one where there is none.
 * @throws AppError `library.locked`, `library.corrupt`, `library.newer-than-app`, `library.not-writable`; the database
 *   file is then as it was
 */
export const openLibrary = (
  { directory, ...surroundings }: LibraryOptions,
  migrations: readonly Migration[] = MIGRATIONS,
): Library => {
  makeDirectory(directory)
  const lock = holdLibraryLock(directory, surroundings)
  let db: WritableDb | undefined
  try {
    const file = path.join(directory, 'library.db')
    const isNew = !existsSync(file) || statSync(file).size === 0
    if (!isNew) probe(file, surroundings, migrations)
    db = openWritable(file, surroundings)
    db.pragma('journal_mode = WAL')
    // A crash of the app loses nothing; a crash of the computer may lose the last moment, never consistency. An edit
    // would otherwise wait for the disk at each key press.
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    // A book of 10,000 lines stays in memory, and its import is carried over from the log (which waits for the disk) once.
    db.pragma('cache_size = -32768')
    db.pragma('wal_autocheckpoint = 4000')
    migrate(db, migrations)
    if (!isNew) backUpDaily(db, schemaVersionOf(db))
  } catch (error) {
    db?.[Symbol.dispose]()
    lock[Symbol.dispose]()
    throw error
  }
  const opened = db
  let isOpen = true
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    opened[Symbol.dispose]()
    lock[Symbol.dispose]()
  }
  return { db: opened, directory, close, [Symbol.dispose]: close }
}

const makeDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw unwritableLibrary(directory, error)
  }
}

/**
 * Looks at the file without a right to write, so that a damaged or newer one stays as it is: header, schema, and the
 * beginning of each table. Costs a few pages whatever the size; the daily backup and
 * `checkIntegrity` read everything.
 */
const probe = (file: string, surroundings: Surroundings, migrations: readonly Migration[]): void => {
  using db = openReadable(file, surroundings)
  refuseNewerSchema(db, migrations)
  for (const { name } of selectTables(db).all({})) firstRowOf(db, name)
}

const selectTables = statement<Record<string, never>, { name: string }>(
  'library.tables',
  `SELECT name FROM sqlite_schema WHERE type = 'table'`,
)

const firstRowOf = (db: ReadableDb, table: string): void => {
  statement<Record<string, never>, unknown>('library.probe', `SELECT * FROM "${table}" LIMIT 1`)(db).get({})
}
