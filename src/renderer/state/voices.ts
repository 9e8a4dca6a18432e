import { compareOrder, type EngineId, type VoiceId } from '../../shared/kernel/index.ts'
import type { Project } from '../../shared/project/index.ts'
import { type EngineCapabilities, type Enrolments, isEnrolled, speaksWith } from '../../shared/render/index.ts'
import type { Voice } from '../../shared/voice/index.ts'

/** A voice that was made from a recording. */
export type RecordedVoice = Voice & { source: Extract<Voice['source'], { kind: 'promptAudio' }> }

export type VoiceGroups = {
  recorded: readonly RecordedVoice[]
  /** In the order of their first voice. */
  presets: ReadonlyMap<EngineId, readonly Voice[]>
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

/** True where every word of the filter is somewhere in the words; of Chinese, each run of signs is one word. */
export const hasWords = (words: string, filter: string): boolean => {
  const text = folded(words)
  return folded(filter)
    .split(/\s+/)
    .every((word) => text.includes(word))
}

/** Voices that were made from recordings, in the order given. */
export const recordedVoices = (voices: Iterable<Voice>): readonly RecordedVoice[] =>
  [...voices].flatMap((voice) => {
    const { source } = voice
    return source.kind === 'promptAudio' ? [{ ...voice, source }] : []
  })

/** Which voices a person wants to see. */
export type VoiceFilter = {
  readonly text: string
  /** Null: wherever they come from. */
  readonly from: 'recordings' | EngineId | null
  /** BCP 47; voices that speak every language are among them. Null: any. */
  readonly language: string | null
}
export const ALL_VOICES: VoiceFilter = { text: '', from: null, language: null }

export const isFiltered = ({ text, from, language }: VoiceFilter): boolean =>
  text.trim() !== '' || from !== null || language !== null

/** @param wordsOf everything a person may look for a voice by */
export const filterVoices = (
  voices: Iterable<Voice>,
  { text, from, language }: VoiceFilter,
  wordsOf: (voice: Voice) => string,
): readonly Voice[] =>
  [...voices].filter((voice) => {
    const { source } = voice
    const origin = source.kind === 'promptAudio' ? 'recordings' : source.engineId
    if (from !== null && origin !== from) return false
    if (language !== null && voice.language !== null && voice.language !== language) return false
    return text.trim() === '' || hasWords(wordsOf(voice), text.trim())
  })

/** Languages that voices are at home in, each once. */
export const languagesOf = (voices: Iterable<Voice>): readonly string[] => [
  ...new Set([...voices].flatMap(({ language }) => language ?? [])),
]

/**
 * Voices by where they come from, those of a group in the order given.
 */
export const groupVoices = (voices: readonly Voice[]): VoiceGroups => {
  const presets = new Map<EngineId, Voice[]>()
  for (const voice of voices) {
    const { source } = voice
    if (source.kind === 'promptAudio') continue
    const ofEngine = presets.get(source.engineId)
    if (ofEngine) ofEngine.push(voice)
    else presets.set(source.engineId, [voice])
  }
  return { recorded: recordedVoices(voices), presets }
}

/** Names of the characters that each voice speaks for, in the order of the cast. */
export const charactersByVoice = (project: Project | undefined): ReadonlyMap<VoiceId, readonly string[]> => {
  const names = new Map<VoiceId, string[]>()
  for (const { name, direction } of [...(project?.characters.values() ?? [])].sort(compareOrder))
    if (direction.voiceId !== null) names.set(direction.voiceId, [...(names.get(direction.voiceId) ?? []), name])
  return names
}

/**
 * Whether an engine can speak with a voice, or why it cannot:
 * - `not-enrolled`: not before the voice is copied to the service
 * - `other-engine`: it belongs to another engine
 * - `no-recordings`: the engine takes no recordings
 */
export type VoiceAbility = 'speaks' | 'not-enrolled' | 'other-engine' | 'no-recordings'

export const voiceAbility = (engine: EngineCapabilities, voice: Voice, enrolments: Enrolments): VoiceAbility => {
  const isRecorded = voice.source.kind === 'promptAudio'
  if (!speaksWith(engine, voice)) return isRecorded ? 'no-recordings' : 'other-engine'
  if (isRecorded && engine.needsEnrolment && !isEnrolled(enrolments, engine.engineId, voice.voiceId))
    return 'not-enrolled'
  return 'speaks'
}
