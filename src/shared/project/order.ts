import { type ChapterId, compareOrder } from '../kernel/index.ts'
import type { Project } from './project.ts'
import type { Chapter, Line } from './records.ts'

const linesInOrder = new WeakMap<Project['lines'], { chapters: Project['chapters']; lines: readonly Line[] }>()

export const orderedChapters = (project: Pick<Project, 'chapters'>): Chapter[] =>
  [...project.chapters.values()].sort(compareOrder)

/** All lines in script order: by chapter, then by their own order. Remembered for as long as nothing moved. */
export const orderedLines = (project: Pick<Project, 'chapters' | 'lines'>): readonly Line[] => {
  const known = linesInOrder.get(project.lines)
  if (known?.chapters === project.chapters) return known.lines
  const place = new Map<ChapterId, number>(orderedChapters(project).map((chapter, index) => [chapter.chapterId, index]))
  const placeOf = (line: Line): number => place.get(line.chapterId) ?? Number.MAX_SAFE_INTEGER
  const lines = [...project.lines.values()].sort((a, b) => placeOf(a) - placeOf(b) || compareOrder(a, b))
  linesInOrder.set(project.lines, { chapters: project.chapters, lines })
  return lines
}
