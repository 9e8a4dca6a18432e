import { engineIdSchema } from '../../../shared/kernel/index.ts'
import type { EngineDescription } from '../engine-description.ts'
import { presetVoice } from '../preset-voice.ts'

/** Speakers of the test tones and the note each speaks around. */
export const TONE_SPEAKERS_HZ: Readonly<Record<string, number>> = { low: 110, middle: 220, high: 440 }

export const toneDescription: EngineDescription = {
  capabilities: {
    engineId: engineIdSchema.parse('tone'),
    version: '1',
    name: 'Test tones',
    isDraft: true,
    isRemote: false,
    needsEnrolment: false,
    modes: ['presetSpeaker'],
    languages: [],
    sampleRateHz: 24000,
    streaming: true,
    speaksForAnyVoice: true,
    honoursInstruct: false,
    instructSpeakers: null,
    instructs: [],
    honoursSeed: false,
    speed: { min: 0.5, max: 2 },
    pitchSemitones: { min: -12, max: 12 },
    concurrency: 4,
    unavailable: null,
  },
  presetVoices: [
    presetVoice('tone', 'low', { name: 'Tone low', gender: 'neutral', notes: '' }),
    presetVoice('tone', 'middle', { name: 'Tone middle', gender: 'neutral', notes: '' }),
    presetVoice('tone', 'high', { name: 'Tone high', gender: 'neutral', notes: '' }),
  ],
}
