import { engineIdSchema } from '../../../shared/kernel/index.ts'
import type { EngineDescription } from '../engine-description.ts'
import { presetVoice } from '../preset-voice.ts'
import { DRAFT_SPEAKERS } from './draft-voices.ts'
import { DRAFT_LANGUAGES } from './languages.ts'

export const draftDescription: EngineDescription = {
  capabilities: {
    engineId: engineIdSchema.parse('draft'),
    version: '1',
    name: 'Draft voice',
    isDraft: true,
    isRemote: false,
    needsEnrolment: false,
    modes: ['presetSpeaker'],
    languages: [...DRAFT_LANGUAGES],
    sampleRateHz: 22050,
    streaming: true,
    speaksForAnyVoice: true,
    honoursInstruct: false,
    instructSpeakers: null,
    instructs: [],
    honoursSeed: false,
    speed: { min: 0.5, max: 2 },
    pitchSemitones: { min: -12, max: 12 },
    concurrency: 1,
    unavailable: null,
  },
  presetVoices: Object.entries(DRAFT_SPEAKERS).map(([speaker, { name, gender }]) =>
    presetVoice('draft', speaker, { name, gender, notes: '' }),
  ),
}
