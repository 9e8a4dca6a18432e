import { AppError, type EngineId, type VoiceId, voiceIdSchema } from '../../shared/kernel/index.ts'
import type { NewVoice, Voice, VoiceSource } from '../../shared/voice/index.ts'
import { type ReadableDb, statement, transaction, type WritableDb } from './db.ts'

type VoiceRow = {
  voice_id: VoiceId
  name: string
  source: string
  language: string | null
  gender: Voice['gender']
  notes: string
  created_at_epoch_ms: number
}

const selectVoices = statement<Record<string, never>, VoiceRow>(
  'voice.list',
  'SELECT * FROM voice ORDER BY name, voice_id',
)
export const selectVoice = statement<{ voiceId: VoiceId }, VoiceRow>(
  'voice.find',
  'SELECT * FROM voice WHERE voice_id = @voiceId',
)
const putVoice = statement<VoiceRow>(
  'voice.put',
  `INSERT INTO voice (voice_id, name, source, language, gender, notes, created_at_epoch_ms)
   VALUES (@voice_id, @name, @source, @language, @gender, @notes, @created_at_epoch_ms)
   ON CONFLICT (voice_id) DO UPDATE SET name = excluded.name, source = excluded.source, language = excluded.language,
     gender = excluded.gender, notes = excluded.notes, created_at_epoch_ms = excluded.created_at_epoch_ms`,
)

const deleteRow = statement<{ voiceId: VoiceId }>('voice.delete', 'DELETE FROM voice WHERE voice_id = @voiceId')
/** Every level of a project that may name a voice, in its direction. */
const selectCasts = statement<Record<string, never>, { voice_id: VoiceId; projects: number }>(
  'voice.casts',
  `SELECT voice_id, count(DISTINCT project_id) AS projects FROM (
     ${['project', 'chapter', 'character', 'line']
       .map((table) => `SELECT project_id, direction ->> '$.voiceId' AS voice_id FROM ${table} WHERE direction <> '{}'`)
       .join(' UNION ALL ')}
   ) WHERE voice_id IS NOT NULL GROUP BY voice_id`,
)

const voiceFromRow = (row: VoiceRow): Voice => ({
  voiceId: row.voice_id,
  name: row.name,
  source: JSON.parse(row.source) as VoiceSource,
  language: row.language,
  gender: row.gender,
  notes: row.notes,
  createdAtEpochMs: row.created_at_epoch_ms,
})

/** By name. */
export const listVoices = (db: ReadableDb): Voice[] => selectVoices(db).all({}).map(voiceFromRow)

export const findVoice = (db: ReadableDb, voiceId: VoiceId): Voice | undefined => {
  const row = selectVoice(db).get({ voiceId })
  return row && voiceFromRow(row)
}

/** Adds voices; one of the same id is replaced. */
export const putVoices = (db: WritableDb, voices: Iterable<Voice>): void =>
  transaction(db, () => {
    for (const voice of voices)
      putVoice(db).run({
        voice_id: voice.voiceId,
        name: voice.name,
        source: JSON.stringify(voice.source),
        language: voice.language,
        gender: voice.gender,
        notes: voice.notes,
        created_at_epoch_ms: voice.createdAtEpochMs,
      })
  })

const deleteRowsOfEngine = statement<{ engineId: EngineId }>(
  'voice.delete-of-engine',
  `DELETE FROM voice WHERE source ->> '$.kind' = 'presetSpeaker' AND source ->> '$.engineId' = @engineId`,
)

/** Forgets the voices that came with an engine. Projects that cast them keep what they say, and are told when they ask. */
export const deleteVoicesOfEngine = (db: WritableDb, engineId: EngineId): void => {
  deleteRowsOfEngine(db).run({ engineId })
}

/** Projects that name a voice, by voice; voices that no project names are not in it. */
export const countCasts = (db: ReadableDb): ReadonlyMap<VoiceId, number> =>
  new Map(
    selectCasts(db)
      .all({})
      .map(({ voice_id, projects }) => [voice_id, projects]),
  )

/** Recordings that voices speak in the manner of, by the hashes of their files. */
export const promptAudioInUse = (db: ReadableDb): ReadonlySet<string> =>
  new Set(listVoices(db).flatMap(({ source }) => (source.kind === 'promptAudio' ? [source.audioSha256] : [])))

/** Adds a voice that speaks in the manner of a recording. Its file comes first. */
export const createVoice = (db: WritableDb, { promptText, ...facts }: NewVoice, audioSha256: string): Voice => {
  const { mint, nowEpochMs } = db.surroundings
  const voice: Voice = {
    ...facts,
    voiceId: voiceIdSchema.parse(`voice_${mint()}`),
    source: { kind: 'promptAudio', audioSha256, promptText },
    createdAtEpochMs: nowEpochMs(),
  }
  putVoices(db, [voice])
  return voice
}

/** @throws AppError `voice.not-found`; `contract.invalid-input` for a voice that comes with its engine */
const getRecordedVoice = (db: ReadableDb, voiceId: VoiceId) => {
  const voice = findVoice(db, voiceId)
  if (!voice) throw new AppError('voice.not-found', { params: { voiceId }, remedies: ['choose-another-voice'] })
  const { source } = voice
  if (source.kind === 'promptAudio') return { ...voice, source }
  throw new AppError('contract.invalid-input', {
    params: { detail: `${voice.name} comes with its engine` },
    remedies: ['choose-another-voice'],
  })
}

/**
 * Changes what is said of a recorded voice; the recording stays.
 * @throws AppError `voice.not-found`; `contract.invalid-input` for a voice that comes with its engine
 */
export const changeVoice = (db: WritableDb, voiceId: VoiceId, { promptText, ...facts }: NewVoice): Voice =>
  transaction(db, () => {
    const known = getRecordedVoice(db, voiceId)
    const voice: Voice = { ...known, ...facts, source: { ...known.source, promptText } }
    putVoices(db, [voice])
    return voice
  })

/**
 * Deletes a recorded voice that no project names.
 * @returns the hash of its recording where no other voice uses it, for its file to be removed
 * @throws AppError `voice.not-found`, `voice.in-use` with the count of projects; `contract.invalid-input` for a voice that
 *   comes with its engine
 */
export const deleteVoice = (db: WritableDb, voiceId: VoiceId): string | undefined =>
  transaction(db, () => {
    const { audioSha256 } = getRecordedVoice(db, voiceId).source
    const count = countCasts(db).get(voiceId) ?? 0
    if (count > 0) throw new AppError('voice.in-use', { params: { count }, remedies: ['choose-another-voice'] })
    deleteRow(db).run({ voiceId })
    return promptAudioInUse(db).has(audioSha256) ? undefined : audioSha256
  })
