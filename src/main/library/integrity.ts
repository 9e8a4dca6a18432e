import { AppError } from '../../shared/kernel/index.ts'
import { type ReadableDb, readPragmaColumn } from './db.ts'

/** Reads the whole database, seconds for a large one; what is wrong with it, in SQLite's words, at most 100 sentences. */
export const checkIntegrity = (db: ReadableDb): string[] => {
  try {
    const problems = readPragmaColumn(db, 'integrity_check(100)').map(String)
    const dangling = readPragmaColumn(db, 'foreign_key_check').map(
      (table) => `${table} refers to a row that is not there`,
    )
    return [...problems.filter((problem) => problem !== 'ok'), ...dangling]
  } catch (error) {
    if (error instanceof AppError && error.code === 'library.corrupt') return [error.message]
    throw error
  }
}
