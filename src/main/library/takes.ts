import {
  assert,
  type EngineId,
  type LineId,
  mintTakeId,
  type ProjectId,
  type SampleRateHz,
  type TakeId,
  type VoiceId,
} from '../../shared/kernel/index.ts'
import type { RenderWarning, SpokenWord, Take, TakeKey } from '../../shared/render/index.ts'
import { type ReadableDb, statement, transaction, type WritableDb } from './db.ts'

type TakeRow = {
  take_id: TakeId
  take_key: TakeKey
  project_id: ProjectId
  line_id: LineId
  engine_id: EngineId
  voice_id: VoiceId | null
  sample_rate_hz: SampleRateHz
  duration_samples: number
  warnings: string
  created_at_epoch_ms: number
}

const COLUMNS =
  'take_id, take_key, project_id, line_id, engine_id, voice_id, sample_rate_hz, duration_samples, warnings, created_at_epoch_ms'

export const selectTakesOfProject = statement<{ projectId: ProjectId }, TakeRow>(
  'take.list',
  `SELECT ${COLUMNS} FROM take WHERE project_id = @projectId ORDER BY sequence`,
)
/** The plus keeps SQLite from walking through every take of the project instead of looking the ids up. */
export const selectTakesById = statement<{ projectId: ProjectId; takeIds: string }, TakeRow>(
  'take.list-by-id',
  `SELECT ${COLUMNS} FROM take
   WHERE take_id IN (SELECT value FROM json_each(@takeIds)) AND +project_id = @projectId ORDER BY sequence`,
)
export const selectTake = statement<{ takeId: TakeId }, TakeRow>(
  'take.find',
  `SELECT ${COLUMNS} FROM take WHERE take_id = @takeId`,
)
export const selectTakeOfLine = statement<{ projectId: ProjectId; lineId: LineId; takeKey: TakeKey }, TakeRow>(
  'take.find-of-line',
  `SELECT ${COLUMNS} FROM take WHERE project_id = @projectId AND line_id = @lineId AND take_key = @takeKey`,
)
export const selectTakesByKey = statement<{ takeKey: TakeKey }, TakeRow>(
  'take.list-by-key',
  `SELECT ${COLUMNS} FROM take WHERE take_key = @takeKey ORDER BY sequence`,
)
const insertTake = statement<TakeRow & { words: string }>(
  'take.insert',
  `INSERT INTO take (${COLUMNS}, words) VALUES (@take_id, @take_key, @project_id, @line_id, @engine_id, @voice_id,
     @sample_rate_hz, @duration_samples, @warnings, @created_at_epoch_ms, @words)`,
)
export const selectWords = statement<{ takeId: TakeId }, { words: string }>(
  'take.words',
  'SELECT words FROM take WHERE take_id = @takeId',
)
const deleteTakesByKey = statement<{ takeKeys: string }>(
  'take.delete-by-key',
  'DELETE FROM take WHERE take_key IN (SELECT value FROM json_each(@takeKeys))',
)
const selectTakesByKeys = statement<{ takeKeys: string }, TakeRow>(
  'take.list-by-keys',
  `SELECT ${COLUMNS} FROM take WHERE take_key IN (SELECT value FROM json_each(@takeKeys)) ORDER BY sequence`,
)
const selectKeysInUse = statement<Record<string, never>, { take_key: TakeKey }>(
  'take.keys-in-use',
  `SELECT take_key FROM take
   UNION SELECT take_key FROM job_line WHERE status IN ('queued', 'running', 'waiting')`,
)

const takeFromRow = (row: TakeRow): Take => ({
  takeId: row.take_id,
  takeKey: row.take_key,
  projectId: row.project_id,
  lineId: row.line_id,
  engineId: row.engine_id,
  voiceId: row.voice_id,
  sampleRateHz: row.sample_rate_hz,
  durationSamples: row.duration_samples,
  warnings: JSON.parse(row.warnings) as RenderWarning[],
  createdAtEpochMs: row.created_at_epoch_ms,
})

/** Takes of a project, oldest first: all of them, or those of the given ids that are its own. */
export const listTakes = (db: ReadableDb, projectId: ProjectId, takeIds: readonly TakeId[] | null): Take[] =>
  (takeIds === null
    ? selectTakesOfProject(db).all({ projectId })
    : selectTakesById(db).all({ projectId, takeIds: JSON.stringify(takeIds) })
  ).map(takeFromRow)

export const findTake = (db: ReadableDb, takeId: TakeId): Take | undefined => {
  const row = selectTake(db).get({ takeId })
  return row && takeFromRow(row)
}

export const findTakeOfLine = (
  db: ReadableDb,
  projectId: ProjectId,
  lineId: LineId,
  takeKey: TakeKey,
): Take | undefined => {
  const row = selectTakeOfLine(db).get({ projectId, lineId, takeKey })
  return row && takeFromRow(row)
}

/** The oldest take of this sound, whichever line it was made for: its file serves every line that asks for the same. */
export const findTakeByKey = (db: ReadableDb, takeKey: TakeKey, projectId?: ProjectId): Take | undefined =>
  selectTakesByKey(db)
    .all({ takeKey })
    .map(takeFromRow)
    .find((take) => projectId === undefined || take.projectId === projectId)

export type NewTake = Omit<Take, 'takeId' | 'createdAtEpochMs'>

/**
 * Notes a take whose file is in place. A line has one take of each sound: a second one is the one that is there.
 * @param words that the engine told with it
 * @throws a constraint violation when the project is gone
 */
export const addTake = (db: WritableDb, take: NewTake, words: readonly SpokenWord[] = []): Take =>
  transaction(db, () => {
    const known = findTakeOfLine(db, take.projectId, take.lineId, take.takeKey)
    if (known) return known
    const { mint, nowEpochMs } = db.surroundings
    const takeId = mintTakeId(mint)
    insertTake(db).run({
      take_id: takeId,
      take_key: take.takeKey,
      project_id: take.projectId,
      line_id: take.lineId,
      engine_id: take.engineId,
      voice_id: take.voiceId,
      sample_rate_hz: take.sampleRateHz,
      duration_samples: take.durationSamples,
      warnings: JSON.stringify(take.warnings),
      created_at_epoch_ms: nowEpochMs(),
      words: JSON.stringify(words),
    })
    const added = findTake(db, takeId)
    assert(added, 'a take that was inserted is there')
    return added
  })

/** The words of a take, as its engine told them; none where it told none, or where there is no such take. */
export const listSpokenWords = (db: ReadableDb, takeId: TakeId): SpokenWord[] =>
  JSON.parse(selectWords(db).get({ takeId })?.words ?? '[]') as SpokenWord[]

/** Forgets takes whose file is gone. @returns what was forgotten, for announcing */
export const removeTakesByKey = (db: WritableDb, takeKeys: readonly TakeKey[]): Take[] =>
  transaction(db, () => {
    const keys = JSON.stringify(takeKeys)
    const removed = selectTakesByKeys(db).all({ takeKeys: keys }).map(takeFromRow)
    deleteTakesByKey(db).run({ takeKeys: keys })
    return removed
  })

/** Keys whose files must stay: those of takes, and of lines in the queue, whose file may have come before its row. */
export const takeKeysInUse = (db: ReadableDb): Set<TakeKey> =>
  new Set(
    selectKeysInUse(db)
      .all({})
      .map((row) => row.take_key),
  )
