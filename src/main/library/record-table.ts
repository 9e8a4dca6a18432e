import type { ProjectId } from '../../shared/kernel/index.ts'
import { type ReadableDb, type SqlParams, type Statement, statement, type WritableDb } from './db.ts'

/** How one kind of record lies in its table: one row each, which also names its project. */
export type RecordTableOptions<Id extends string, Content, Row extends SqlParams> = {
  table: string
  idColumn: string & keyof Row
  /** Every column but the id and the project. */
  columns: readonly (string & keyof Row)[]
  toRow(record: Content): Row
  fromRow(row: Row): Content
  idOf(record: Content): Id
}

type Owned = { project_id: ProjectId }

export type RecordTable<Id extends string, Content> = {
  idOf(record: Content): Id
  /** The record and the project it belongs to. */
  find(db: ReadableDb, id: Id): { projectId: ProjectId; record: Content } | undefined
  list(db: ReadableDb, projectId: ProjectId): Content[]
  /** Writes the record; one of the same id is changed in place, so that nothing that refers to it is touched. */
  put(db: WritableDb, projectId: ProjectId, record: Content): void
  remove(db: WritableDb, id: Id): void
  /** For tests of query plans. */
  readonly statements: Readonly<Record<'find' | 'list' | 'put' | 'remove', { sql: string }>>
}

export const recordTable = <Id extends string, Content, Row extends SqlParams>({
  table,
  idColumn,
  columns,
  toRow,
  fromRow,
  idOf,
}: RecordTableOptions<Id, Content, Row>): RecordTable<Id, Content> => {
  const all = [idColumn, ...columns]
  const find: Statement<{ id: Id }, Row & Owned> = statement(
    `${table}.find`,
    `SELECT project_id, ${all.join(', ')} FROM ${table} WHERE ${idColumn} = @id`,
  )
  const list: Statement<{ projectId: ProjectId }, Row> = statement(
    `${table}.list`,
    `SELECT ${all.join(', ')} FROM ${table} WHERE project_id = @projectId`,
  )
  const put: Statement<Row & Owned, never> = statement(
    `${table}.put`,
    `INSERT INTO ${table} (project_id, ${all.join(', ')}) VALUES (@project_id, ${all.map((name) => `@${name}`).join(', ')})
     ON CONFLICT (${idColumn}) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`,
  )
  const remove: Statement<{ id: Id }, never> = statement(
    `${table}.remove`,
    `DELETE FROM ${table} WHERE ${idColumn} = @id`,
  )
  return {
    idOf,
    find: (db, id) => {
      const row = find(db).get({ id })
      return row && { projectId: row.project_id, record: fromRow(row) }
    },
    list: (db, projectId) => list(db).all({ projectId }).map(fromRow),
    put: (db, projectId, record) => {
      put(db).run({ ...toRow(record), project_id: projectId })
    },
    remove: (db, id) => {
      remove(db).run({ id })
    },
    statements: { find, list, put, remove },
  }
}
