import { z } from 'zod'
import { AppError, engineIdSchema } from '../kernel/index.ts'
import type { Voice } from '../voice/index.ts'
import type { Project, ProjectEdit } from './project.ts'
import { type Character, type Direction, directionSchema } from './records.ts'

const { language, speed, pitchSemitones, instruct } = directionSchema.shape
const partSchema = z.strictObject({
  /** A voice by its id or its name. */
  voice: z.string().optional(),
  engine: engineIdSchema.optional(),
  language: language.optional(),
  speed: speed.optional(),
  pitchSemitones: pitchSemitones.optional(),
  instruct: instruct.optional(),
})

/** A cast as a file: `{ "characters": { "林晚": { "voice": "Aspen", "speed": 1.1 } }, "narrator": { … } }`. */
export const castFileSchema = z.strictObject({
  characters: z.record(z.string(), partSchema).default({}),
  narrator: partSchema.optional(),
})
export type CastFile = z.output<typeof castFileSchema>
type Part = z.output<typeof partSchema>

const castError = (params: Record<string, string>): AppError =>
  new AppError('cast.invalid', { params, remedies: ['see-help'] })

const sameName = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase()

/**
 * Gives the characters what a cast file says of them.
 * @returns null where that changes nothing
 * @throws AppError `cast.invalid` naming the character or voice that is not there, and those that are
 */
export const applyCastEdit = (project: Project, cast: CastFile, voices: readonly Voice[]): ProjectEdit | null => {
  const characters = [...project.characters.values()]
  const voiceIdOf = (name: string): Direction['voiceId'] => {
    const voice = voices.find(({ voiceId }) => voiceId === name) ?? voices.find((each) => sameName(each.name, name))
    if (voice) return voice.voiceId
    throw castError({ voice: name, known: voices.map((each) => each.name).join(', '), detail: `no voice “${name}”` })
  }
  const directed = (character: Character, { voice, engine, ...rest }: Part): Character => {
    const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    const direction: Direction = {
      ...character.direction,
      ...said,
      ...(voice !== undefined && { voiceId: voiceIdOf(voice) }),
      ...(engine !== undefined && { engineId: engine }),
    }
    return { ...character, direction }
  }
  const put = Object.entries(cast.characters).map(([name, part]) => {
    const character = characters.find((each) => each.name === name)
    if (character) return directed(character, part)
    const known = characters.map((each) => each.name).join(', ')
    throw castError({ character: name, known, detail: `no character “${name}”; there are: ${known}` })
  })
  const narrator = project.characters.get(project.settings.narratorId)
  if (cast.narrator && narrator) put.push(directed(narrator, cast.narrator))
  return put.length > 0 ? { put, remove: [] } : null
}
