import type { LineId } from '../kernel/index.ts'
import type { Take, TakeKey } from './take.ts'

/** The takes of a project, newest last, by line. */
export type TakesByLine = ReadonlyMap<LineId, readonly Take[]>

export const groupTakesByLine = (takes: Iterable<Take>): Map<LineId, Take[]> => {
  const byLine = new Map<LineId, Take[]>()
  for (const take of takes) {
    const known = byLine.get(take.lineId)
    if (known) known.push(take)
    else byLine.set(take.lineId, [take])
  }
  return byLine
}

/**
 * The take that plays for a line: the one a person chose; else the newest that matches the line as it stands; else the
 * newest there is, which is then stale. Undoing a text edit brings the old take back by itself, because its key matches
 * again.
 */
export const playingTake = (
  takes: readonly Take[] | undefined,
  line: { takeId: Take['takeId'] | null },
  takeKey: TakeKey | null,
): Take | undefined =>
  takes?.find((take) => take.takeId === line.takeId) ??
  takes?.findLast((take) => take.takeKey === takeKey) ??
  takes?.at(-1)

export type LineSound = 'never' | 'ready' | 'stale'

/** Whether what plays is what the line says now. A comparison, never a stored flag. */
export const lineSound = (take: Take | undefined, takeKey: TakeKey | null): LineSound =>
  take === undefined ? 'never' : take.takeKey === takeKey ? 'ready' : 'stale'
