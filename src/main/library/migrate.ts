import { AppError } from '../../shared/kernel/index.ts'
import { backUp } from './backups.ts'
import { type ReadableDb, readPragma, transaction, type WritableDb } from './db.ts'
import type { Migration } from './migrations/index.ts'

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
