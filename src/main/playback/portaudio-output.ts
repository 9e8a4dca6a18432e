import type { AudioDevice } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { FollowTake } from '../take-store/index.ts'
import { type SpawnWorker, WorkerClient } from '../worker-process/index.ts'
import { type AudioOutput, deviceUnavailable, type PlayOptions, type Programme, type SetTimer } from './audio-output.ts'
import {
  type CheckInput,
  checkOutputSchema,
  devicesOutputSchema,
  type GrowInput,
  type PlayInput,
  playItemSchema,
  playOutputSchema,
} from './playback-worker-methods.ts'

/** Starting the worker takes 250 to 400 ms, opening a device a few; whatever takes longer than this hangs. */
const ANSWER_MS = 1_800
/** Sound moves on five times a second; a disk that has to spin up may take a moment longer. */
const ADVANCE_MS = 3_000
/** Four blocks of 20 ms play out after a stop. */
const STOP_MS = 1_000

type WatchedCall = {
  deviceName: string | null
  limitMs: number
  signal?: AbortSignal
  onItem?: (item: unknown) => void
}

/**
 * PortAudio, in a process of its own: its binding may hang or crash without a word, so every call has a deadline, and a
 * worker that misses one is killed. A fresh one starts at the next call.
 */
export class PortAudioOutput implements AudioOutput {
  readonly kind = 'portaudio'
  readonly #spawnWorker: SpawnWorker
  readonly #takesDirectory: string
  readonly #setTimer: SetTimer
  #client: WorkerClient
  readonly #checked = new Map<string, Promise<string>>()
  #endings: Promise<void>[] = []
  #lastGrowingId = 0

  constructor(deps: { spawnWorker: SpawnWorker; takesDirectory: string; setTimer: SetTimer }) {
    this.#spawnWorker = deps.spawnWorker
    this.#takesDirectory = deps.takesDirectory
    this.#setTimer = deps.setTimer
    this.#client = new WorkerClient(deps.spawnWorker, 'playback-worker')
  }

  async devices(): Promise<AudioDevice[]> {
    const devices = await this.#call('devices', undefined, { deviceName: null, limitMs: ANSWER_MS })
    return devicesOutputSchema.parse(devices).map((device) => ({ ...device, output: 'portaudio' }))
  }

  check(deviceName: string | null, sampleRateHz: number): Promise<string> {
    const key = JSON.stringify([deviceName, sampleRateHz])
    const known = this.#checked.get(key)
    if (known) return known
    const input: CheckInput = { deviceName, sampleRateHz }
    const checking = this.#call('check', input, { deviceName, limitMs: ANSWER_MS }).then(
      (output) => checkOutputSchema.parse(output).deviceName,
    )
    this.#checked.set(key, checking)
    return checking
  }

  recheck(): void {
    this.#checked.clear()
  }

  async play(programme: Programme, { deviceName, signal, onAnchor }: PlayOptions): Promise<number> {
    const { plan, takeKeys, fromSamples, untilSamples, growing } = programme
    const growingId = growing ? ++this.#lastGrowingId : null
    const lost = new AbortController()
    const input: PlayInput = {
      ...{ plan, takeKeys: [...takeKeys], takesDirectory: this.#takesDirectory },
      ...{ deviceName, fromSamples, untilSamples, growingId },
    }
    const client = this.#client
    const playing = this.#call('play', input, {
      deviceName,
      limitMs: ADVANCE_MS,
      signal: AbortSignal.any([signal, lost.signal]),
      onItem: (item) => onAnchor(playItemSchema.parse(item)),
    })
    // After the call has been sent: the worker gets to know the sound first, and how far it has come then.
    const unfollow = growing && growingId !== null ? this.#passOn(growing, growingId, client, lost) : undefined
    try {
      return playOutputSchema.parse(await playing).positionSamples
    } catch (error) {
      if (lost.signal.aborted && !signal.aborted) throw lost.signal.reason
      if (error instanceof AppError && error.code === 'audio.device-unavailable') {
        // It passed its test and failed in earnest: not to be chosen again until something changes.
        const failed = Promise.reject(error)
        failed.catch(() => {
          // Whoever checks this device hears of it; until then there is nobody to tell.
        })
        this.#checked.set(JSON.stringify([deviceName, plan.sampleRateHz]), failed)
      }
      throw error
    } finally {
      unfollow?.()
    }
  }

  /** Tells the worker how far a sound has come, one message at a time; in between only the newest is kept. */
  #passOn(growing: FollowTake, growingId: number, client: WorkerClient, lost: AbortController): () => void {
    let next: GrowInput['grown'] | undefined
    let isSending = false
    const send = async (): Promise<void> => {
      if (isSending) return
      isSending = true
      try {
        while (next) {
          const input: GrowInput = { growingId, grown: next }
          next = undefined
          await client.call('grow', input)
        }
      } finally {
        isSending = false
      }
    }
    return growing((growth) => {
      if (growth.kind === 'lost') return lost.abort(growth.error)
      next = growth
      send().catch(() => {
        // A worker that is gone cannot be told; the call that plays fails as well, and by name.
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endWorker()
    let stopTimer = (): void => {}
    // A process stuck in a driver outlives even SIGKILL for a while; the app need not.
    const late = new Promise<void>((resolve) => {
      stopTimer = this.#setTimer(resolve, STOP_MS)
    })
    await Promise.race([Promise.all(this.#endings), late])
    stopTimer()
  }

  /** Calls the worker; it must answer, or send an item, within every `limitMs`. */
  async #call(method: string, input: unknown, { deviceName, limitMs, signal, onItem }: WatchedCall): Promise<unknown> {
    const client = this.#client
    let stopTimer = (): void => {}
    let expectWithin = (_delayMs: number): void => {}
    const late = new Promise<never>((_resolve, reject) => {
      expectWithin = (delayMs) => {
        stopTimer()
        stopTimer = this.#setTimer(() => {
          if (client === this.#client) this.#endWorker()
          reject(signal?.aborted ? new AppCancel() : deviceUnavailable('no-answer', deviceName))
        }, delayMs)
      }
    })
    const expectStop = (): void => expectWithin(STOP_MS)
    expectWithin(limitMs)
    signal?.addEventListener('abort', expectStop, { once: true })
    const answer = client.call(method, input, {
      ...(signal && { signal }),
      onItem: (item) => {
        if (signal?.aborted) return
        expectWithin(limitMs)
        onItem?.(item)
      },
    })
    try {
      return await Promise.race([answer, late])
    } catch (error) {
      if (error instanceof AppCancel) throw error
      // PortAudio counts its initialisations and loses count when opening fails; only a fresh process sees new devices.
      if (client === this.#client) this.#endWorker()
      if (error instanceof AppError && error.code === 'engine.crashed')
        throw deviceUnavailable('crashed', deviceName, error.message)
      throw error
    } finally {
      stopTimer()
      signal?.removeEventListener('abort', expectStop)
    }
  }

  #endWorker(): void {
    const ending = this.#client[Symbol.asyncDispose]()
    this.#client = new WorkerClient(this.#spawnWorker, 'playback-worker')
    this.#endings.push(ending)
    void ending.then(() => {
      this.#endings = this.#endings.filter((other) => other !== ending)
    })
  }
}
