import type { EngineId, ProjectId, TakeId } from '../../shared/kernel/index.ts'
import type { Engine, RenderNote } from '../engines/index.ts'
import type { ClaimedLine, Library } from '../library/index.ts'
import type { Log } from '../log/index.ts'
import type { TakeStore } from '../take-store/index.ts'

/** Runs something later. @returns a function that prevents it */
export type SetTimer = (run: () => void, delayMs: number) => () => void

export type RenderQueueDeps = {
  library: Pick<Library, 'db'>
  takeStore: Pick<TakeStore, 'keep' | 'measure'>
  /** @throws AppError `engine.unknown` */
  engines: { get(engineId: EngineId): Engine | Promise<Engine> }
  nowEpochMs(): number
  /** Uniform in [0, 1); spreads retries. */
  random(): number
  setTimer?: SetTimer
  /** Jobs or lines of these projects changed state; at most ten times a second. */
  onChanged(projectIds: ProjectId[]): void
  /** None is left out; at most ten times a second for each project. */
  onTakeAdded(added: { projectId: ProjectId; takeIds: TakeId[] }): void
  /**
   * Asked before each line, also one that is tried again or was queued long ago.
   * @throws AppError why it may not be spoken
   */
  requireConsent?(line: Pick<ClaimedLine, 'projectId' | 'request'>): void
  /** What an engine says of a line beside its sound. */
  onNote?(line: Pick<ClaimedLine, 'projectId' | 'lineId' | 'engineId'>, note: RenderNote): void
  /** Keeps the computer from sleeping while lines are spoken. */
  keepAwake?: { start(): void; stop(): void }
  log: Log
}

export const setRealTimer: SetTimer = (run, delayMs) => {
  const timer = setTimeout(run, delayMs)
  return () => clearTimeout(timer)
}

/** Lets other work of the process have its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
