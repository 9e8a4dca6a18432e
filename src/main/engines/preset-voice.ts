import { engineIdSchema, voiceIdSchema } from '../../shared/kernel/index.ts'
import type { Voice } from '../../shared/voice/index.ts'

/** A voice that an engine brings along; its id is `voice_<engine>-<speaker>`. */
export const presetVoice = (
  engineId: string,
  speaker: string,
  facts: Pick<Voice, 'name' | 'gender' | 'notes'> & { language?: string },
): Voice => ({
  voiceId: voiceIdSchema.parse(`voice_${engineId}-${speaker}`),
  name: facts.name,
  source: { kind: 'presetSpeaker', engineId: engineIdSchema.parse(engineId), speaker },
  language: facts.language ?? null,
  gender: facts.gender,
  notes: facts.notes,
  createdAtEpochMs: 0,
})
