import type { AudioDevice } from '../../shared/audio/index.ts'
import type { AppContract, InputOf, PayloadOf } from '../../shared/contract/index.ts'
import { AppCancel, samplesToSec, secToSamples } from '../../shared/kernel/index.ts'
import { type AudioOutput, deviceUnavailable, type PlayOptions, type Programme, type SetTimer } from './audio-output.ts'

export type WebCommand = PayloadOf<AppContract, 'playback.web-commanded'>
export type WebReport = InputOf<AppContract, 'playback.web-reported'>

/** A window reports every second while it plays; one that is silent for this long has no sound. */
const SILENT_WINDOW_MS = 5_000

type WebRun = {
  playId: number
  report(report: Exclude<WebReport, { kind: 'devices' }>): void
}

/** Plays in a window: tells it what to play, and learns from its reports where it is. */
export class WebAudioOutput implements AudioOutput {
  readonly kind = 'web'
  readonly #emit: (command: WebCommand) => void
  readonly #setTimer: SetTimer
  #devices: readonly { deviceId: string; name: string }[] = []
  #run: WebRun | undefined
  #lastPlayId = 0

  constructor(emit: (command: WebCommand) => void, setTimer: SetTimer) {
    this.#emit = emit
    this.#setTimer = setTimer
  }

  async devices(): Promise<AudioDevice[]> {
    return this.#devices.map(({ deviceId, name }) => ({
      deviceId,
      name,
      output: 'web',
      isDefault: deviceId === 'default',
    }))
  }

  async check(deviceName: string | null): Promise<string> {
    if (deviceName === null) return this.#devices.find(({ deviceId }) => deviceId === 'default')?.name ?? ''
    if (this.#deviceIdOf(deviceName) === null) throw deviceUnavailable('no-such-device', deviceName)
    return deviceName
  }

  recheck(): void {
    // Windows report their devices whenever they change; nothing is remembered beyond that.
  }

  /** What a window says. Reports about earlier runs arrive late and are dropped. */
  report(report: WebReport): void {
    if (report.kind === 'devices') this.#devices = report.devices
    else if (report.playId === this.#run?.playId) this.#run.report(report)
  }

  async play(programme: Programme, { deviceName, signal, onAnchor }: PlayOptions): Promise<number> {
    if (signal.aborted) throw new AppCancel()
    const rateHz = programme.plan.sampleRateHz
    let endSamples = programme.untilSamples
    let unfollow = (): void => {}
    const playId = ++this.#lastPlayId
    let stopTimer = (): void => {}
    let cancel = (): void => {}
    try {
      return await new Promise<number>((resolve, reject) => {
        const expectReport = (): void => {
          stopTimer()
          stopTimer = this.#setTimer(() => {
            this.#emit({ kind: 'pause' })
            reject(deviceUnavailable('no-answer', deviceName))
          }, SILENT_WINDOW_MS)
        }
        cancel = () => {
          this.#emit({ kind: 'pause' })
          reject(new AppCancel())
        }
        signal.addEventListener('abort', cancel, { once: true })
        this.#run = {
          playId,
          report: (report) => {
            expectReport()
            if (report.kind === 'playing')
              onAnchor({
                positionSamples: secToSamples(report.positionSec, rateHz),
                atEpochMs: report.atEpochMs,
                isWaiting: report.isWaiting,
              })
            else if (report.kind === 'paused') resolve(secToSamples(report.positionSec, rateHz))
            else if (report.kind === 'ended') resolve(endSamples)
            else reject(deviceUnavailable('window-refused', deviceName, report.detail))
          },
        }
        expectReport()
        this.#emit({
          kind: 'play',
          playId,
          url: programme.url,
          fromSec: samplesToSec(programme.fromSamples, rateHz),
          streamRateHz: programme.growing ? programme.plan.sampleRateHz : null,
          deviceId: deviceName === null ? null : this.#deviceIdOf(deviceName),
        })
        if (programme.growing)
          unfollow = programme.growing((growth) => {
            if (growth.kind === 'growing') endSamples = Math.min(growth.writtenSamples, programme.untilSamples)
            else {
              this.#emit({ kind: 'pause' })
              reject(growth.error)
            }
          })
      })
    } finally {
      unfollow()
      stopTimer()
      signal.removeEventListener('abort', cancel)
      if (this.#run?.playId === playId) this.#run = undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#run) this.#emit({ kind: 'pause' })
  }

  #deviceIdOf(deviceName: string): string | null {
    return this.#devices.find(({ name }) => name === deviceName)?.deviceId ?? null
  }
}
