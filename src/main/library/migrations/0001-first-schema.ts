import { execute } from '../db.ts'
import type { Migration } from './migration.ts'

/**
 * Foreign keys are deferred, so that an edit may bring its records in any order; those between records name the project
 * too, so that no record can point into another project. `direction` and `source_layout` are JSON
 * (docs/decisions/0005).
 */
const SCHEMA = `
CREATE TABLE project (
  project_id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  author TEXT NOT NULL,
  album TEXT NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  line_pause_sec REAL NOT NULL,
  paragraph_pause_sec REAL NOT NULL,
  chapter_pause_sec REAL NOT NULL,
  direction TEXT NOT NULL,
  narrator_id TEXT NOT NULL,
  script_tail TEXT NOT NULL,
  created_at_epoch_ms INTEGER NOT NULL,
  changed_at_epoch_ms INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  -- step_number of the newest edit that is in effect; later steps were undone
  history_position INTEGER NOT NULL,
  FOREIGN KEY (project_id, narrator_id) REFERENCES character (project_id, character_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE chapter (
  chapter_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  order_key TEXT NOT NULL,
  title TEXT NOT NULL,
  direction TEXT NOT NULL,
  source_layout TEXT,
  UNIQUE (project_id, chapter_id)
) STRICT;

CREATE TABLE character (
  character_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  order_key TEXT NOT NULL,
  name TEXT NOT NULL,
  color_index INTEGER NOT NULL,
  direction TEXT NOT NULL,
  UNIQUE (project_id, character_id)
) STRICT;

CREATE TABLE line (
  line_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  chapter_id TEXT NOT NULL,
  order_key TEXT NOT NULL,
  character_id TEXT NOT NULL,
  text TEXT NOT NULL,
  spoken_text TEXT,
  starts_paragraph INTEGER NOT NULL,
  direction TEXT NOT NULL,
  pause_after_sec REAL,
  -- no foreign key: the choice outlives a take whose file is gone, and means "the newest" then
  take_id TEXT,
  source_layout TEXT,
  UNIQUE (project_id, line_id),
  FOREIGN KEY (project_id, chapter_id) REFERENCES chapter (project_id, chapter_id) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (project_id, character_id) REFERENCES character (project_id, character_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX line_by_chapter ON line (project_id, chapter_id);
CREATE INDEX line_by_character ON line (project_id, character_id);

CREATE TABLE track (
  track_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  order_key TEXT NOT NULL,
  name TEXT NOT NULL,
  character_id TEXT NOT NULL,
  gain_db REAL NOT NULL,
  pan REAL NOT NULL,
  is_muted INTEGER NOT NULL,
  is_solo INTEGER NOT NULL,
  FOREIGN KEY (project_id, character_id) REFERENCES character (project_id, character_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX track_by_character ON track (project_id, character_id);

CREATE TABLE clip (
  clip_id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  line_id TEXT NOT NULL,
  gain_db REAL NOT NULL,
  fade_in_samples INTEGER NOT NULL,
  fade_out_samples INTEGER NOT NULL,
  FOREIGN KEY (project_id, line_id) REFERENCES line (project_id, line_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX clip_by_line ON clip (project_id, line_id);

-- One undoable step: the edit that takes it back and the edit that does it again, as JSON.
CREATE TABLE edit_step (
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  step_number INTEGER NOT NULL,
  label TEXT NOT NULL,
  coalesce_key TEXT,
  undo_edit TEXT NOT NULL,
  redo_edit TEXT NOT NULL,
  written_at_epoch_ms INTEGER NOT NULL,
  PRIMARY KEY (project_id, step_number)
) STRICT;

CREATE TABLE voice (
  voice_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  language TEXT,
  gender TEXT NOT NULL,
  notes TEXT NOT NULL,
  created_at_epoch_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE take (
  -- order of making; clocks may go back
  sequence INTEGER PRIMARY KEY,
  take_id TEXT NOT NULL UNIQUE,
  take_key TEXT NOT NULL,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  -- no foreign key: takes outlive their line, so that undoing its removal brings its sound back
  line_id TEXT NOT NULL,
  engine_id TEXT NOT NULL,
  voice_id TEXT,
  sample_rate_hz INTEGER NOT NULL,
  duration_samples INTEGER NOT NULL,
  created_at_epoch_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX take_by_project ON take (project_id, sequence);
CREATE UNIQUE INDEX take_by_line ON take (project_id, line_id, take_key);
CREATE INDEX take_by_key ON take (take_key);

CREATE TABLE job (
  -- order of asking, which is the order of speaking
  sequence INTEGER PRIMARY KEY,
  job_id TEXT NOT NULL UNIQUE,
  project_id TEXT NOT NULL REFERENCES project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  created_at_epoch_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX job_by_project ON job (project_id);

CREATE TABLE job_line (
  job_line_id INTEGER PRIMARY KEY,
  job_sequence INTEGER NOT NULL REFERENCES job ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL,
  -- lines asked for by name come before those of a whole chapter or project
  is_urgent INTEGER NOT NULL CHECK (is_urgent IN (0, 1)),
  project_id TEXT NOT NULL,
  line_id TEXT NOT NULL,
  engine_id TEXT NOT NULL,
  take_key TEXT NOT NULL,
  character_count INTEGER NOT NULL,
  -- the RenderRequest as JSON; NULL once the line is done, when nothing will ask for it again
  request TEXT,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'waiting', 'done', 'failed', 'cancelled')),
  attempts INTEGER NOT NULL,
  retry_at_epoch_ms INTEGER,
  error TEXT,
  UNIQUE (job_sequence, position)
) STRICT;
CREATE INDEX job_line_by_line ON job_line (project_id, line_id, job_line_id);
CREATE INDEX job_line_by_status ON job_line (job_sequence, status, engine_id, character_count);
CREATE INDEX job_line_next ON job_line (engine_id, is_urgent DESC, job_sequence, position) WHERE status = 'queued';
CREATE INDEX job_line_retry ON job_line (retry_at_epoch_ms) WHERE status = 'waiting';
CREATE INDEX job_line_running ON job_line (job_line_id) WHERE status = 'running';
-- a line is in the queue once
CREATE UNIQUE INDEX job_line_open ON job_line (line_id) WHERE status IN ('queued', 'running', 'waiting');

-- One row while the queue is paused, by the person (no reason) or by an error that every line would meet.
CREATE TABLE queue_pause (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  reason TEXT
) STRICT;
`

export const firstSchema: Migration = { version: 1, name: 'first schema', up: (db) => execute(db, SCHEMA) }
