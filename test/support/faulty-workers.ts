import { type ChildProcess, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type SpawnWorker, spawnOnNode, type WorkerEntry } from '../../src/main/worker-process/index.ts'

const main = path.resolve(import.meta.dirname, '../../src/main')
const ROOMS: Readonly<Record<WorkerEntry, string>> = {
  'engine-worker': 'engines',
  'export-worker': 'export',
  'playback-worker': 'playback',
  'model-worker': 'models',
}

export type FaultyWorker = {
  readonly entry: WorkerEntry
  readonly pid: number
  /** Engines it was asked for. */
  readonly engineIds: ReadonlySet<string>
  readonly hasExited: Promise<void>
  isAlive(): boolean
}

type Asked = { readonly method: string; readonly text: string | undefined; readonly engineId: string | undefined }
export type Fault = {
  matches(asked: Asked): boolean
  /** Before the process hears what it is asked, or as soon as it has said that part of the line is spoken. */
  readonly moment: 'asked' | 'speaking'
  act(worker: FaultyWorker): void
}

/** Starts real worker processes and does to them what a test says, when they are asked for something. */
export type FaultyWorkers = AsyncDisposable & {
  readonly spawnWorker: SpawnWorker
  readonly started: readonly FaultyWorker[]
  /** Processes that were started for an engine, in order. */
  of(engineId: string): FaultyWorker[]
  /** @returns how often it happened so far */
  on(fault: Fault): () => number
}

/** As a crash of native code or the system's hunter for memory ends a process. */
export const kill = ({ pid }: FaultyWorker): void => {
  process.kill(pid, 'SIGKILL')
}

/** Lets a process take so much more memory than it has, and no more (Linux). */
export const starve =
  (spareMb: number) =>
  ({ pid }: FaultyWorker): void => {
    const usedKb = Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
    execFileSync('prlimit', [`--as=${(usedKb + spareMb * 1024) * 1024}`, '--pid', String(pid)])
  }

/** A fault that happens so often and no more. */
export const times = (count: number, fault: Fault): Fault => {
  let left = count
  return {
    ...fault,
    matches: (asked) => {
      if (left === 0 || !fault.matches(asked)) return false
      left--
      return true
    },
  }
}

export const linesThatSay =
  (part: string): Fault['matches'] =>
  ({ method, text }) =>
    method === 'render' && text?.includes(part) === true

const askedOf = (method: string, input: unknown): Asked => {
  const { request, engineId } = (input ?? {}) as { request?: { text?: string }; engineId?: string }
  return { method, text: request?.text, engineId }
}
const isSound = (item: unknown): boolean =>
  item instanceof Float32Array || (item as { fraction?: number }).fraction !== 0

export const faultyWorkers = (): FaultyWorkers => {
  const started: FaultyWorker[] = []
  const faults: Fault[] = []
  const happened = new Map<Fault, number>()
  const act = (fault: Fault, worker: FaultyWorker): void => {
    happened.set(fault, (happened.get(fault) ?? 0) + 1)
    fault.act(worker)
  }

  const spawnWorker: SpawnWorker = (entry) => {
    let child: ChildProcess | undefined
    const channel = spawnOnNode(path.join(main, ROOMS[entry]), '.ts', (spawned) => {
      child = spawned
    })(entry)
    const pid = child?.pid
    if (pid === undefined) throw new Error(`${entry} did not start`)
    const engineIds = new Set<string>()
    const worker: FaultyWorker = {
      ...{ entry, pid, engineIds },
      hasExited: new Promise((resolve) => channel.onExit(() => resolve())),
      isAlive: () => child?.exitCode === null && child.signalCode === null,
    }
    started.push(worker)
    const speaking = new Map<number, Fault>()
    channel.onMessage((message) => {
      if (message.kind !== 'item' || !isSound(message.item)) return
      const fault = speaking.get(message.callId)
      if (!fault) return
      speaking.delete(message.callId)
      act(fault, worker)
    })
    return {
      ...channel,
      send: (message) => {
        if (message.kind === 'call') {
          const asked = askedOf(message.method, message.input)
          if (asked.engineId !== undefined) engineIds.add(asked.engineId)
          const fault = faults.find(({ matches }) => matches(asked))
          if (fault?.moment === 'asked') act(fault, worker)
          else if (fault) speaking.set(message.callId, fault)
        }
        channel.send(message)
      },
    }
  }
  return {
    ...{ spawnWorker, started },
    of: (engineId) => started.filter(({ engineIds }) => engineIds.has(engineId)),
    on: (fault) => {
      faults.push(fault)
      return () => happened.get(fault) ?? 0
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of started) if (worker.isAlive()) kill(worker)
      await Promise.all(started.map(({ hasExited }) => hasExited))
    },
  }
}
