import { execute } from '../db.ts'
import type { Migration } from './migration.ts'

/** `engine`, `price` and `error` are JSON (docs/decisions/0005). */
const SCHEMA = `
CREATE TABLE remote_engine (
  engine_id TEXT PRIMARY KEY,
  engine TEXT NOT NULL,
  created_at_epoch_ms INTEGER NOT NULL
) STRICT;

-- A voice of the library as an endpoint knows it.
CREATE TABLE voice_twin (
  voice_id TEXT NOT NULL REFERENCES voice ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  member_id TEXT NOT NULL,
  engine_id TEXT NOT NULL REFERENCES remote_engine ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  remote_voice TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'ready', 'failed')),
  error TEXT,
  -- what it was made of
  audio_sha256 TEXT NOT NULL,
  prompt_text TEXT NOT NULL,
  created_at_epoch_ms INTEGER NOT NULL,
  checked_at_epoch_ms INTEGER NOT NULL,
  PRIMARY KEY (voice_id, member_id)
) STRICT;
CREATE INDEX voice_twin_by_engine ON voice_twin (engine_id);

-- What was sent and billed; it outlives the engine and the project.
CREATE TABLE spending (
  sequence INTEGER PRIMARY KEY,
  at_epoch_ms INTEGER NOT NULL,
  engine_id TEXT NOT NULL,
  engine_name TEXT NOT NULL,
  project_id TEXT,
  units INTEGER NOT NULL,
  -- millionths of the currency; NULL where no price was known
  cost_micros INTEGER,
  currency TEXT,
  request_id TEXT
) STRICT;
CREATE INDEX spending_by_engine ON spending (engine_id, at_epoch_ms);
CREATE INDEX spending_by_project ON spending (project_id, engine_id);

-- What the engine did not honour of the request, as JSON.
ALTER TABLE take ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';

-- What a person allowed to be sent where: a project's text, a voice's recording.
CREATE TABLE consent (
  subject_id TEXT NOT NULL,
  engine_id TEXT NOT NULL REFERENCES remote_engine ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  given_at_epoch_ms INTEGER NOT NULL,
  PRIMARY KEY (subject_id, engine_id)
) STRICT;
`

export const remoteEngines: Migration = { version: 2, name: 'remote engines', up: (db) => execute(db, SCHEMA) }
