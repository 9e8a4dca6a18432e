import { createHash } from 'node:crypto'
import {
  dashscopeDirections,
  hasFixes,
  type RemoteEngine,
  type RemoteFacts,
  type RemoteVoice,
  remoteFacts,
} from '../../../shared/endpoint/index.ts'
import { type AppErrorData, canonicalJson, type VoiceId, voiceIdSchema } from '../../../shared/kernel/index.ts'
import type { Voice } from '../../../shared/voice/index.ts'
import type { EngineDescription } from '../engine-description.ts'

/** Rises when requests are mapped otherwise, so that the same line would sound different. */
const MAPPING_VERSION = 1
const DIGITS = 16
/** Of a model, in a version, which may have 100 characters. */
const LONGEST_NAME = 80
const SEMITONES_AN_OCTAVE = 12

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, DIGITS)

/** The id of an engine's own voice. Names of remote voices are of any shape; ids are not. */
export const presetVoiceIdOf = (engineId: string, remoteVoice: string): VoiceId =>
  voiceIdSchema.parse(`voice_remote-${digestOf(`${engineId} ${remoteVoice}`)}`)

const voiceOf = ({ engineId }: RemoteEngine, { remoteVoice, name, language, gender }: RemoteVoice): Voice => ({
  voiceId: presetVoiceIdOf(engineId, remoteVoice),
  name,
  source: { kind: 'presetSpeaker', engineId, speaker: remoteVoice },
  language,
  gender,
  notes: '',
  createdAtEpochMs: 0,
})

/** What decides how it sounds, beside the request. */
const soundOf = ({ connection }: RemoteEngine): string => {
  const name = ('model' in connection ? connection.model : connection.kind).slice(0, LONGEST_NAME)
  if (connection.kind === 'openai' && connection.extra) return `${name}-${digestOf(canonicalJson(connection.extra))}`
  const fixes = connection.kind === 'dashscope' ? connection.fixes : undefined
  return fixes && hasFixes(fixes) ? `${name}-${digestOf(JSON.stringify(fixes))}` : name
}

const semitones = (factor: number): number => SEMITONES_AN_OCTAVE * Math.log2(factor)

/** Who follows which directions, voices that were added to the engine among them. */
const directionsOf = (
  { connection, voices }: RemoteEngine,
  facts: RemoteFacts,
): Pick<RemoteFacts, 'instructs' | 'instructSpeakers' | 'listedOnlySpeakers'> => {
  if (connection.kind !== 'dashscope' || voices.length === 0) return facts
  const speakers = [...facts.voices, ...voices].map(({ remoteVoice }) => remoteVoice)
  return dashscopeDirections(connection.model, connection.region, [...new Set(speakers)])
}

/** @param unavailable why it cannot be asked, e.g. for want of a key */
export const describeRemote = (engine: RemoteEngine, unavailable: AppErrorData | null): EngineDescription => {
  const facts = remoteFacts(engine.connection)
  const usable = engine.voices.filter(({ isPending }) => !isPending)
  const listed = new Map([...facts.voices, ...usable].map((voice) => [voice.remoteVoice, voice]))
  const { instructs, instructSpeakers, listedOnlySpeakers } = directionsOf(engine, facts)
  const hasOwnVoices = facts.mayDesign && listed.size > 0 && !facts.modes.includes('presetSpeaker')
  const open = engine.members.filter(({ isDraining }) => !isDraining)
  return {
    capabilities: {
      engineId: engine.engineId,
      version: `${MAPPING_VERSION}-${soundOf(engine)}`,
      name: engine.name,
      isDraft: false,
      isRemote: true,
      needsEnrolment: facts.recordings === 'enrolled',
      modes: [...(hasOwnVoices ? (['presetSpeaker'] as const) : []), ...facts.modes],
      languages: [...facts.languages],
      sampleRateHz: facts.sampleRateHz,
      streaming: facts.streaming,
      speaksForAnyVoice: false,
      honoursInstruct: instructSpeakers?.length !== 0 || facts.modes.includes('instruct'),
      instructSpeakers: instructSpeakers && [...instructSpeakers],
      ...(listedOnlySpeakers && { listedOnlySpeakers: [...listedOnlySpeakers] }),
      instructs: [...instructs],
      honoursSeed: facts.honoursSeed,
      speed: facts.speed && { ...facts.speed },
      pitchSemitones: facts.pitch && { min: semitones(facts.pitch.min), max: semitones(facts.pitch.max) },
      concurrency: Math.max(
        1,
        open.reduce((sum, { concurrency }) => sum + concurrency, 0),
      ),
      unavailable,
    },
    presetVoices: [...listed.values()].map((voice) => voiceOf(engine, voice)),
  }
}
