import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LineId } from '../../shared/kernel/index.ts'
import { type Line, orderedLines, type Project } from '../../shared/project/index.ts'
import { LINE_MARKS, type LineMark } from './line-status.ts'

export type ScriptScan = {
  /** False until every line has been looked at once. */
  isComplete: boolean
  marks: ReadonlyMap<LineId, LineMark>
  counts: Readonly<Record<LineMark, number>>
}

/** Runs work when nothing more urgent waits; it may use so many milliseconds. @returns the way to call it off */
export type WhenIdle = (work: (budgetMs: number) => void) => () => void

const noCounts = (): Record<LineMark, number> => ({
  silent: 0,
  never: 0,
  queued: 0,
  running: 0,
  ready: 0,
  stale: 0,
  failed: 0,
})

export const countMarks = (marks: Iterable<LineMark>): Record<LineMark, number> => {
  const counts = noCounts()
  for (const mark of marks) counts[mark] += 1
  return counts
}

const LINES_BETWEEN_CLOCK_LOOKS = 32

/**
 * Looks at every line of a project in slices, so that opening or editing 10,000 lines never blocks: visible rows compute
 * their own status at once, and counts and filters follow here.
 */
export const createScriptScan = (
  whenIdle: WhenIdle,
  nowMs: () => number,
): { store: StoreApi<ScriptScan>; restart(project: Project | null, markOf: (line: Line) => LineMark): void } => {
  const store = createStore<ScriptScan>(() => ({ isComplete: false, marks: new Map(), counts: noCounts() }))
  let callOff: (() => void) | undefined
  /** What the next scan is about. */
  let wanted: { project: Project; markOf(line: Line): LineMark } | null = null

  const publish = (marks: Map<LineId, LineMark>): void => {
    const counts = countMarks(marks.values())
    const known = store.getState()
    const isSame =
      known.isComplete &&
      known.marks.size === marks.size &&
      LINE_MARKS.every((mark) => known.counts[mark] === counts[mark]) &&
      [...marks].every(([lineId, mark]) => known.marks.get(lineId) === mark)
    if (!isSame) store.setState({ isComplete: true, marks, counts }, true)
  }

  const scan = (): void => {
    const about = wanted
    wanted = null
    if (!about) return
    let lines: readonly Line[] | undefined
    let index = 0
    const marks = new Map<LineId, LineMark>()
    const slice = (budgetMs: number): void => {
      callOff = undefined
      const untilMs = nowMs() + budgetMs
      lines ??= orderedLines(about.project)
      const sliceStart = index
      for (; index < lines.length; index += 1) {
        const isTimeToLook = index > sliceStart && (index - sliceStart) % LINES_BETWEEN_CLOCK_LOOKS === 0
        if (isTimeToLook && nowMs() >= untilMs) {
          callOff = whenIdle(slice)
          return
        }
        const line = lines[index]
        if (line) marks.set(line.lineId, about.markOf(line))
      }
      publish(marks)
      scan()
    }
    callOff = whenIdle(slice)
  }

  return {
    store,
    restart(project, markOf) {
      if (!project) {
        callOff?.()
        callOff = undefined
        wanted = null
        store.setState({ isComplete: false, marks: new Map(), counts: noCounts() }, true)
        return
      }
      wanted = { project, markOf }
      // A scan under way is finished first: news that come faster than it would otherwise keep it from ever ending.
      if (!callOff) scan()
    },
  }
}
