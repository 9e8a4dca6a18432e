import type { WritableDb } from '../db.ts'

/** One step of the schema. Never edited once released: a later change is a later migration. */
export type Migration = { version: number; name: string; up(db: WritableDb): void }
