import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LineId } from '../../shared/kernel/index.ts'
import type { Line, Project } from '../../shared/project/index.ts'
import { type LineRequest, playingTake, type Take, type TakesByLine } from '../../shared/render/index.ts'
import { type Arrangement, arrange } from '../../shared/timeline/index.ts'

const NOTHING: Arrangement = { clips: [], chapters: [], durationSamples: 0 }

/**
 * The take that plays for a line. The request - a hash - is only asked for where several takes compete, so that arranging
 * 10,000 lines at open costs milliseconds.
 */
export const takeOfLine = (
  line: Line,
  takes: TakesByLine,
  requestOf: (line: Line) => LineRequest,
): Take | undefined => {
  const ofLine = takes.get(line.lineId)
  if (!ofLine || ofLine.length < 2) return ofLine?.[0]
  const chosen = ofLine.find((take) => take.takeId === line.takeId)
  if (chosen) return chosen
  const request = requestOf(line)
  return playingTake(ofLine, line, request.ok ? request.request.takeKey : null)
}

/** Positions of the open project's clips, recomputed after edits, once the window has painted them. */
export const createArrangementStore = (
  afterPaint: (work: () => void) => () => void,
): {
  store: StoreApi<Arrangement>
  schedule(project: Project | null, takes: TakesByLine, requestOf: (line: Line) => LineRequest): void
} => {
  const store = createStore<Arrangement>(() => NOTHING)
  let callOff: (() => void) | undefined
  let wanted: (() => Arrangement) | undefined
  const run = (): void => {
    callOff = undefined
    if (wanted) store.setState(wanted(), true)
  }
  return {
    store,
    schedule(project, takes, requestOf) {
      if (!project) {
        callOff?.()
        callOff = undefined
        store.setState(NOTHING, true)
        return
      }
      wanted = () => arrange(project, (line) => takeOfLine(line, takes, requestOf))
      // What is already due is not put off by further news.
      callOff ??= afterPaint(run)
    },
  }
}

export const startOfLine = ({ clips }: Arrangement, lineId: LineId): number | undefined =>
  clips.find((clip) => clip.lineId === lineId)?.startSamples
