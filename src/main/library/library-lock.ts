import { rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../shared/kernel/index.ts'
import { openWritable, type Surroundings } from './db.ts'

/**
 * Holds `lock.db` by an open exclusive transaction. SQLite locks through the operating system, which lets go when the
 * process ends, however it ends.
 * @throws AppError `library.locked` when another process, or another part of this one, holds it
 */
export const holdLibraryLock = (directory: string, surroundings: Surroundings): Disposable => {
  const file = path.join(directory, 'lock.db')
  try {
    return beginExclusive(file, surroundings)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'library.corrupt')) throw error
    // Nothing is ever written into lock.db, and a damaged one cannot be held by anybody: make a new one.
    rmSync(file)
    return beginExclusive(file, surroundings)
  }
}

const beginExclusive = (file: string, surroundings: Surroundings): Disposable => {
  const lock = openWritable(file, surroundings)
  try {
    lock.pragma('busy_timeout = 0')
    lock.execute('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock[Symbol.dispose]()
    throw error
  }
}
