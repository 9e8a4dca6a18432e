import { type RemoteEngine, remoteEngineSchema } from '../../shared/endpoint/index.ts'
import { AppError, type EngineId, type ProjectId, type VoiceId } from '../../shared/kernel/index.ts'
import { type ReadableDb, statement, transaction, type WritableDb } from './db.ts'

type EngineRow = { engine_id: EngineId; engine: string; created_at_epoch_ms: number }

const selectEngines = statement<Record<string, never>, EngineRow>(
  'remote-engine.list',
  'SELECT * FROM remote_engine ORDER BY created_at_epoch_ms, engine_id',
)
const putRow = statement<EngineRow>(
  'remote-engine.put',
  `INSERT INTO remote_engine (engine_id, engine, created_at_epoch_ms) VALUES (@engine_id, @engine, @created_at_epoch_ms)
   ON CONFLICT (engine_id) DO UPDATE SET engine = excluded.engine`,
)
const deleteRow = statement<{ engineId: EngineId }>(
  'remote-engine.delete',
  'DELETE FROM remote_engine WHERE engine_id = @engineId',
)
/** Endpoints that an engine has lost take their twins along. */
const deleteStrayTwins = statement<{ engineId: EngineId; memberIds: string }>(
  'voice-twin.delete-stray',
  `DELETE FROM voice_twin
   WHERE engine_id = @engineId AND member_id NOT IN (SELECT value FROM json_each(@memberIds))`,
)

/** In the order they were added. */
export const listRemoteEngines = (db: ReadableDb): RemoteEngine[] =>
  selectEngines(db)
    .all({})
    .map(({ engine }) => remoteEngineSchema.parse(JSON.parse(engine)))

/** @throws AppError `engine.remote-not-found` */
export const getRemoteEngine = (db: ReadableDb, engineId: EngineId): RemoteEngine => {
  const engine = listRemoteEngines(db).find((known) => known.engineId === engineId)
  if (!engine) throw new AppError('engine.remote-not-found', { params: { engine: engineId } })
  return engine
}

/** Adds an engine, or replaces the one of its id; twins at endpoints that it no longer has are forgotten. */
export const putRemoteEngine = (db: WritableDb, engine: RemoteEngine): void =>
  transaction(db, () => {
    const { engineId, members, createdAtEpochMs } = engine
    putRow(db).run({ engine_id: engineId, engine: JSON.stringify(engine), created_at_epoch_ms: createdAtEpochMs })
    deleteStrayTwins(db).run({ engineId, memberIds: JSON.stringify(members.map(({ memberId }) => memberId)) })
  })

/** Forgets an engine with its twins and consents. What was spent stays. */
export const deleteRemoteEngine = (db: WritableDb, engineId: EngineId): void => {
  deleteRow(db).run({ engineId })
}

type ConsentRow = { subject_id: ProjectId | VoiceId; engine_id: EngineId; given_at_epoch_ms: number }

const selectConsent = statement<Pick<ConsentRow, 'subject_id' | 'engine_id'>, ConsentRow>(
  'consent.find',
  'SELECT * FROM consent WHERE subject_id = @subject_id AND engine_id = @engine_id',
)
const putConsent = statement<ConsentRow>(
  'consent.put',
  `INSERT INTO consent (subject_id, engine_id, given_at_epoch_ms) VALUES (@subject_id, @engine_id, @given_at_epoch_ms)
   ON CONFLICT DO NOTHING`,
)
const deleteConsents = statement<{ engineId: EngineId }>(
  'consent.delete',
  'DELETE FROM consent WHERE engine_id = @engineId',
)

/** What may leave the computer: a project's text, or a voice's recording. */
export type ConsentSubject = ProjectId | VoiceId

/** Whether a person has allowed it to be sent to an engine. */
export const hasConsent = (db: ReadableDb, subjectId: ConsentSubject, engineId: EngineId): boolean =>
  selectConsent(db).get({ subject_id: subjectId, engine_id: engineId }) !== undefined

export const giveConsent = (db: WritableDb, subjectId: ConsentSubject, engineId: EngineId): void => {
  putConsent(db).run({
    subject_id: subjectId,
    engine_id: engineId,
    given_at_epoch_ms: db.surroundings.nowEpochMs(),
  })
}

/** Everything that was allowed to go to an engine has to be allowed anew. */
export const withdrawConsents = (db: WritableDb, engineId: EngineId): void => {
  deleteConsents(db).run({ engineId })
}
