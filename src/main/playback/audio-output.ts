import type { AudioDevice, AudioOutputKind, MixPlan } from '../../shared/audio/index.ts'
import { AppError, type TakeId } from '../../shared/kernel/index.ts'
import type { TakeKey } from '../../shared/render/index.ts'
import type { FollowTake } from '../take-store/index.ts'

/** A plan together with the names of its takes' files: all it takes to make its sound, in any process. */
export type PlayablePlan = {
  plan: MixPlan
  takeKeys: ReadonlyMap<TakeId, TakeKey>
  /**
   * Where this is there, the plan is of one take that is still being rendered, and as long as a take can become; how long
   * it is, and whether it comes to be at all, is told here.
   */
  growing?: FollowTake
}

/** One run of sound: a part of a plan. */
export type Programme = PlayablePlan & {
  fromSamples: number
  /** Exclusive; at most the plan's duration. */
  untilSamples: number
  /**
   * Relative URL where a window finds the plan as a WAV that ends at `untilSamples`; what grows, as the samples between
   * the two.
   */
  url: string
}

/** The sound was at this sample at this moment, and moves on from there, or waits there for more to be rendered. */
export type PlaybackAnchor = { positionSamples: number; atEpochMs: number; isWaiting: boolean }

export type PlayOptions = {
  /** null: the system's own choice. */
  deviceName: string | null
  signal: AbortSignal
  /** Called when sound starts and then at least once a second. */
  onAnchor(anchor: PlaybackAnchor): void
}

/** Somewhere sound comes out. It plays one programme at a time; the transport waits for one to settle before the next. */
export interface AudioOutput extends AsyncDisposable {
  readonly kind: AudioOutputKind
  devices(): Promise<AudioDevice[]>
  /**
   * Proves that a device can be played on. The answer is remembered until `recheck()`.
   * @param deviceName null: the system's own choice
   * @returns the device's name; empty where the output does not know it
   * @throws AppError `audio.device-unavailable`
   */
  check(deviceName: string | null, sampleRateHz: number): Promise<string>
  /** Forgets what `check` found, because devices or wishes have changed. */
  recheck(): void
  /**
   * @returns where the sound stopped: `untilSamples` or the end of what grew, or earlier when the system paused it
   * @throws AppError `audio.device-unavailable` when the device is at fault, else what kept the mix from being made
   * @throws AppCancel when the signal aborts, or what grew is not rendered any more because somebody cancelled it
   */
  play(programme: Programme, options: PlayOptions): Promise<number>
}

export type DeviceFault =
  | 'not-installed'
  | 'no-device'
  | 'no-such-device'
  | 'open-failed'
  | 'write-failed'
  | 'crashed'
  | 'no-answer'
  | 'window-refused'

/** @param detail what the library or the window said, for the log */
export const deviceUnavailable = (reason: DeviceFault, deviceName: string | null, detail = ''): AppError =>
  new AppError('audio.device-unavailable', {
    params: { device: deviceName ?? '', reason, detail: detail.slice(0, 500) },
    remedies: ['try-again', 'see-help'],
    retryable: true,
  })

/** Starts a timer; the answer cancels it. Tests pass their own clock. */
export type SetTimer = (callback: () => void, delayMs: number) => () => void

export const systemTimer: SetTimer = (callback, delayMs) => {
  const timer = setTimeout(callback, delayMs)
  return () => clearTimeout(timer)
}
