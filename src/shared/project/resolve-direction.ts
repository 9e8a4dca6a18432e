import type { Project } from './project.ts'
import type { Direction, Line } from './records.ts'

export type DirectionLevel = 'line' | 'character' | 'chapter' | 'project' | 'default'
/** A direction value and the level it comes from. */
export type Resolved<Value> = { value: Value; from: DirectionLevel }
export type ResolvedDirection = { [Field in keyof Direction]: Resolved<Direction[Field]> }

const FIELDS = ['engineId', 'voiceId', 'language', 'instruct', 'speed', 'pitchSemitones', 'seed'] as const

/** What holds for one line: the nearest level that says something, per field; `null` from `default` where none does. */
export const resolveDirection = (project: Project, line: Line): ResolvedDirection => {
  const levels: [DirectionLevel, Direction | undefined][] = [
    ['line', line.direction],
    ['character', project.characters.get(line.characterId)?.direction],
    ['chapter', project.chapters.get(line.chapterId)?.direction],
    ['project', project.settings.direction],
  ]
  const resolve = <Field extends keyof Direction>(field: Field): Resolved<Direction[Field]> => {
    for (const [from, direction] of levels) {
      const value = direction?.[field]
      if (value !== null && value !== undefined) return { value, from }
    }
    return { value: null as Direction[Field], from: 'default' }
  }
  return Object.fromEntries(FIELDS.map((field) => [field, resolve(field)])) as ResolvedDirection
}
