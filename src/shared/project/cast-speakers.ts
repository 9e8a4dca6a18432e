import { type CharacterId, type MintId, orderKeyBetween } from '../kernel/index.ts'
import type { Script, ScriptRow } from '../script/index.ts'
import type { Voice } from '../voice/index.ts'
import { castVoices, languageOfText } from './cast-voices.ts'
import { freeColor, lastOrder } from './character-verbs.ts'
import { newCharacter, newTrack } from './new-records.ts'
import type { Project } from './project.ts'
import type { Character, ProjectRecord } from './records.ts'

export type CastSpeakers = {
  /** New characters and tracks, and the narrator where it got a voice. */
  put: ProjectRecord[]
  characterOf(row: ScriptRow): CharacterId
}

const textsBySpeaker = ({ chapters }: Script): Map<string | null, string[]> => {
  const texts = new Map<string | null, string[]>()
  for (const { rows } of chapters)
    for (const { speaker, text } of rows) {
      const known = texts.get(speaker)
      if (known) known.push(text)
      else texts.set(speaker, [text])
    }
  return texts
}

/**
 * A character for every speaker, found by name or new: with a colour, a track and a voice of its own. The narrator, as
 * long as it has neither lines nor a voice, gets one where the first voice does not speak the language of the narration.
 */
export const castSpeakers = (
  project: Project,
  script: Script,
  voices: readonly Voice[],
  mint: MintId,
): CastSpeakers => {
  const { narratorId } = project.settings
  const narrator = project.characters.get(narratorId)
  const texts = textsBySpeaker(script)
  const known = new Map<string, CharacterId>()
  for (const { name, characterId } of project.characters.values()) if (!known.has(name)) known.set(name, characterId)
  const names = [...texts.keys()].filter((name) => name !== null).filter((name) => !known.has(name))

  const defaultVoiceId = voices[0]?.voiceId ?? null
  const narration = texts.get(null) ?? []
  const [narratorVoiceId = null] = castVoices([languageOfText(narration)], voices, [])
  const isUncast = narrator && narrator.direction.voiceId === null && narration.length > 0
  const hasLines = [...project.lines.values()].some((line) => line.characterId === narratorId)
  const recast =
    isUncast && !hasLines && narratorVoiceId !== defaultVoiceId
      ? { ...narrator, direction: { ...narrator.direction, voiceId: narratorVoiceId } }
      : narrator

  const cast: Character[] = [...project.characters.values()].map((character) =>
    character === narrator && recast ? recast : character,
  )
  const taken = cast.map(({ characterId, direction }) =>
    characterId === narratorId ? (direction.voiceId ?? defaultVoiceId) : direction.voiceId,
  )
  const voiceIds = castVoices(
    names.map((name) => languageOfText(texts.get(name) ?? [])),
    voices,
    taken,
  )
  const put: ProjectRecord[] = recast && recast !== narrator ? [recast] : []
  let characterOrder = lastOrder(project.characters.values())
  let trackOrder = lastOrder(project.tracks.values())
  names.forEach((name, index) => {
    characterOrder = orderKeyBetween(characterOrder, null)
    trackOrder = orderKeyBetween(trackOrder, null)
    const born = newCharacter(characterOrder, name, freeColor(cast), mint)
    const character = { ...born, direction: { ...born.direction, voiceId: voiceIds[index] ?? null } }
    cast.push(character)
    known.set(name, character.characterId)
    put.push(character, newTrack(trackOrder, character, mint))
  })
  return { put, characterOf: ({ speaker }) => (speaker === null ? undefined : known.get(speaker)) ?? narratorId }
}
