import {
  AppError,
  type CharacterId,
  type MintId,
  type OrderKey,
  orderKeyBetween,
  type VoiceId,
} from '../kernel/index.ts'
import { editOf, patched } from './edit-of.ts'
import { newCharacter, newTrack } from './new-records.ts'
import { orderedLines } from './order.ts'
import type { Project, ProjectEdit, RecordRef } from './project.ts'
import { type Character, type Direction, INHERIT, type Track } from './records.ts'

/** How many colours the window has for characters. */
const CHARACTER_COLORS = 12
const MAX_NAME_CHARACTERS = 200

export const lastOrder = (records: Iterable<{ order: OrderKey }>): OrderKey | null => {
  let last: OrderKey | null = null
  for (const { order } of records) if (last === null || order > last) last = order
  return last
}

/** The colour that the fewest characters have. */
export const freeColor = (characters: Iterable<Character>): number => {
  const counts = Array.from({ length: CHARACTER_COLORS }, () => 0)
  for (const { colorIndex } of characters) counts[colorIndex] = (counts[colorIndex] ?? 0) + 1
  return counts.indexOf(Math.min(...counts))
}

/** @throws AppError `cast.invalid` for a name that is blank, too long, or another character's */
const characterName = (project: Project, name: string, self: CharacterId | null): string => {
  const trimmed = name.trim()
  const isTaken = [...project.characters.values()].some(
    (character) => character.name === trimmed && character.characterId !== self,
  )
  if (trimmed !== '' && trimmed.length <= MAX_NAME_CHARACTERS && !isTaken) return trimmed
  throw new AppError('cast.invalid', { params: { character: trimmed } })
}

/**
 * A character with a track and a colour of its own.
 *
 * @throws AppError `cast.invalid` for a name that is blank or another character's
 */
export const addCharacter = (
  project: Project,
  name: string,
  mint: MintId,
  voiceId: VoiceId | null = null,
): ProjectEdit => {
  const character: Character = {
    ...newCharacter(
      orderKeyBetween(lastOrder(project.characters.values()), null),
      characterName(project, name, null),
      freeColor(project.characters.values()),
      mint,
    ),
    direction: { ...INHERIT, voiceId },
  }
  const track = newTrack(orderKeyBetween(lastOrder(project.tracks.values()), null), character, mint)
  return { put: [character, track], remove: [] }
}

/**
 * Renames a character, and its track where that has its name.
 *
 * @throws AppError `cast.invalid` for a name that is blank or another character's
 */
export const renameCharacter = (project: Project, characterId: CharacterId, name: string): ProjectEdit | null => {
  const character = project.characters.get(characterId)
  if (!character) return null
  const newName = characterName(project, name, characterId)
  const tracks = [...project.tracks.values()].filter(
    (track) => track.characterId === characterId && track.name === character.name,
  )
  return editOf([
    ...patched(character, { name: newName }),
    ...tracks.flatMap((track) => patched<Track>(track, { name: newName })),
  ])
}

export const setCharacterDirection = (
  project: Project,
  characterId: CharacterId,
  patch: Partial<Direction>,
): ProjectEdit | null => {
  const character = project.characters.get(characterId)
  return editOf(patched(character, { direction: { ...(character?.direction ?? INHERIT), ...patch } }))
}

export const setCharacterColor = (project: Project, characterId: CharacterId, colorIndex: number): ProjectEdit | null =>
  editOf(patched(project.characters.get(characterId), { colorIndex }))

/**
 * Removes a character and its track. What it said goes to the narrator.
 *
 * @throws AppError `cast.invalid` for the narrator
 */
export const removeCharacter = (project: Project, characterId: CharacterId): ProjectEdit | null => {
  const character = project.characters.get(characterId)
  const { narratorId } = project.settings
  if (!character) return null
  if (characterId === narratorId) throw new AppError('cast.invalid', { params: { character: character.name } })
  const lines = orderedLines(project).filter((line) => line.characterId === characterId)
  const tracks = [...project.tracks.values()].filter((track) => track.characterId === characterId)
  return editOf(
    lines.map((line) => ({ ...line, characterId: narratorId })),
    [
      ...tracks.map(({ trackId }): RecordRef => ({ kind: 'track', id: trackId })),
      { kind: 'character', id: characterId },
    ],
  )
}
