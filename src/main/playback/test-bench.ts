import {
  MAX_TAKE_SAMPLES,
  type MixPlan,
  type PlaybackState,
  type PlaybackSubject,
  planOfTake,
  type ReadTake,
} from '../../shared/audio/index.ts'
import {
  lineIdSchema,
  projectIdSchema,
  type SampleRateHz,
  type TakeId,
  takeIdSchema,
} from '../../shared/kernel/index.ts'
import { takeKeySchema } from '../../shared/render/index.ts'
import type { TakeGrowth } from '../take-store/index.ts'
import type { SpawnWorker } from '../worker-process/index.ts'
import type { PlayablePlan, SetTimer } from './audio-output.ts'
import type { GrowInput } from './playback-worker-methods.ts'
import { createTransport, type Transport, type TransportDeps } from './transport.ts'
import type { WebCommand } from './web-audio-output.ts'

/** What the tests of this room share: sounds with known samples, a clock, and a worker that does as it is told. */

export const RATE_HZ: SampleRateHz = 24_000

/** Sample of a take that tells its take and its place; exact in 32-bit float. */
export const knownSample = (takeNumber: number, atSamples: number): number =>
  ((atSamples % 4096) + 1) / 8192 + (takeNumber % 4) / 16

export const takeIdOf = (takeNumber: number): TakeId => takeIdSchema.parse(`take_${takeNumber}`)
export const takeKeyOf = (takeNumber: number) => takeKeySchema.parse(String(takeNumber).padStart(64, '0'))

/** Clips of the given lengths, one after another with a gap, each from a take of its own. */
export const planOfClips = (durationsSamples: readonly number[], gapSamples = 500): PlayablePlan => {
  let startSamples = 0
  const clips = durationsSamples.map((durationSamples, index): MixPlan['clips'][number] => {
    const clip = {
      lineId: lineIdSchema.parse(`line_${index}`),
      takeId: takeIdOf(index),
      trackId: null,
      startSamples,
      durationSamples,
      gainDb: -1.5 * index,
      fadeInSamples: 0,
      fadeOutSamples: 20,
    }
    startSamples += durationSamples + gapSamples
    return clip
  })
  const durationSamples = Math.max(0, startSamples - gapSamples)
  return {
    plan: { sampleRateHz: RATE_HZ, durationSamples, clips, tracks: [] },
    takeKeys: new Map(durationsSamples.map((_, index) => [takeIdOf(index), takeKeyOf(index)])),
  }
}

export const readKnownTake: ReadTake = async (takeId, startSamples, target) => {
  const takeNumber = Number(takeId.slice('take_'.length))
  for (let index = 0; index < target.length; index++) target[index] = knownSample(takeNumber, startSamples + index)
}

export const projectSubject = (name: string): PlaybackSubject => ({
  kind: 'project',
  projectId: projectIdSchema.parse(`project_${name}`),
})

export const lineSubject = (projectName: string, name: string): PlaybackSubject => ({
  kind: 'line',
  projectId: projectIdSchema.parse(`project_${projectName}`),
  lineId: lineIdSchema.parse(`line_${name}`),
})

/** A line that is being rendered, as the test says; there are no files behind it. */
export const planThatGrows = () => {
  const followers = new Set<(growth: TakeGrowth) => void>()
  let last: TakeGrowth | undefined
  const tell = (growth: TakeGrowth): void => {
    last = growth
    for (const follower of [...followers]) follower(growth)
  }
  const [takeId, takeKey] = [takeIdOf(0), takeKeyOf(0)]
  const lineId = lineIdSchema.parse('line_one')
  const playable: PlayablePlan = {
    plan: planOfTake({ lineId, takeId, sampleRateHz: RATE_HZ, durationSamples: MAX_TAKE_SAMPLES }),
    takeKeys: new Map([[takeId, takeKey]]),
    growing: (onGrowth) => {
      const follower = (growth: TakeGrowth): void => onGrowth(growth)
      followers.add(follower)
      if (last) onGrowth(last)
      return () => {
        followers.delete(follower)
      }
    },
  }
  return {
    playable,
    grow: (writtenSamples: number, isWhole = false) =>
      tell({ kind: 'growing', takeKey, unfinishedFile: '/nowhere.new', file: '/nowhere', writtenSamples, isWhole }),
    lose: (error: Error) => tell({ kind: 'lost', error }),
    followers: () => followers.size,
  }
}

export class TestClock {
  nowMs = 1_000_000
  #timers: { dueMs: number; callback: () => void }[] = []

