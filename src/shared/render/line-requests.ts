import type { Chapter, Character, Line, Project, ProjectSettings } from '../project/index.ts'
import { type LineRequest, type RenderWorld, requestForLine } from './plan-render.ts'

type Remembered = {
  settings: ProjectSettings
  character: Character | undefined
  chapter: Chapter | undefined
  world: RenderWorld
  request: LineRequest
}

/** `requestForLine`, computed once for as long as nothing it depends on has changed. */
export type LineRequests = (project: Project, line: Line, world: RenderWorld) => LineRequest

/** One edit of one line then costs one request, not one for each line of the project. */
export const createLineRequests = (): LineRequests => {
  const known = new WeakMap<Line, Remembered>()
  return (project, line, world) => {
    const { settings } = project
    const character = project.characters.get(line.characterId)
    const chapter = project.chapters.get(line.chapterId)
    const last = known.get(line)
    if (last?.settings === settings && last.character === character && last.chapter === chapter && last.world === world)
      return last.request
    const request = requestForLine(project, line, world)
    known.set(line, { settings, character, chapter, world, request })
    return request
  }
}
