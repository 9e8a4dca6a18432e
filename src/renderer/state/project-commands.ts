import type { ChapterId, CharacterId, LineId, TakeId, TrackId } from '../../shared/kernel/index.ts'
import type { Clip, Direction, Project, ProjectSettings, Track } from '../../shared/project/index.ts'
import { addCharacter, changeLines, patchDirection, putRecord, removeCharacter, setClip } from './stopgap-verbs.ts'
import type { Studio } from './studio.ts'

/** Whose direction is changed: some lines, a chapter, a character or the whole project. */
export type DirectionTarget =
  | { kind: 'lines'; lineIds: readonly LineId[] }
  | { kind: 'chapter'; chapterId: ChapterId }
  | { kind: 'character'; characterId: CharacterId }
  | { kind: 'project' }

type SettingsChange = Partial<Pick<ProjectSettings, 'title' | 'author' | 'album' | 'pauses'>>
type TrackChange = Partial<Pick<Track, 'gainDb' | 'pan' | 'isMuted' | 'isSolo'>>

/** What a person changes beside the text: cast, direction, pauses, levels, settings. */
export type ProjectCommands = {
  changeSettings(change: SettingsChange): void
  changeDirection(target: DirectionTarget, change: Partial<Direction>): void
  setPauseAfter(lineIds: readonly LineId[], pauseAfterSec: number | null): void
  setClip(lineIds: readonly LineId[], change: Partial<Pick<Clip, 'gainDb' | 'fadeInSamples' | 'fadeOutSamples'>>): void
  /** null: the newest take that matches the line plays. */
  chooseTake(lineId: LineId, takeId: TakeId | null): void
  addCharacter(name: string): void
  renameCharacter(characterId: CharacterId, name: string): void
  recolorCharacter(characterId: CharacterId, colorIndex: number): void
  /** Lines of the character go to another one. */
  removeCharacter(characterId: CharacterId, heirId: CharacterId): void
  changeTrack(trackId: TrackId, change: TrackChange): void
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

export const createProjectCommands = ({
  document,
  pendingText,
}: Pick<Studio, 'document' | 'pendingText'>): ProjectCommands => {
  const mint = (): string => crypto.randomUUID()
  const withProject = (work: (project: Project) => void): void => {
    pendingText.flush()
    const opened = document.store.getState()
    if (opened) work(opened.project)
  }
  const { dispatch } = document

  const changeDirection = (project: Project, target: DirectionTarget, change: Partial<Direction>) => {
    const { settings } = project
    switch (target.kind) {
      case 'lines':
        return changeLines(project, target.lineIds, (line) => ({
          ...line,
          direction: patchDirection(line.direction, change),
        }))
      case 'project':
        return putRecord({ ...settings, direction: patchDirection(settings.direction, change) })
      case 'chapter': {
        const chapter = project.chapters.get(target.chapterId)
        return chapter && putRecord({ ...chapter, direction: patchDirection(chapter.direction, change) })
      }
      case 'character': {
        const character = project.characters.get(target.characterId)
        return character && putRecord({ ...character, direction: patchDirection(character.direction, change) })
      }
    }
  }

  return {
    changeSettings: (change) =>
      withProject(({ settings }) =>
        dispatch(putRecord({ ...settings, ...change }), 'edit.settings', `settings:${Object.keys(change).join()}`),
      ),
    changeDirection: (target, change) =>
      withProject((project) => {
        const edit = changeDirection(project, target, change)
        const fields = Object.keys(change).join()
        if (edit) dispatch(edit, 'edit.direction', `direction:${targetKey(target)}:${fields}`)
      }),
    setPauseAfter: (lineIds, pauseAfterSec) =>
      withProject((project) =>
        dispatch(
          changeLines(project, lineIds, (line) => ({ ...line, pauseAfterSec })),
          'edit.pause',
        ),
      ),
    setClip: (lineIds, change) =>
      withProject((project) =>
        dispatch(
          { put: lineIds.flatMap((lineId) => setClip(project, lineId, change, mint).put), remove: [] },
          'edit.clip',
          `clip:${lineIds.slice(0, 3).join()}:${Object.keys(change).join()}`,
        ),
      ),
    chooseTake: (lineId, takeId) =>
      withProject((project) =>
        dispatch(
          changeLines(project, [lineId], (line) => ({ ...line, takeId })),
          'edit.take',
        ),
      ),
    addCharacter: (name) => withProject((project) => dispatch(addCharacter(project, name, mint), 'edit.addCharacter')),
    renameCharacter: (characterId, name) =>
      withProject((project) => {
        const character = project.characters.get(characterId)
        if (character) dispatch(putRecord({ ...character, name }), 'edit.renameCharacter')
      }),
    recolorCharacter: (characterId, colorIndex) =>
      withProject((project) => {
        const character = project.characters.get(characterId)
        if (character) dispatch(putRecord({ ...character, colorIndex }), 'edit.characterColor')
      }),
    removeCharacter: (characterId, heirId) =>
      withProject((project) => dispatch(removeCharacter(project, characterId, heirId), 'edit.removeCharacter')),
    changeTrack: (trackId, change) =>
      withProject((project) => {
        const track = project.tracks.get(trackId)
        if (track) dispatch(putRecord({ ...track, ...change }), 'edit.track', `track:${trackId}:${Object.keys(change)}`)
      }),
  }
}
