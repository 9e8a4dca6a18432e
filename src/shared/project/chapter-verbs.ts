import { type ChapterId, compareOrder, type LineId, type MintId, orderKeyBetween } from '../kernel/index.ts'
import { MAX_TITLE_CHARACTERS } from '../script/index.ts'
import { lineRefs } from './clip-adjustment.ts'
import { editOf, patched } from './edit-of.ts'
import { newChapter } from './new-records.ts'
import { orderedChapters } from './order.ts'
import { linesOfChapter, onItsOwn, placeLines } from './place-lines.ts'
import type { Project, ProjectEdit } from './project.ts'
import { type Chapter, type Direction, INHERIT } from './records.ts'

const titleText = (title: string): string => title.replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE_CHARACTERS)

const chapterAfter = (project: Project, after: ChapterId | null, title: string, mint: MintId): Chapter => {
  const chapters = orderedChapters(project)
  const index = chapters.findIndex(({ chapterId }) => chapterId === after)
  const order = orderKeyBetween(chapters[index]?.order ?? null, chapters[index + 1]?.order ?? null)
  return newChapter(order, titleText(title), mint)
}

/** An empty chapter after another one, or before all where `after` is null. */
export const insertChapter = (
  project: Project,
  after: ChapterId | null,
  title: string,
  mint: MintId,
): ProjectEdit | null => editOf([chapterAfter(project, after, title, mint)])

/** A new chapter that starts with a line: it and the rest of its chapter go there. */
export const insertChapterAt = (project: Project, lineId: LineId, mint: MintId, title = ''): ProjectEdit | null => {
  const line = project.lines.get(lineId)
  if (!line) return null
  const chapter = chapterAfter(project, line.chapterId, title, mint)
  const siblings = linesOfChapter(project, line.chapterId)
  const [first = line, ...others] = siblings.slice(siblings.findIndex((each) => each.lineId === lineId))
  const opening = { ...(onItsOwn(first)[0] ?? first), startsParagraph: true }
  return editOf([chapter, ...[opening, ...others].map((each) => ({ ...each, chapterId: chapter.chapterId }))])
}

export const renameChapter = (project: Project, chapterId: ChapterId, title: string): ProjectEdit | null =>
  editOf(patched(project.chapters.get(chapterId), { title: titleText(title) }))

export const setChapterDirection = (
  project: Project,
  chapterId: ChapterId,
  patch: Partial<Direction>,
): ProjectEdit | null => {
  const chapter = project.chapters.get(chapterId)
  return editOf(patched(chapter, { direction: { ...(chapter?.direction ?? INHERIT), ...patch } }))
}

/** Removes a chapter and its lines. Of a project's only chapter the lines and the title go, so that there is a place to write. */
export const removeChapter = (project: Project, chapterId: ChapterId): ProjectEdit | null => {
  const chapter = project.chapters.get(chapterId)
  if (!chapter) return null
  const lines = lineRefs(
    project,
    linesOfChapter(project, chapterId).map(({ lineId }) => lineId),
  )
  if (project.chapters.size > 1) return editOf([], [...lines, { kind: 'chapter', id: chapterId }])
  return editOf(patched(chapter, { title: '', direction: INHERIT, layout: null }), lines)
}

/** Removes the heading of a chapter: its lines go to the end of the one before. */
export const joinChapter = (project: Project, chapterId: ChapterId): ProjectEdit | null => {
  const chapters = orderedChapters(project)
  const previous = chapters[chapters.findIndex((chapter) => chapter.chapterId === chapterId) - 1]
  if (!previous) return null
  const lines = linesOfChapter(project, chapterId)
  const last = linesOfChapter(project, previous.chapterId).at(-1)
  const place = { chapterId: previous.chapterId, afterLineId: last?.lineId ?? null }
  return editOf(placeLines(project, place, lines), [{ kind: 'chapter', id: chapterId }])
}

/** Puts a chapter before another one, or after all where `before` is null. */
export const moveChapter = (project: Project, chapterId: ChapterId, before: ChapterId | null): ProjectEdit | null => {
  const chapter = project.chapters.get(chapterId)
  if (!chapter || before === chapterId) return null
  const others = [...project.chapters.values()].filter((each) => each !== chapter).sort(compareOrder)
  const index = before === null ? others.length : others.findIndex((each) => each.chapterId === before)
  const [above, below] = [others[index - 1], others[index]]
  const isThere = (!above || above.order < chapter.order) && (!below || chapter.order < below.order)
  if (index < 0 || isThere) return null
  return editOf([{ ...chapter, order: orderKeyBetween(above?.order ?? null, below?.order ?? null) }])
}
