import Database from 'better-sqlite3'
import type { MintId } from '../../shared/kernel/index.ts'
import { nameFileTrouble } from './library-errors.ts'

/** Where the library writes what a developer may want to know: names of statements and milliseconds, never script text. */
export type LibraryLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  facts?: Readonly<Record<string, unknown>>,
) => void

/** What the rows of a library take from outside. */
export type Surroundings = { nowEpochMs: () => number; mint: MintId; log?: LibraryLog }

/** Statements slower than this are written to the log by name. */
const SLOW_STATEMENT_MS = 40
/** Another process may hold the file for a moment (a backup program, a virus scanner). */
const BUSY_TIMEOUT_MS = 5_000

/** Values SQLite can bind. Booleans are written as 0 and 1. */
export type SqlValue = string | number | null
export type SqlParams = Readonly<Record<string, SqlValue>>

/** A handle that may read. Only this file knows what is inside. */
export class Connection implements Disposable {
  readonly file: string
  readonly surroundings: Surroundings
  readonly #sqlite: Database.Database
  readonly #prepared = new Map<object, Database.Statement>()

  constructor(file: string, surroundings: Surroundings, mode: 'read' | 'write') {
    this.file = file
    this.surroundings = surroundings
    this.#sqlite = this.guard(
      () => new Database(file, { readonly: mode === 'read', fileMustExist: mode === 'read', timeout: BUSY_TIMEOUT_MS }),
    )
  }

  /** Runs something against SQLite and gives its complaints about the file their names. */
  guard<Result>(action: () => Result): Result {
    try {
      return action()
    } catch (error) {
      throw (error instanceof Database.SqliteError && nameFileTrouble(error.code, this.file, error)) || error
    }
  }

  timed<Result>(name: string, action: () => Result): Result {
    const startedMs = performance.now()
    try {
      return this.guard(action)
    } finally {
      const tookMs = performance.now() - startedMs
      if (tookMs > SLOW_STATEMENT_MS)
        this.surroundings.log?.('warn', 'slow statement', { statement: name, tookMs: Math.round(tookMs) })
    }
  }

  /** Prepared once per connection and statement. */
  prepare(owner: object, sql: string): Database.Statement {
    const known = this.#prepared.get(owner)
    if (known) return known
    const prepared = this.guard(() => this.#sqlite.prepare(sql))
    this.#prepared.set(owner, prepared)
    return prepared
  }

  execute(sql: string): void {
    this.guard(() => this.#sqlite.exec(sql))
  }

  pragma(sql: string): unknown {
    return this.guard(() => this.#sqlite.pragma(sql))
  }

  transaction<Result>(body: () => Result): Result {
    return this.guard(() => this.#sqlite.transaction(body).immediate())
  }

  [Symbol.dispose](): void {
    this.#prepared.clear()
    this.#sqlite.close()
  }
}

declare const canWrite: unique symbol
/** May look, may not touch: functions that only read ask for no more than this. */
export type ReadableDb = Connection
export type WritableDb = Connection & { readonly [canWrite]: true }

export const openReadable = (file: string, surroundings: Surroundings): ReadableDb =>
  new Connection(file, surroundings, 'read')

export const openWritable = (file: string, surroundings: Surroundings): WritableDb =>
  new Connection(file, surroundings, 'write') as WritableDb

/** A statement bound to one connection. */
export type BoundStatement<Params extends SqlParams, Row> = {
  get(params: Params): Row | undefined
  all(params: Params): Row[]
  /** @returns how many rows changed */
  run(params: Params): number
}
export type Statement<Params extends SqlParams, Row> = ((db: ReadableDb) => BoundStatement<Params, Row>) & {
  readonly statementName: string
  readonly sql: string
}

/**
 * One SQL statement with named parameters (`@lineId`).
 * @param name appears in the log where the statement is slow
 */
export const statement = <Params extends SqlParams, Row = never>(name: string, sql: string): Statement<Params, Row> => {
  const bind = (db: ReadableDb): BoundStatement<Params, Row> => ({
    get: (params) => db.timed(name, () => db.prepare(bind, sql).get(params) as Row | undefined),
    all: (params) => db.timed(name, () => db.prepare(bind, sql).all(params) as Row[]),
    run: (params) => db.timed(name, () => db.prepare(bind, sql).run(params).changes),
  })
  return Object.assign(bind, { statementName: name, sql })
}

/** All or nothing; deferred foreign keys are checked at the end. Inside another transaction it joins that one. */
export const transaction = <Result>(db: WritableDb, body: () => Result): Result => db.transaction(body)

export const execute = (db: WritableDb, sql: string): void => db.execute(sql)

/** First column of the first row that a PRAGMA answers. */
export const readPragma = (db: ReadableDb, pragma: string): SqlValue => {
  const rows = db.pragma(pragma) as Record<string, SqlValue>[]
  return Object.values(rows[0] ?? {})[0] ?? null
}

export const readPragmaColumn = (db: ReadableDb, pragma: string): SqlValue[] =>
  (db.pragma(pragma) as Record<string, SqlValue>[]).map((row) => Object.values(row)[0] ?? null)

/** True where a row was refused by a constraint: a foreign key, a unique index, a type. */
export const isConstraintViolation = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT')

/** SQLite's plan for a statement, one step per row, for tests of hot queries. */
export const explainPlan = (db: ReadableDb, { sql }: { sql: string }): string[] =>
  statement<Record<string, never>, { detail: string }>(
    'explain',
    `EXPLAIN QUERY PLAN ${sql.replaceAll(/@\w+/g, 'NULL')}`,
  )(db)
    .all({})
    .map(({ detail }) => detail)
