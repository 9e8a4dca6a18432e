import type { ProjectId } from '../../shared/kernel/index.ts'
import { applyEdit, type Line, type Project, type ProjectEdit, projectFromRecords } from '../../shared/project/index.ts'
import {
  createLineRequests,
  groupTakesByLine,
  type LineRequests,
  playingTake,
  type RenderWorld,
  type Take,
} from '../../shared/render/index.ts'
import { type Arrangement, arrange } from '../../shared/timeline/index.ts'
import { listTakes, loadProject, type ReadableDb } from '../library/index.ts'

type OpenProject = { project: Project; takes: Map<Line['lineId'], Take[]> | undefined }

/** Projects main keeps at hand; more than a few are never worked on at once. */
const MAX_OPEN = 3

/**
 * Main's own copies of the documents in use, so that planning and playing need not read 10,000 rows each time. They follow
 * every edit by the same `applyEdit` that the window uses.
 */
export class OpenProjects {
  readonly #db: ReadableDb
  readonly #open = new Map<ProjectId, OpenProject>()
  readonly requestOf: LineRequests = createLineRequests()

  constructor(db: ReadableDb) {
    this.#db = db
  }

  /** @throws AppError `project.not-found` */
  project(projectId: ProjectId): Project {
    return this.#get(projectId).project
  }

  takes(projectId: ProjectId): ReadonlyMap<Line['lineId'], readonly Take[]> {
    const open = this.#get(projectId)
    open.takes ??= groupTakesByLine(listTakes(this.#db, projectId, null))
    return open.takes
  }

  /** The timeline as it plays now: every line's playing take at its place. */
  arrangement(projectId: ProjectId, world: RenderWorld): Arrangement {
    const project = this.project(projectId)
    const takes = this.takes(projectId)
    return arrange(project, (line) => {
      const asked = this.requestOf(project, line, world)
      return playingTake(takes.get(line.lineId), line, asked.ok ? asked.request.takeKey : null)
    })
  }

  /** An edit has been written to the library. */
  edited(projectId: ProjectId, edit: ProjectEdit): void {
    const open = this.#open.get(projectId)
    if (open) open.project = applyEdit(open.project, edit).project
  }

  takesAdded(projectId: ProjectId, takes: readonly Take[]): void {
    const known = this.#open.get(projectId)?.takes
    if (!known) return
    for (const take of takes) known.set(take.lineId, [...(known.get(take.lineId) ?? []), take])
  }

  /** Something else changed in the library: the next look reads it anew. */
  forget(projectId: ProjectId): void {
    this.#open.delete(projectId)
  }

  #get(projectId: ProjectId): OpenProject {
    const known = this.#open.get(projectId)
    if (known) return known
    const open: OpenProject = {
      project: projectFromRecords(loadProject(this.#db, projectId).records),
      takes: undefined,
    }
    this.#open.set(projectId, open)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN) break
      this.#open.delete(oldest)
    }
    return open
  }
}
