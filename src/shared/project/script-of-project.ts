import type { ChapterId } from '../kernel/index.ts'
import { hasPlaceholder, type ScriptChapter, type ScriptRow, type ScriptText } from '../script/index.ts'
import { orderedChapters, orderedLines } from './order.ts'
import type { Project } from './project.ts'
import type { Line } from './records.ts'

/** Narration names nobody, save where the script itself names the narrator. */
const speakerOf = ({ characters, settings }: Project, { characterId, layout }: Line): string | null =>
  characterId === settings.narratorId && !hasPlaceholder(layout?.cue ?? '')
    ? null
    : (characters.get(characterId)?.name ?? null)

/** The project's script as it would be parsed from its text; see serialiseScript(). */
export const scriptOfProject = (project: Project): ScriptText => {
  const rows = new Map<ChapterId, ScriptRow[]>()
  for (const line of orderedLines(project)) {
    const { chapterId, text, startsParagraph, layout } = line
    const row = { speaker: speakerOf(project, line), text, startsParagraph, layout }
    const known = rows.get(chapterId)
    if (known) known.push(row)
    else rows.set(chapterId, [row])
  }
  const chapters = orderedChapters(project).map(
    ({ chapterId, title, layout }): ScriptChapter => ({ title, layout, rows: rows.get(chapterId) ?? [] }),
  )
  return { script: { chapters }, tail: project.settings.scriptTail }
}
