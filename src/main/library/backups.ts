import { constants, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { errnoOf, refusalOf } from '../disk/index.ts'
import { readPragmaColumn, type WritableDb } from './db.ts'
import { backupsDirectoryOf, corruptLibrary, listBackups, nameFileTrouble } from './library-errors.ts'
import { holdLibraryLock } from './library-lock.ts'

const KEPT_BACKUPS = 5
const DAY_MS = 24 * 60 * 60 * 1000
/** Reading and copying so much takes about a second, which is what a start may cost once a day. */
const MAX_DAILY_BYTES = 256 * 1024 * 1024

/** Stamps sort by time. */
const stampOf = (epochMs: number): string => new Date(epochMs).toISOString().replaceAll(/[:.]/g, '-')

/**
 * Copies the database into `backups/`. A plain copy is enough: everything is checkpointed into the one file, and the lock
 * keeps every other writer away.
 * @throws AppError `library.not-writable`
 */
export const backUp = (db: WritableDb, version: number): void => {
  const directory = backupsDirectoryOf(db.file)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const file = path.join(directory, `library-${stampOf(db.surroundings.nowEpochMs())}-v${version}.db`)
  try {
    mkdirSync(directory, { recursive: true })
    copyFileSync(db.file, `${file}.new`, constants.COPYFILE_FICLONE)
    renameSync(`${file}.new`, file)
  } catch (error) {
    rmSync(`${file}.new`, { force: true })
    const isFull = refusalOf(errnoOf(error)) === 'full'
    throw nameFileTrouble(isFull ? 'SQLITE_FULL' : 'SQLITE_READONLY', db.file, error) ?? error
  }
  for (const oldest of listBackups(db.file).slice(0, -KEPT_BACKUPS)) rmSync(path.join(directory, oldest))
}

/**
 * When the newest copy is older than a day: looks the whole database through and copies it, so that there is something
 * sound to go back to. A copy that cannot be made is logged, and keeps nobody from working.
 * @throws AppError `library.corrupt`
 */
export const backUpDaily = (db: WritableDb, version: number): void => {
  const { nowEpochMs, log } = db.surroundings
  const newest = listBackups(db.file).at(-1)
  if (newest !== undefined && newest > `library-${stampOf(nowEpochMs() - DAY_MS)}`) return
  if (statSync(db.file).size > MAX_DAILY_BYTES) return
  const [problem] = readPragmaColumn(db, 'quick_check(1)')
  if (problem !== 'ok') throw corruptLibrary(db.file, new Error(String(problem)))
  try {
    backUp(db, version)
  } catch (error) {
    log?.('warn', 'daily backup was not made', { error })
  }
}

/**
 * Puts the newest backup in the place of a library that cannot be opened. The damaged files stay beside it, as
 * `library.damaged-1.db` (2, 3 ...).
 * @returns the file name of the backup
 * @throws AppError `library.corrupt` where there is no backup, `library.locked`; nothing is changed then
 */
export const restoreNewestBackup = (directory: string): string => {
  using _lock = lockFor(directory)
  const file = path.join(directory, 'library.db')
  const newest = listBackups(file).at(-1)
  if (newest === undefined) throw corruptLibrary(file, new Error('there is no backup'))
  copyFileSync(path.join(backupsDirectoryOf(file), newest), `${file}.new`)
  moveAside(directory)
  renameSync(`${file}.new`, file)
  return newest
}

/**
 * Moves a library that cannot be opened out of the way, so that a new one can begin. Nothing is deleted.
 * @throws AppError `library.locked`
 */
export const setLibraryAside = (directory: string): void => {
  using _lock = lockFor(directory)
  moveAside(directory)
}

const lockFor = (directory: string): Disposable =>
  holdLibraryLock(directory, { nowEpochMs: Date.now, mint: () => 'none' })

/** What SQLite had still beside the damaged file belongs to it, and must not be applied to another. */
const moveAside = (directory: string): void => {
  let count = 1
  while (existsSync(path.join(directory, `library.damaged-${count}.db`))) count++
  for (const suffix of ['-shm', '-wal', '']) {
    const file = path.join(directory, `library.db${suffix}`)
    if (existsSync(file)) renameSync(file, path.join(directory, `library.damaged-${count}.db${suffix}`))
  }
}
