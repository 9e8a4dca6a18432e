import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { WritableDb } from './db.ts'
import { checkIntegrity } from './integrity.ts'
import { backupsDirectoryOf, corruptLibrary, listBackups } from './library-errors.ts'

const KEPT_BACKUPS = 5
const DAY_MS = 24 * 60 * 60 * 1000

/** Sorts by time. */
const stampOf = (epochMs: number): string => new Date(epochMs).toISOString().replaceAll(/[:.]/g, '-')

/** A plain copy is enough: everything is checkpointed into the file, and the lock keeps every other writer away. */
export const backUp = (db: WritableDb, version: number): void => {
  const directory = backupsDirectoryOf(db.file)
  mkdirSync(directory, { recursive: true })
  db.pragma('wal_checkpoint(TRUNCATE)')
  const file = path.join(directory, `library-${stampOf(db.surroundings.nowEpochMs())}-v${version}.db`)
  copyFileSync(db.file, `${file}.new`, constants.COPYFILE_FICLONE)
  renameSync(`${file}.new`, file)
  for (const oldest of listBackups(db.file).slice(0, -KEPT_BACKUPS)) rmSync(path.join(directory, oldest))
}

/**
 * Looks through the whole library and copies it, when the newest copy is older than a day, so that no copy is ever made
 * of a damaged one.
 * @throws AppError `library.corrupt`
 */
export const backUpDaily = (db: WritableDb, version: number): void => {
  const newest = listBackups(db.file).at(-1)
  if (newest !== undefined && newest > `library-${stampOf(db.surroundings.nowEpochMs() - DAY_MS)}`) return
  const [problem] = checkIntegrity(db)
  if (problem !== undefined) throw corruptLibrary(db.file, new Error(problem))
  backUp(db, version)
}

/**
 * Puts the newest backup in the place of a library that cannot be opened. The damaged files stay beside it.
 * @returns file name of the backup
 * @throws AppError `library.corrupt` where there is no backup; nothing is changed then
 */
export const restoreNewestBackup = (directory: string): string => {
  const databaseFile = path.join(directory, 'library.db')
  const newest = listBackups(databaseFile).at(-1)
  if (newest === undefined) throw corruptLibrary(databaseFile, new Error('there is no backup'))
  setLibraryAside(directory)
  copyFileSync(path.join(backupsDirectoryOf(databaseFile), newest), databaseFile)
  return newest
}

/** Moves a library that cannot be opened out of the way, so that a new one can begin. Nothing is deleted. */
export const setLibraryAside = (directory: string): void => {
  let count = 1
  while (existsSync(path.join(directory, `library.damaged-${count}.db`))) count += 1
  for (const suffix of ['', '-wal', '-shm']) {
    const file = path.join(directory, `library.db${suffix}`)
    if (existsSync(file)) renameSync(file, path.join(directory, `library.damaged-${count}.db${suffix}`))
  }
}
