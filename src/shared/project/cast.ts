import { z } from 'zod'
import { AppError, engineIdSchema } from '../kernel/index.ts'
import type { Voice } from '../voice/index.ts'
import { editOf, patched } from './edit-of.ts'
import { nearNames } from './near-names.ts'
import type { Project, ProjectEdit } from './project.ts'
import { type Character, type Direction, directionSchema } from './records.ts'

const { language, instruct, speed, pitchSemitones } = directionSchema.shape

/** How one character is to sound; what is left out stays as it is, `null` goes back to what the project says. */
const castPartSchema = z.strictObject({
  /** Id or name of a voice. */
  voice: z.string().min(1).nullable().optional(),
  engine: engineIdSchema.nullable().optional(),
  language: language.optional(),
  speed: speed.optional(),
  pitchSemitones: pitchSemitones.optional(),
  instruct: instruct.optional(),
})
type CastPart = z.output<typeof castPartSchema>

/** A cast as a file: `{ "characters": { "林晚": { "voice": "Aspen", "speed": 1.1 } }, "narrator": { ... } }`. */
export const castFileSchema = z.strictObject({
  characters: z.record(z.string(), castPartSchema).default({}),
  narrator: castPartSchema.optional(),
})
export type CastFile = z.output<typeof castFileSchema>

/** Names the one thing that is wrong, and what may have been meant. */
const castError = (what: 'character' | 'voice', name: string, known: readonly string[]): AppError => {
  const near = nearNames(name, known)
  return new AppError('cast.invalid', {
    params: {
      [what]: name,
      near: near.join(', '),
      known: known.join(', '),
      detail: near.length > 0 ? `no ${what} "${name}"; did you mean ${near.join(', ')}?` : `no ${what} "${name}"`,
    },
    remedies: ['see-help'],
  })
}

const findByName = <Named extends { name: string }>(things: readonly Named[], name: string): Named | undefined =>
  things.find((thing) => thing.name === name) ??
  things.find((thing) => thing.name.toLowerCase() === name.trim().toLowerCase())

const voiceIdOf = (voices: readonly Voice[], name: string): Voice['voiceId'] => {
  const voice = voices.find(({ voiceId }) => voiceId === name) ?? findByName(voices, name)
  if (voice) return voice.voiceId
  throw castError(
    'voice',
    name,
    voices.map((each) => each.name),
  )
}

const directionOf = ({ voice, engine, ...rest }: CastPart, voices: readonly Voice[]): Partial<Direction> => ({
  ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
  ...(voice !== undefined && { voiceId: voice === null ? null : voiceIdOf(voices, voice) }),
  ...(engine !== undefined && { engineId: engine }),
})

/**
 * Gives the characters what a cast file says about them.
 *
 * @throws AppError `cast.invalid` for a character or a voice that is not there, with those whose names are near
 */
export const applyCastEdit = (project: Project, cast: CastFile, voices: readonly Voice[]): ProjectEdit | null => {
  const characters = [...project.characters.values()]
  const changes = new Map<Character, Partial<Direction>>()
  const direct = (character: Character, part: CastPart): void => {
    changes.set(character, { ...changes.get(character), ...directionOf(part, voices) })
  }
  const narrator = project.characters.get(project.settings.narratorId)
  if (cast.narrator && narrator) direct(narrator, cast.narrator)
  for (const [name, part] of Object.entries(cast.characters)) {
    const character = findByName(characters, name)
    if (!character)
      throw castError(
        'character',
        name,
        characters.map((each) => each.name),
      )
    direct(character, part)
  }
  return editOf(
    [...changes].flatMap(([character, patch]) =>
      patched(character, { direction: { ...character.direction, ...patch } }),
    ),
  )
}
