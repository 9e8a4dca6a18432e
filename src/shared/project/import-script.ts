import {
  type ChapterId,
  type CharacterId,
  type MintId,
  mintChapterId,
  mintCharacterId,
  mintLineId,
  mintTrackId,
  type OrderKey,
  orderKeyBetween,
  orderKeysBetween,
} from '../kernel/index.ts'
import type { Script, ScriptChapter, ScriptText } from '../script/index.ts'
import type { Voice } from '../voice/index.ts'
import { orderedChapters, orderedLines } from './order.ts'
import type { Project, ProjectEdit, RecordRef } from './project.ts'
import { type Character, INHERIT, type Line, type ProjectRecord } from './records.ts'

const CHARACTER_COLORS = 12

const lastOrder = (records: Iterable<{ order: OrderKey }>): OrderKey | null =>
  [...records].reduce<OrderKey | null>((last, { order }) => (last === null || order > last ? order : last), null)

/** The colour and the voice that the fewest have, first come first. */
const leastUsed = <Choice>(choices: readonly Choice[], used: readonly (Choice | null)[]): Choice | null => {
  const counts = choices.map((choice) => used.filter((each) => each === choice).length)
  return choices[counts.indexOf(Math.min(...counts))] ?? null
}

/** A character, with a track, for every speaker that has none yet; and their ids by name. */
const castSpeakers = (project: Project, script: Script, voices: readonly Voice[], mint: MintId) => {
  const byName = new Map<string, CharacterId>([...project.characters.values()].map((c) => [c.name, c.characterId]))
  const cast: Character[] = [...project.characters.values()]
  const records: ProjectRecord[] = []
  let characterOrder = lastOrder(project.characters.values())
  let trackOrder = lastOrder(project.tracks.values())
  const voiceIds = voices.map((voice) => voice.voiceId)
  // Nobody else gets the voice that narrates by default.
  const narratorVoiceId = project.characters.get(project.settings.narratorId)?.direction.voiceId ?? voiceIds[0] ?? null
  for (const { rows } of script.chapters)
    for (const { speaker } of rows) {
      if (speaker === null || byName.has(speaker)) continue
      characterOrder = orderKeyBetween(characterOrder, null)
      trackOrder = orderKeyBetween(trackOrder, null)
      const characterId = mintCharacterId(mint)
      const usedVoices = [narratorVoiceId, ...cast.map((character) => character.direction.voiceId)]
      const character: Character = {
        kind: 'character',
        characterId,
        order: characterOrder,
        name: speaker,
        colorIndex:
          leastUsed(
            Array.from({ length: CHARACTER_COLORS }, (_, index) => index),
            cast.map(({ colorIndex }) => colorIndex),
          ) ?? 0,
        direction: { ...INHERIT, voiceId: leastUsed(voiceIds, usedVoices) },
      }
      cast.push(character)
      byName.set(speaker, characterId)
      records.push(character, {
        kind: 'track',
        trackId: mintTrackId(mint),
        order: trackOrder,
        name: speaker,
        characterId,
        gainDb: 0,
        pan: 0,
        isMuted: false,
        isSolo: false,
      })
    }
  return { byName, records }
}

export type ImportOptions = {
  placing: 'append' | 'replace'
  /** Voices that new characters get, each another one as far as they go. */
  voices: readonly Voice[]
  mint: MintId
}

/** A script as records of the project: after what is there, or in its place. Speakers become characters by name. */
export const importScriptEdit = (
  project: Project,
  { script, tail }: ScriptText,
  { placing, voices, mint }: ImportOptions,
): ProjectEdit => {
  const { byName, records } = castSpeakers(project, script, voices, mint)
  const isFresh = project.lines.size === 0
  const remove: RecordRef[] =
    placing === 'replace' || isFresh
      ? [
          ...[...project.clips.keys()].map((id): RecordRef => ({ kind: 'clip', id })),
          ...[...project.lines.keys()].map((id): RecordRef => ({ kind: 'line', id })),
          ...[...project.chapters.keys()].map((id): RecordRef => ({ kind: 'chapter', id })),
        ]
      : []
  const after = remove.length > 0 ? null : lastOrder(project.chapters.values())
  const chapterKeys = orderKeysBetween(after, null, script.chapters.length)
  const chapters = script.chapters.flatMap((chapter, index): ProjectRecord[] => {
    const chapterId = mintChapterId(mint)
    const lineKeys = orderKeysBetween(null, null, chapter.rows.length)
    return [
      {
        kind: 'chapter',
        chapterId,
        order: chapterKeys[index] ?? orderKeyBetween(after, null),
        title: chapter.title,
        direction: INHERIT,
        layout: chapter.layout,
      },
      ...chapter.rows.map(
        (row, rowIndex): ProjectRecord => ({
          kind: 'line',
          lineId: mintLineId(mint),
          chapterId,
          order: lineKeys[rowIndex] ?? orderKeyBetween(null, null),
          characterId: (row.speaker === null ? undefined : byName.get(row.speaker)) ?? project.settings.narratorId,
          text: row.text,
          spokenText: null,
          startsParagraph: row.startsParagraph,
          direction: INHERIT,
          pauseAfterSec: null,
          takeId: null,
          layout: row.layout,
        }),
      ),
    ]
  })
  return { put: [{ ...project.settings, scriptTail: tail }, ...records, ...chapters], remove }
}

/** The project's script, ready to be written as text. */
export const scriptOfProject = (project: Project): ScriptText => {
  const lines = new Map<ChapterId, Line[]>()
  for (const line of orderedLines(project)) {
    const known = lines.get(line.chapterId)
    if (known) known.push(line)
    else lines.set(line.chapterId, [line])
  }
  const nameOf = (characterId: CharacterId): string | null =>
    characterId === project.settings.narratorId ? null : (project.characters.get(characterId)?.name ?? null)
  const chapters = orderedChapters(project).map(
    ({ chapterId, title, layout }): ScriptChapter => ({
      title,
      layout,
      rows: (lines.get(chapterId) ?? []).map((line) => ({
        speaker: nameOf(line.characterId),
        text: line.text,
        startsParagraph: line.startsParagraph,
        layout: line.layout,
      })),
    }),
  )
  return { script: { chapters }, tail: project.settings.scriptTail }
}
