import type { ProjectId, TakeId } from '../../shared/kernel/index.ts'
import type { SetTimer } from './queue-deps.ts'

/** Ten times a second is as often as anybody can look. */
const INTERVAL_MS = 100

export type ChangeNoticesDeps = {
  setTimer: SetTimer
  onChanged(projectIds: ProjectId[]): void
  onTakeAdded(added: { projectId: ProjectId; takeIds: TakeId[] }): void
}

/** Gathers what changed and tells it at once when there was silence, else at the end of the interval. */
export class ChangeNotices implements Disposable {
  readonly #deps: ChangeNoticesDeps
  readonly #changed = new Set<ProjectId>()
  readonly #takes = new Map<ProjectId, TakeId[]>()
  #cancelTimer: (() => void) | undefined

  constructor(deps: ChangeNoticesDeps) {
    this.#deps = deps
  }

  changed(projectId: ProjectId): void {
    this.#changed.add(projectId)
    this.#tell()
  }

  takeAdded(projectId: ProjectId, takeId: TakeId): void {
    this.#takes.set(projectId, [...(this.#takes.get(projectId) ?? []), takeId])
    this.changed(projectId)
  }

  /** Tells what is left, now. */
  flush(): void {
    const takes = [...this.#takes]
    const changed = [...this.#changed]
    this.#takes.clear()
    this.#changed.clear()
    for (const [projectId, takeIds] of takes) this.#deps.onTakeAdded({ projectId, takeIds })
    if (changed.length > 0) this.#deps.onChanged(changed)
  }

  [Symbol.dispose](): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.flush()
  }

  #tell(): void {
    if (this.#cancelTimer) return
    this.#cancelTimer = this.#deps.setTimer(() => {
      this.#cancelTimer = undefined
      if (this.#changed.size > 0) {
        this.flush()
        this.#tell()
      }
    }, INTERVAL_MS)
    this.flush()
  }
}
