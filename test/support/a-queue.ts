import path from 'node:path'
import { createProject, type Library, listTakes, openLibrary } from '../../src/main/library/index.ts'
import { createRenderQueue, type RenderQueue } from '../../src/main/render-queue/index.ts'
import { openTakeStore, type TakeStore } from '../../src/main/take-store/index.ts'
import { AppError, type ProjectId, type TakeId } from '../../src/shared/kernel/index.ts'
import { orderedLines, type Project, recordsOfProject } from '../../src/shared/project/index.ts'
import { groupTakesByLine, planRender, type QueueLine, type RenderPlan } from '../../src/shared/render/index.ts'
import { aProject, aVoice, aWorld, countingMint } from './a-project.ts'
import { type FakeTime, fakeTime } from './fake-time.ts'
import { type ScriptedEngine, scriptedEngine } from './scripted-engine.ts'
import { temporaryFolder } from './test-disk.ts'

export type TestQueue = AsyncDisposable & {
  readonly directory: string
  readonly library: Library
  readonly takeStore: TakeStore
  readonly queue: RenderQueue
  readonly engine: ScriptedEngine
  readonly time: FakeTime
  readonly changed: ProjectId[][]
  readonly takesAdded: { projectId: ProjectId; takeIds: TakeId[] }[]
  readonly awake: ('start' | 'stop')[]
  /** Ends everything and opens it again, as a restart does; the queue is not started. */
  reopen(): Promise<void>
  /** What rendering the whole project would ask for, given the takes there are. */
  plan(project: Project): RenderPlan
  /** State of the lines of a project, in script order. */
  statuses(project: Project): (QueueLine['status'] | undefined)[]
}

export type TestQueueOptions = {
  /** A folder to work in; by default a fresh one. */
  directory?: string
  engines?: readonly ScriptedEngine[]
}

/** A queue over a real library and a real take store, with engines that do as they are told and a clock that stands. */
export const aQueue = (options: TestQueueOptions = {}): TestQueue => {
  const folder = options.directory === undefined ? temporaryFolder() : undefined
  const directory = options.directory ?? folder?.directory ?? ''
  const engines = options.engines ?? [scriptedEngine()]
  const [engine] = engines
  if (!engine) throw new Error('a queue needs an engine')
  const time = fakeTime()
  const mint = countingMint()
  const changed: ProjectId[][] = []
  const takesAdded: TestQueue['takesAdded'] = []
  const awake: TestQueue['awake'] = []

  const open = () => {
    const library = openLibrary({ directory, nowEpochMs: () => time.nowEpochMs, mint })
    const takeStore = openTakeStore(path.join(directory, 'takes'))
    const queue = createRenderQueue({
      library,
      takeStore,
      engines: {
        get: (engineId) => {
          const found = engines.find(({ capabilities }) => capabilities.engineId === engineId)
          if (!found) throw new AppError('engine.unknown', { params: { engine: engineId } })
          return found
        },
      },
      nowEpochMs: () => time.nowEpochMs,
      random: () => 0.5,
      setTimer: time.setTimer,
      onChanged: (projectIds) => changed.push(projectIds),
      onTakeAdded: (added) => takesAdded.push(added),
      keepAwake: { start: () => awake.push('start'), stop: () => awake.push('stop') },
      log: () => undefined,
    })
    return { library, takeStore, queue }
  }
  const close = async () => {
    await now.queue[Symbol.asyncDispose]()
    await now.takeStore[Symbol.asyncDispose]()
    now.library.close()
  }
  let now = open()
  const test: TestQueue = {
    ...{ directory, engine, time, changed, takesAdded, awake },
    get library() {
      return now.library
    },
    get takeStore() {
      return now.takeStore
    },
    get queue() {
      return now.queue
    },
    reopen: async () => {
      await close()
      now = open()
    },
    plan: (project) => {
      const takes = groupTakesByLine(listTakes(now.library.db, project.settings.projectId, null))
      return planRender(project, orderedLines(project), takes, aWorld(engine.capabilities, [aVoice('low')]))
    },
    statuses: (project) => {
      const lines = new Map(now.queue.lines(project.settings.projectId).map((line) => [line.lineId, line.status]))
      return orderedLines(project).map(({ lineId }) => lines.get(lineId))
    },
    [Symbol.asyncDispose]: async () => {
      await close()
      folder?.[Symbol.dispose]()
    },
  }
  return test
}

/** A project in the library. */
export const inLibrary = (test: TestQueue, options: Parameters<typeof aProject>[0] = {}): Project => {
  const project = aProject(options)
  createProject(test.library.db, recordsOfProject(project))
  return project
}

/** Waits for a state, turn by turn. */
export const until = async (isSo: () => boolean): Promise<void> => {
  const deadlineMs = performance.now() + 10_000
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`never came to be: ${isSo}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
