import type { AppErrorData, EngineId, MemberId, VoiceId } from '../../shared/kernel/index.ts'
import { type VoiceTwin, voiceTwinSchema } from '../../shared/voice/index.ts'
import { type ReadableDb, statement, type WritableDb } from './db.ts'

type TwinRow = {
  voice_id: VoiceId
  member_id: MemberId
  engine_id: EngineId
  remote_voice: string
  status: VoiceTwin['status']
  error: string | null
  audio_sha256: string
  prompt_text: string
  language: string | null
  created_at_epoch_ms: number
  checked_at_epoch_ms: number
}

const selectTwins = statement<Record<string, never>, TwinRow>(
  'voice-twin.list',
  'SELECT * FROM voice_twin ORDER BY created_at_epoch_ms, voice_id, member_id',
)
const putRow = statement<TwinRow>(
  'voice-twin.put',
  `INSERT INTO voice_twin (voice_id, member_id, engine_id, remote_voice, status, error, audio_sha256, prompt_text,
     language, created_at_epoch_ms, checked_at_epoch_ms)
   VALUES (@voice_id, @member_id, @engine_id, @remote_voice, @status, @error, @audio_sha256, @prompt_text,
     @language, @created_at_epoch_ms, @checked_at_epoch_ms)
   ON CONFLICT (voice_id, member_id) DO UPDATE SET remote_voice = excluded.remote_voice, status = excluded.status,
     error = excluded.error, audio_sha256 = excluded.audio_sha256, prompt_text = excluded.prompt_text,
     language = excluded.language,
     created_at_epoch_ms = excluded.created_at_epoch_ms, checked_at_epoch_ms = excluded.checked_at_epoch_ms`,
)
const deleteRow = statement<{ voiceId: VoiceId; memberId: MemberId }>(
  'voice-twin.delete',
  'DELETE FROM voice_twin WHERE voice_id = @voiceId AND member_id = @memberId',
)

/** Oldest first. */
export const listVoiceTwins = (db: ReadableDb): VoiceTwin[] =>
  selectTwins(db)
    .all({})
    .map((row) =>
      voiceTwinSchema.parse({
        voiceId: row.voice_id,
        engineId: row.engine_id,
        memberId: row.member_id,
        remoteVoice: row.remote_voice,
        status: row.status,
        error: row.error === null ? null : (JSON.parse(row.error) as AppErrorData),
        audioSha256: row.audio_sha256,
        promptText: row.prompt_text,
        language: row.language,
        createdAtEpochMs: row.created_at_epoch_ms,
        checkedAtEpochMs: row.checked_at_epoch_ms,
      }),
    )

/** Adds a twin, or replaces the one of the same voice and endpoint. */
export const putVoiceTwin = (db: WritableDb, twin: VoiceTwin): void => {
  putRow(db).run({
    voice_id: twin.voiceId,
    member_id: twin.memberId,
    engine_id: twin.engineId,
    remote_voice: twin.remoteVoice,
    status: twin.status,
    error: twin.error && JSON.stringify(twin.error),
    audio_sha256: twin.audioSha256,
    prompt_text: twin.promptText,
    language: twin.language,
    created_at_epoch_ms: twin.createdAtEpochMs,
    checked_at_epoch_ms: twin.checkedAtEpochMs,
  })
}

export const deleteVoiceTwin = (db: WritableDb, voiceId: VoiceId, memberId: MemberId): void => {
  deleteRow(db).run({ voiceId, memberId })
}
