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

/**
 * Voices by where they come from, those of a group in the order given.
 * @param wordsOf everything a person may look for a voice by
 */
export const groupVoices = (
  voices: Iterable<Voice>,
  filter: string,
  wordsOf: (voice: Voice) => string,
): VoiceGroups => {
  const recorded: RecordedVoice[] = []
  const presets = new Map<EngineId, Voice[]>()
  for (const voice of voices) {
    const { source } = voice
    if (!hasWords(wordsOf(voice), filter)) continue
    if (source.kind === 'promptAudio') recorded.push({ ...voice, source })
    else presets.set(source.engineId, [...(presets.get(source.engineId) ?? []), voice])
  }
  return { recorded, presets }
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
