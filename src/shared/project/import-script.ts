import { type MintId, orderKeysBetween } from '../kernel/index.ts'
import { countRowBreaks, isBlank, type ScriptChapter, type ScriptText, type SourceLayout } from '../script/index.ts'
import type { Voice } from '../voice/index.ts'
import { type CastSpeakers, castSpeakers } from './cast-speakers.ts'
import { lastOrder } from './character-verbs.ts'
import { editOf, lineText, patched } from './edit-of.ts'
import { newChapter, newLine } from './new-records.ts'
import { orderedChapters } from './order.ts'
import { linesOfChapter } from './place-lines.ts'
import type { Project, ProjectEdit } from './project.ts'
import type { Chapter, Line, ProjectRecord } from './records.ts'
import { replaceScript } from './replace-script.ts'

export type ImportScriptOptions = {
  /** After what is there, or in its place. */
  placing: 'append' | 'replace'
  /** Voices for new characters, the default one first. */
  voices: readonly Voice[]
  mint: MintId
}

const isMarkdown = (layout: SourceLayout | null): boolean => layout !== null && layout.markup !== null

/** What stood between the end of the script so far and its file's end comes before what is added. */
const afterTail = (layout: SourceLayout | null, tail: string): SourceLayout | null => {
  if (!layout) return null
  const before = tail + layout.before
  return { ...layout, before: countRowBreaks(before) > 0 ? before : `${tail}\n\n${layout.before}` }
}

/** The script with its first piece set off from what the project ends in. */
const joinedTo = (project: Project, chapters: readonly ScriptChapter[]): ScriptChapter[] => {
  const [first, ...others] = chapters
  if (!first || project.lines.size === 0) return [...chapters]
  const last = [...project.lines.values()].at(-1)?.layout ?? null
  const opening = first.layout ?? first.rows[0]?.layout ?? null
  const { scriptTail } = project.settings
  // What one format does not speak, the other would.
  const tail = isBlank(scriptTail) || isMarkdown(last) === isMarkdown(opening) ? scriptTail : '\n'
  if (first.layout) return [{ ...first, layout: afterTail(first.layout, tail) }, ...others]
  const [row, ...rows] = first.rows
  return [{ ...first, rows: row ? [{ ...row, layout: afterTail(row.layout, tail) }, ...rows] : [] }, ...others]
}

const linesOf = (
  { rows }: ScriptChapter,
  chapter: Chapter,
  after: Line | undefined,
  cast: CastSpeakers,
  mint: MintId,
) => {
  const keys = orderKeysBetween(after?.order ?? null, null, rows.length)
  return rows.flatMap((row, index): Line[] => {
    const order = keys[index]
    if (order === undefined) return []
    const { startsParagraph, layout } = row
    const line = newLine(cast.characterOf(row), lineText(row.text), mint)
    return [{ ...line, chapterId: chapter.chapterId, order, startsParagraph, layout }]
  })
}

/** Text before the first heading goes on with the last chapter, since nothing in the text would set it apart. */
const appendScript = (project: Project, script: readonly ScriptChapter[], cast: CastSpeakers, mint: MintId) => {
  const last = orderedChapters(project).at(-1)
  const keys = orderKeysBetween(lastOrder(project.chapters.values()), null, script.length)
  return joinedTo(project, script).flatMap((chapter, index): ProjectRecord[] => {
    const goesOn = index === 0 && chapter.title === '' && chapter.layout === null
    if (goesOn && last) return linesOf(chapter, last, linesOfChapter(project, last.chapterId).at(-1), cast, mint)
    const order = keys[index]
    if (order === undefined) return []
    const added: Chapter = { ...newChapter(order, chapter.title, mint), layout: chapter.layout }
    return [added, ...linesOf(chapter, added, undefined, cast, mint)]
  })
}

/** A project that nobody has written in yet. */
const isUnwritten = (project: Project): boolean =>
  project.lines.size === 0 && [...project.chapters.values()].every(({ title }) => title === '')

/**
 * A script as records of the project. Speakers become characters, found by name or new; new ones get a colour, a track
 * and a voice. In place of the old script, lines that say the same as before stay the lines they were, with their takes.
 *
 * @throws AppError `script.line-too-long`
 */
export const importScriptEdit = (
  project: Project,
  { script, tail }: ScriptText,
  { placing, voices, mint }: ImportScriptOptions,
): ProjectEdit | null => {
  const cast = castSpeakers(project, script, voices, mint)
  const settings = patched(project.settings, { scriptTail: tail })
  if (placing === 'append' && !isUnwritten(project))
    return script.chapters.length === 0
      ? null
      : editOf([...settings, ...cast.put, ...appendScript(project, script.chapters, cast, mint)])
  const { put, remove } = replaceScript(project, script, cast, mint)
  return editOf([...settings, ...cast.put, ...put], remove)
}
