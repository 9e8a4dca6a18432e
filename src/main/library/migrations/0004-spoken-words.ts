import { execute } from '../db.ts'
import type { Migration } from './migration.ts'

/** Takes keep the words that their engine told, and when they are heard. Of those that there are nothing is known. */
const SCHEMA = `
ALTER TABLE take ADD COLUMN words TEXT NOT NULL DEFAULT '[]';
`

export const spokenWords: Migration = { version: 4, name: 'words of takes', up: (db) => execute(db, SCHEMA) }