  readonly nowEpochMs = (): number => this.nowMs
  readonly setTimer: SetTimer = (callback, delayMs) => {
    const timer = { dueMs: this.nowMs + delayMs, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  advance(byMs: number): void {
    this.nowMs += byMs
    const due = this.#timers.filter(({ dueMs }) => dueMs <= this.nowMs)
    this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.nowMs)
    for (const { callback } of due) callback()
  }
}

type WorkerPlay = {
  input: { fromSamples: number; untilSamples: number; deviceName: string | null; growingId: number | null }
  anchor(positionSamples: number, atEpochMs: number, isWaiting?: boolean): void
  end(positionSamples?: number): void
  fail(code: 'take.missing' | 'audio.device-unavailable'): void
  isCancelled: boolean
}

/** A playback worker without sound: it keeps what it is asked to play, and the test says how that goes on. */
export class ScriptedWorker {
  readonly plays: WorkerPlay[] = []
  readonly grown: GrowInput[] = []
  spawnCount = 0
  killCount = 0
  /** Methods that are never answered. */
  readonly mute = new Set<string>()
  /** Devices that `check` finds; null is the system's own choice. */
  knownDevices: readonly (string | null)[] = [null]

  readonly spawn: SpawnWorker = () => {
    this.spawnCount++
    let toOwner: Parameters<ReturnType<SpawnWorker>['onMessage']>[0] = () => {}
    let onExit: (exitCode: number | null) => void = () => {}
    const running = new Map<number, WorkerPlay>()
    return {
      onMessage: (listener) => {
        toOwner = listener
      },
      onExit: (listener) => {
        onExit = listener
      },
      kill: () => {
        this.killCount++
        onExit(null)
      },
      send: (message) => {
        const { callId } = message
        if (message.kind === 'cancel') {
          const play = running.get(callId)
          if (play) play.isCancelled = true
          if (!this.mute.has('cancel')) queueMicrotask(() => toOwner({ kind: 'cancelled', callId }))
          return
        }
        const { method } = structuredClone(message)
        const fail = (code: 'take.missing' | 'audio.device-unavailable', reason: string): void =>
          toOwner({ kind: 'failed', callId, error: { code, params: { reason }, remedies: [], retryable: false } })
        if (method === 'grow') {
          this.grown.push(message.input as GrowInput)
          queueMicrotask(() => toOwner({ kind: 'done', callId, output: undefined }))
        } else if (method === 'play') {
          const input = message.input as WorkerPlay['input']
          const play: WorkerPlay = {
            input,
            isCancelled: false,
            anchor: (positionSamples, atEpochMs, isWaiting = false) =>
              toOwner({ kind: 'item', callId, item: { positionSamples, atEpochMs, isWaiting } }),
            end: (positionSamples = input.untilSamples) =>
              toOwner({ kind: 'done', callId, output: { positionSamples } }),
            fail: (code) => fail(code, 'write-failed'),
          }
          running.set(callId, play)
          this.plays.push(play)
        } else if (!this.mute.has(method)) {
          queueMicrotask(() => {
            const { deviceName } = (message.input ?? { deviceName: null }) as { deviceName: string | null }
            if (method === 'devices')
              toOwner({ kind: 'done', callId, output: [{ deviceId: '0', name: 'Speakers', isDefault: true }] })
            else if (this.knownDevices.includes(deviceName))
              toOwner({ kind: 'done', callId, output: { deviceName: deviceName ?? 'Speakers' } })
            else fail('audio.device-unavailable', deviceName === null ? 'no-device' : 'no-such-device')
          })
        }
      },
    }
  }
}

export type Bench = {
  transport: Transport
  worker: ScriptedWorker
  clock: TestClock
  states: PlaybackState[]
  commands: WebCommand[]
  settings: ReturnType<TransportDeps['settings']>
}

/** A transport over a scripted worker; `planOf` answers with one second of sound unless told otherwise. */
export const openBench = (deps: Partial<TransportDeps> = {}): Bench => {
  const worker = new ScriptedWorker()
  const clock = new TestClock()
  const states: PlaybackState[] = []
  const commands: WebCommand[] = []
  const settings: Bench['settings'] = { audioOutput: 'auto', audioDeviceName: null }
  const transport = createTransport({
    spawnWorker: worker.spawn,
    takesDirectory: '/nowhere',
    planOf: async () => planOfClips([RATE_HZ]),
    settings: () => settings,
    onChanged: (state) => states.push(state),
    emitWebCommand: (command) => commands.push(command),
    nowEpochMs: clock.nowEpochMs,
    setTimer: clock.setTimer,
    ...deps,
  })
  return { transport, worker, clock, states, commands, settings }
}
