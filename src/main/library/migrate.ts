import { constants, copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { type ReadableDb, readPragma, transaction, type WritableDb } from './db.ts'
import { backupsDirectoryOf, listBackups } from './library-errors.ts'
import type { Migration } from './migrations/index.ts'

const KEPT_BACKUPS = 5

/** Version of the schema in the file; 0 for a file without one. */
export const schemaVersionOf = (db: ReadableDb): number => Number(readPragma(db, 'user_version'))

/** @throws AppError `library.newer-than-app` */
export const refuseNewerSchema = (db: ReadableDb, migrations: readonly Migration[]): void => {
  const libraryVersion = schemaVersionOf(db)
  const appVersion = migrations.at(-1)?.version ?? 0
  if (libraryVersion > appVersion)
    throw new AppError('library.newer-than-app', {
      params: { file: db.file, libraryVersion, appVersion },
      remedies: ['update-app'],
    })
}

/** Brings the schema up to date, one transaction per step; an existing library is copied to `backups/` first. */
export const migrate = (db: WritableDb, migrations: readonly Migration[]): void => {
  const fromVersion = schemaVersionOf(db)
  const missing = migrations.filter(({ version }) => version > fromVersion)
  if (missing.length === 0) return
  if (fromVersion > 0) backUp(db, fromVersion)
  for (const { version, name, up } of missing) {
    transaction(db, () => {
      up(db)
      db.pragma(`user_version = ${version}`)
    })
    db.surroundings.log?.('info', 'library migrated', { version, name })
  }
}

/** A plain copy is enough: everything is checkpointed into the file, and the lock keeps every other writer away. */
const backUp = (db: WritableDb, version: number): void => {
  const directory = backupsDirectoryOf(db.file)
  mkdirSync(directory, { recursive: true })
  db.pragma('wal_checkpoint(TRUNCATE)')
  // Names sort by time.
  const stamp = new Date(db.surroundings.nowEpochMs()).toISOString().replaceAll(/[:.]/g, '-')
  const file = path.join(directory, `library-${stamp}-v${version}.db`)
  copyFileSync(db.file, `${file}.new`, constants.COPYFILE_FICLONE)
  renameSync(`${file}.new`, file)
  for (const oldest of listBackups(db.file).slice(0, -KEPT_BACKUPS)) rmSync(path.join(directory, oldest))
}
