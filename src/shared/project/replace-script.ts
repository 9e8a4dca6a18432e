import { type CharacterId, type LineId, type MintId, type OrderKey, orderKeysBetween } from '../kernel/index.ts'
import type { Script, ScriptChapter } from '../script/index.ts'
import type { CastSpeakers } from './cast-speakers.ts'
import { lineRefs } from './clip-adjustment.ts'
import { lineText, patched } from './edit-of.ts'
import { newChapter, newLine } from './new-records.ts'
import { orderedChapters, orderedLines } from './order.ts'
import type { Project, ProjectEdit, RecordRef } from './project.ts'
import type { Chapter, Line, ProjectRecord } from './records.ts'

/** Records waiting to be used again, first come first, by what makes two of them the same. */
const reserveOf = <Kept>(records: readonly Kept[], keyOf: (record: Kept) => string) => {
  const queues = new Map<string, Kept[]>()
  for (const record of records.toReversed()) {
    const key = keyOf(record)
    const queue = queues.get(key)
    if (queue) queue.push(record)
    else queues.set(key, [record])
  }
  return {
    take: (key: string): Kept | undefined => queues.get(key)?.pop(),
    left: (): Kept[] => [...queues.values()].flat(),
  }
}

const lineKey = (characterId: CharacterId, text: string): string => `${characterId} ${text}`

/** Keys for siblings in a new order: their own as long as those rise, so that what did not change is not written. */
const keysFor = (siblings: readonly (OrderKey | null)[]): OrderKey[] => {
  const known = siblings.filter((order) => order !== null)
  const rises = known.every((order, index) => index === 0 || (known[index - 1] ?? order) < order)
  return known.length === siblings.length && rises ? known : orderKeysBetween(null, null, siblings.length)
}

/** Characters that spoke until now and have nothing left to say, with their tracks; the narrator stays. */
const fallenSilent = (project: Project, speaking: ReadonlySet<CharacterId>): RecordRef[] => {
  const spoke = new Set([...project.lines.values()].map(({ characterId }) => characterId))
  const silent = new Set([...spoke].filter((id) => !speaking.has(id) && id !== project.settings.narratorId))
  const tracks = [...project.tracks.values()].filter(({ characterId }) => silent.has(characterId))
  return [
    ...tracks.map(({ trackId }): RecordRef => ({ kind: 'track', id: trackId })),
    ...[...silent].map((id): RecordRef => ({ kind: 'character', id })),
  ]
}

/** Another script in place of a project's own. Lines with the same words and speaker stay the lines they were. */
export const replaceScript = (
  project: Project,
  { chapters }: Script,
  cast: CastSpeakers,
  mint: MintId,
): ProjectEdit => {
  const put: ProjectRecord[] = []
  const lineReserve = reserveOf(orderedLines(project), ({ characterId, text }) => lineKey(characterId, text))
  const chapterReserve = reserveOf(orderedChapters(project), ({ title }) => title)
  const speaking = new Set<CharacterId>()

  const putLines = ({ rows }: ScriptChapter, { chapterId }: Chapter): void => {
    const found = rows.map((row) => {
      const characterId = cast.characterOf(row)
      speaking.add(characterId)
      return { row, characterId, known: lineReserve.take(lineKey(characterId, lineText(row.text))) }
    })
    const keys = keysFor(found.map(({ known }) => (known?.chapterId === chapterId ? known.order : null)))
    found.forEach(({ row, characterId, known }, index) => {
      const order = keys[index]
      if (order === undefined) return
      const place = { chapterId, order, startsParagraph: row.startsParagraph, layout: row.layout }
      if (known) put.push(...patched<Line>(known, place))
      else put.push({ ...newLine(characterId, lineText(row.text), mint), ...place })
    })
  }

  const written: readonly ScriptChapter[] = chapters.length > 0 ? chapters : [{ title: '', layout: null, rows: [] }]
  const known = written.map(({ title }) => chapterReserve.take(title))
  const chapterKeys = keysFor(known.map((chapter) => chapter?.order ?? null))
  written.forEach((chapter, index) => {
    const order = chapterKeys[index]
    const same = known[index]
    if (order === undefined) return
    const born = same ?? newChapter(order, chapter.title, mint)
    if (same) put.push(...patched<Chapter>(same, { order, layout: chapter.layout }))
    else put.push({ ...born, layout: chapter.layout })
    putLines(chapter, born)
  })
  const goneLines: LineId[] = lineReserve.left().map(({ lineId }) => lineId)
  const goneChapters = chapterReserve.left().map(({ chapterId }): RecordRef => ({ kind: 'chapter', id: chapterId }))
  return { put, remove: [...lineRefs(project, goneLines), ...goneChapters, ...fallenSilent(project, speaking)] }
}
