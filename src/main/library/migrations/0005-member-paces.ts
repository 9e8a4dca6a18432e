import { execute } from '../db.ts'
import type { Migration } from './migration.ts'

/** How fast endpoints were the last time, in the unit that they were billed by then. */
const SCHEMA = `
CREATE TABLE member_pace (
  member_id TEXT PRIMARY KEY,
  engine_id TEXT NOT NULL REFERENCES remote_engine ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  unit TEXT NOT NULL,
  ms_per_unit REAL NOT NULL
) STRICT;
`

export const memberPaces: Migration = { version: 5, name: 'paces of endpoints', up: (db) => execute(db, SCHEMA) }
