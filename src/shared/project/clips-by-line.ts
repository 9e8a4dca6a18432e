import type { LineId } from '../kernel/index.ts'
import type { Project } from './project.ts'
import type { Clip } from './records.ts'

const byLine = new WeakMap<Project['clips'], ReadonlyMap<LineId, Clip>>()

/** What a person changed about the placing of each line's take, by line. Remembered until a clip changes. */
export const clipsByLine = (project: Pick<Project, 'clips'>): ReadonlyMap<LineId, Clip> => {
  const known = byLine.get(project.clips)
  if (known) return known
  const clips = new Map([...project.clips.values()].map((clip) => [clip.lineId, clip] as const))
  byLine.set(project.clips, clips)
  return clips
}
