import { execute } from '../db.ts'
import type { Migration } from './migration.ts'

/** A twin knows the language of what it was made of; those that there are were made of their voices as they are. */
const SCHEMA = `
ALTER TABLE voice_twin ADD COLUMN language TEXT;
UPDATE voice_twin SET language = (SELECT language FROM voice WHERE voice.voice_id = voice_twin.voice_id);
`

export const twinLanguages: Migration = { version: 3, name: 'languages of twins', up: (db) => execute(db, SCHEMA) }
