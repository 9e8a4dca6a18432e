import type { Voice } from '../voice/index.ts'
import type { EngineCapabilities, InstructOption } from './engine-capabilities.ts'

type Spoken = Pick<Voice, 'source'>

/** Whether an engine follows directions when it speaks with a voice. */
export const takesInstruct = (
  engine: Pick<EngineCapabilities, 'honoursInstruct' | 'speaksForAnyVoice' | 'modes' | 'instructSpeakers'>,
  { source }: Spoken,
): boolean => {
  if (!engine.honoursInstruct) return false
  if (source.kind === 'promptAudio') return engine.speaksForAnyVoice || engine.modes.includes('instruct')
  return engine.instructSpeakers === null || engine.instructSpeakers.includes(source.speaker)
}

/** Those of an engine's directions that a voice is known to follow. */
export const instructsFor = (
  { instructs }: Pick<EngineCapabilities, 'instructs'>,
  { source }: Spoken,
): readonly InstructOption[] =>
  instructs.filter(
    ({ takenBy }) =>
      !takenBy || (source.kind === 'promptAudio' ? takenBy.recordings : takenBy.speakers.includes(source.speaker)),
  )

/** The direction that a text is, by itself or with a feeling; undefined for words of one's own. */
export const knownInstruct = (instructs: readonly InstructOption[], text: string): InstructOption | undefined =>
  instructs.find((option) => option.text === text || option.feelings?.some((feeling) => feeling.text === text))

/** Whether an engine follows a direction when it speaks with a voice: some of its speakers take what is listed alone. */
export const followsInstruct = (
  engine: Parameters<typeof takesInstruct>[0] & Pick<EngineCapabilities, 'instructs' | 'listedOnlySpeakers'>,
  voice: Spoken,
  text: string,
): boolean => {
  if (!takesInstruct(engine, voice)) return false
  const { source } = voice
  const isListedOnly = source.kind === 'presetSpeaker' && engine.listedOnlySpeakers?.includes(source.speaker) === true
  return !isListedOnly || knownInstruct(instructsFor(engine, voice), text) !== undefined
}
