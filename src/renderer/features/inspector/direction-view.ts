import {
  type Direction,
  INHERIT,
  type Line,
  type Project,
  type Resolved,
  resolveDirection,
} from '../../../shared/project/index.ts'
import type { DirectionTarget } from '../../state/index.ts'

/** One field of a direction, as the inspector shows it. */
export type FieldView<Value> = {
  /** What is said at this level; null where it is left to the levels above, or where several lines differ. */
  own: Value | null
  isMixed: boolean
  /** What holds when this level says nothing. */
  inherited: Resolved<Value | null>
}
export type DirectionView = { [Field in keyof Direction]: FieldView<NonNullable<Direction[Field]>> }

const FIELDS = Object.keys(INHERIT) as readonly (keyof Direction)[]

const viewOf = (
  owns: readonly Direction[],
  inheritedOf: (field: keyof Direction) => Resolved<Direction[keyof Direction]>,
): DirectionView =>
  Object.fromEntries(
    FIELDS.map((field) => {
      const [first] = owns
      const isMixed = owns.some((own) => own[field] !== first?.[field])
      return [field, { own: isMixed ? null : (first?.[field] ?? null), isMixed, inherited: inheritedOf(field) }]
    }),
  ) as DirectionView

const fromProject =
  ({ settings }: Project) =>
  (field: keyof Direction): Resolved<Direction[keyof Direction]> => {
    const value = settings.direction[field]
    return { value, from: value === null ? 'default' : 'project' }
  }

/** What a target says about its delivery, and what it would get if it said nothing. */
export const directionView = (project: Project, target: DirectionTarget): DirectionView => {
  switch (target.kind) {
    case 'lines': {
      const lines = target.lineIds.flatMap((lineId): Line[] => {
        const line = project.lines.get(lineId)
        return line ? [line] : []
      })
      const [first] = lines
      const inherited = first && resolveDirection(project, { ...first, direction: INHERIT })
      return viewOf(
        lines.map((line) => line.direction),
        (field) => inherited?.[field] ?? { value: null, from: 'default' },
      )
    }
    case 'chapter':
      return viewOf([project.chapters.get(target.chapterId)?.direction ?? INHERIT], fromProject(project))
    case 'character':
      return viewOf([project.characters.get(target.characterId)?.direction ?? INHERIT], fromProject(project))
    case 'project':
      return viewOf([project.settings.direction], () => ({ value: null, from: 'default' }))
  }
}
