import type { VoiceId } from '../../shared/kernel/index.ts'
import type { Voice, VoiceSource } from '../../shared/voice/index.ts'
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
