import type { ChapterId, CharacterId, LineId } from '../../shared/kernel/index.ts'
import { orderedChapters, orderedLines, type Project } from '../../shared/project/index.ts'
import type { LineMark } from './line-status.ts'

/** What the script list shows: chapter headings and lines. `number` counts lines through the whole script. */
export type ScriptRow =
  | { kind: 'chapter'; id: ChapterId; number: null }
  | { kind: 'line'; id: LineId; chapterId: ChapterId; number: number }
export type RowId = ChapterId | LineId

export type ScriptFilter = { kind: 'mark'; mark: LineMark } | { kind: 'character'; characterId: CharacterId } | null

/**
 * Rows in script order. Where nothing moved, the previous rows are returned as they are, so that typing in one line
 * leaves the list alone.
 */
export const scriptRows = (
  project: Project,
  filter: ScriptFilter,
  marks: ReadonlyMap<LineId, LineMark>,
  previous: readonly ScriptRow[],
): readonly ScriptRow[] => {
  const rows: ScriptRow[] = []
  const lines = orderedLines(project)
  let next = 0
  for (const chapter of orderedChapters(project)) {
    const heading: ScriptRow = { kind: 'chapter', id: chapter.chapterId, number: null }
    const headingIndex = rows.length
    rows.push(heading)
    for (let line = lines[next]; line?.chapterId === chapter.chapterId; line = lines[next]) {
      next += 1
      const isShown =
        filter === null ||
        (filter.kind === 'character' ? line.characterId === filter.characterId : marks.get(line.lineId) === filter.mark)
      if (isShown) rows.push({ kind: 'line', id: line.lineId, chapterId: chapter.chapterId, number: next })
    }
    const hasNoLinesShown = rows.length === headingIndex + 1
    // Text before the first heading has an untitled chapter, which needs no row of its own.
    if ((filter && hasNoLinesShown) || (chapter.title === '' && headingIndex === 0)) rows.splice(headingIndex, 1)
  }
  const isSame =
    rows.length === previous.length &&
    rows.every((row, index) => {
      const before = previous[index]
      return (
        before?.id === row.id &&
        before.number === row.number &&
        (row.kind === 'chapter' || (before.kind === 'line' && before.chapterId === row.chapterId))
      )
    })
  return isSame ? previous : rows
}
