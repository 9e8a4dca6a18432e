import { readdirSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'

/** Where copies of the database lie, beside it. */
export const backupsDirectoryOf = (databaseFile: string): string => path.join(path.dirname(databaseFile), 'backups')

/** File names of the copies, newest last. */
export const listBackups = (databaseFile: string): string[] => {
  try {
    return readdirSync(backupsDirectoryOf(databaseFile))
      .filter((name) => name.endsWith('.db'))
      .sort()
  } catch {
    // No folder of backups means that there are none; whatever else is wrong with it matters only when one is made.
    return []
  }
}

export const corruptLibrary = (databaseFile: string, cause: unknown): AppError => {
  const backups = listBackups(databaseFile)
  return new AppError('library.corrupt', {
    params: { file: databaseFile, backupCount: backups.length, newestBackup: backups.at(-1) ?? '' },
    remedies: ['restore-backup', 'report'],
    cause,
  })
}

export const unwritableLibrary = (file: string, cause: unknown): AppError =>
  new AppError('library.not-writable', {
    params: { file, reason: 'permission' },
    remedies: ['check-permissions', 'choose-another-folder'],
    cause,
  })

/**
 * Names what SQLite reports about the file itself; undefined for everything else (constraints, programmer's mistakes).
 * @param code extended result code, e.g. `SQLITE_IOERR_SHORT_READ`. @source https://www.sqlite.org/rescode.html
 */
export const nameFileTrouble = (code: string, databaseFile: string, cause: unknown): AppError | undefined => {
  if (/^SQLITE_(NOTADB|CORRUPT|IOERR_SHORT_READ|IOERR_CORRUPTFS)/.test(code)) return corruptLibrary(databaseFile, cause)
  if (/^SQLITE_(FULL|IOERR_SHMSIZE)/.test(code))
    return new AppError('library.not-writable', {
      params: { file: databaseFile, reason: 'disk-full' },
      remedies: ['free-disk-space', 'try-again'],
      cause,
    })
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) return unwritableLibrary(databaseFile, cause)
  if (code.startsWith('SQLITE_BUSY')) return lockedLibrary(databaseFile, cause)
  return undefined
}

export const lockedLibrary = (file: string, cause: unknown): AppError =>
  new AppError('library.locked', { params: { file }, remedies: ['close-other-app'], cause })
