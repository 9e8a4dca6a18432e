import { type Direction, INHERIT, type SourceLayout } from '../../shared/project/index.ts'

/** Only what a level says itself is stored; everything it leaves out is inherited. */
export const directionToColumn = (direction: Direction): string =>
  JSON.stringify(Object.fromEntries(Object.entries(direction).filter(([, value]) => value !== null)))

export const directionFromColumn = (column: string): Direction =>
  column === '{}' ? INHERIT : { ...INHERIT, ...(JSON.parse(column) as Partial<Direction>) }

export const layoutToColumn = (layout: SourceLayout | null): string | null => layout && JSON.stringify(layout)

export const layoutFromColumn = (column: string | null): SourceLayout | null =>
  column === null ? null : (JSON.parse(column) as SourceLayout)
