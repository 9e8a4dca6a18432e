import type { ChapterId, CharacterId, LineId, TakeId, TrackId } from '../../shared/kernel/index.ts'
import {
  addCharacter,
  applyEdit,
  type ClipAdjustment,
  type Direction,
  type Project,
  type ProjectEdit,
  removeCharacter,
  renameCharacter,
  type SettingsPatch,
  setChapterDirection,
  setCharacterColor,
  setCharacterDirection,
  setClipAdjustment,
  setLineCharacter,
  setLineDirection,
  setLineTake,
  setPauseAfter,
  setProjectSettings,
  setTrack,
  type TrackPatch,
} from '../../shared/project/index.ts'
import { mintId } from './mint-id.ts'
import type { EditLabel } from './open-project.ts'
import type { Studio } from './studio.ts'

/** Whose direction is changed: some lines, a chapter, a character or the whole project. */
export type DirectionTarget =
  | { kind: 'lines'; lineIds: readonly LineId[] }
  | { kind: 'chapter'; chapterId: ChapterId }
  | { kind: 'character'; characterId: CharacterId }
  | { kind: 'project' }

/** What a person changes beside the text: cast, direction, pauses, levels, settings. */
export type ProjectCommands = {
  changeSettings(change: Pick<SettingsPatch, 'title' | 'author' | 'album' | 'pauses'>): void
  changeDirection(target: DirectionTarget, change: Partial<Direction>): void
  setPauseAfter(lineIds: readonly LineId[], pauseAfterSec: number | null): void
  setClip(lineIds: readonly LineId[], change: Partial<ClipAdjustment>): void
  /** null: the newest take that matches the line plays. */
  chooseTake(lineId: LineId, takeId: TakeId | null): void
  addCharacter(name: string): void
  renameCharacter(characterId: CharacterId, name: string): void
  recolorCharacter(characterId: CharacterId, colorIndex: number): void
  /** Lines of the character go to another one. */
  removeCharacter(characterId: CharacterId, heirId: CharacterId): void
  changeTrack(trackId: TrackId, change: TrackPatch): void
}

const targetKey = (target: DirectionTarget): string => {
  switch (target.kind) {
    case 'lines':
      return target.lineIds.slice(0, 3).join(',')
    case 'chapter':
      return target.chapterId
    case 'character':
      return target.characterId
    case 'project':
      return 'project'
  }
}

const directionEdit = (project: Project, target: DirectionTarget, change: Partial<Direction>): ProjectEdit | null => {
  switch (target.kind) {
    case 'lines':
      return setLineDirection(project, target.lineIds, change)
    case 'chapter':
      return setChapterDirection(project, target.chapterId, change)
    case 'character':
      return setCharacterDirection(project, target.characterId, change)
    case 'project':
      return setProjectSettings(project, { direction: { ...project.settings.direction, ...change } })
  }
}

/** One edit that does both: the second is made for what the first leaves. */
const inTurn = (
  project: Project,
  first: ProjectEdit | null,
  second: (project: Project) => ProjectEdit | null,
): ProjectEdit | null => {
  if (!first) return second(project)
  const then = second(applyEdit(project, first).project)
  return { put: [...first.put, ...(then?.put ?? [])], remove: [...first.remove, ...(then?.remove ?? [])] }
}

export const createProjectCommands = ({
  document,
  pendingText,
  notices,
}: Pick<Studio, 'document' | 'pendingText' | 'notices'>): ProjectCommands => {
  /** Dispatches what a verb makes of the document; a verb that refuses is told. */
  const change = (
    label: EditLabel,
    coalesceKey: string | undefined,
    verb: (project: Project) => ProjectEdit | null,
  ) => {
    pendingText.flush()
    const opened = document.store.getState()
    if (!opened) return
    try {
      document.dispatch(verb(opened.project), label, coalesceKey)
    } catch (error) {
      notices.tellError(error)
    }
  }

  return {
    changeSettings: (patch) =>
      change('edit.settings', `settings:${Object.keys(patch).join()}`, (project) => setProjectSettings(project, patch)),
    changeDirection: (target, patch) =>
      change('edit.direction', `direction:${targetKey(target)}:${Object.keys(patch).join()}`, (project) =>
        directionEdit(project, target, patch),
      ),
    setPauseAfter: (lineIds, pauseAfterSec) =>
      change('edit.pause', undefined, (project) => setPauseAfter(project, lineIds, pauseAfterSec)),
    setClip: (lineIds, patch) =>
      change('edit.clip', `clip:${lineIds.slice(0, 3).join()}:${Object.keys(patch).join()}`, (project) => {
        const edits = lineIds.map((lineId) => setClipAdjustment(project, lineId, patch, mintId))
        return { put: edits.flatMap((edit) => edit?.put ?? []), remove: edits.flatMap((edit) => edit?.remove ?? []) }
      }),
    chooseTake: (lineId, takeId) => change('edit.take', undefined, (project) => setLineTake(project, lineId, takeId)),
    addCharacter: (name) => change('edit.addCharacter', undefined, (project) => addCharacter(project, name, mintId)),
    renameCharacter: (characterId, name) =>
      change('edit.renameCharacter', undefined, (project) => renameCharacter(project, characterId, name)),
    recolorCharacter: (characterId, colorIndex) =>
      change('edit.characterColor', undefined, (project) => setCharacterColor(project, characterId, colorIndex)),
    removeCharacter: (characterId, heirId) =>
      change('edit.removeCharacter', undefined, (project) => {
        const lines = [...project.lines.values()].filter((line) => line.characterId === characterId)
        const lineIds = lines.map(({ lineId }) => lineId)
        return inTurn(project, setLineCharacter(project, lineIds, heirId), (handedOver) =>
          removeCharacter(handedOver, characterId),
        )
      }),
    changeTrack: (trackId, patch) =>
      change('edit.track', `track:${trackId}:${Object.keys(patch).join()}`, (project) =>
        setTrack(project, trackId, patch),
      ),
  }
}
