import type { AudioDevice, PlaybackState } from '../../shared/audio/index.ts'
import { AppCancel, AppError } from '../../shared/kernel/index.ts'
import type { Settings } from '../../shared/settings/index.ts'
import type { AudioOutput, PlaybackAnchor, Programme } from './audio-output.ts'

export type OutputWish = Pick<Settings, 'audioOutput' | 'audioDeviceName'>
export type ChosenOutput = PlaybackState['output']

type Attempt = { output: AudioOutput; deviceName: string | null }

export type ChoiceListeners = {
  signal: AbortSignal
  onChosen(output: ChosenOutput): void
  onAnchor(anchor: PlaybackAnchor): void
}

const isDeviceFault = (error: unknown): error is AppError =>
  error instanceof AppError && error.code === 'audio.device-unavailable'

/** Plays on the output and device the settings ask for, and where that does not work, on the next best. */
export class OutputChoice implements AsyncDisposable {
  readonly #portAudio: AudioOutput
  readonly #web: AudioOutput

  constructor(portAudio: AudioOutput, web: AudioOutput) {
    this.#portAudio = portAudio
    this.#web = web
  }

  /** The output that would be tried first. */
  wished({ audioOutput, audioDeviceName }: OutputWish): ChosenOutput {
    return { kind: audioOutput === 'web' ? 'web' : 'portaudio', deviceName: audioDeviceName ?? '', fallback: null }
  }

  async devices(): Promise<AudioDevice[]> {
    const ofPortAudio = await this.#portAudio.devices().catch((error: unknown) => {
      // Where PortAudio does not work it has no devices to offer; why is told when it is asked to play.
      if (isDeviceFault(error)) return []
      throw error
    })
    return [...ofPortAudio, ...(await this.#web.devices())]
  }

  recheck(): void {
    this.#portAudio.recheck()
    this.#web.recheck()
  }

  /**
   * Plays to the end, on another output from where the sound stopped when one fails on the way.
   * @returns where the sound stopped
   * @throws AppError `audio.device-unavailable` when no output works, else what kept the mix from being made
   * @throws AppCancel when the signal aborts
   */
  async play(programme: Programme, wish: OutputWish, { signal, onChosen, onAnchor }: ChoiceListeners): Promise<number> {
    const faults: AppError[] = []
    let { fromSamples } = programme
    for (const { output, deviceName } of this.#attempts(wish)) {
      try {
        const chosenName = await output.check(deviceName, programme.plan.sampleRateHz)
        if (signal.aborted) throw new AppCancel()
        const isWished = deviceName === wish.audioDeviceName
        const fallback = faults.find((fault) => !isWished || isWorthTelling(fault, wish))?.toData() ?? null
        onChosen({ kind: output.kind, deviceName: chosenName, fallback })
        return await output.play(
          { ...programme, fromSamples },
          {
            deviceName,
            signal,
            onAnchor: (anchor) => {
              fromSamples = Math.min(Math.max(fromSamples, anchor.positionSamples), programme.untilSamples)
              onAnchor({ ...anchor, positionSamples: fromSamples })
            },
          },
        )
      } catch (error) {
        if (signal.aborted) throw new AppCancel()
        if (!isDeviceFault(error)) throw error
        faults.push(error)
      }
    }
    throw faults.at(-1) ?? new AppCancel()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#portAudio[Symbol.asyncDispose]()
    await this.#web[Symbol.asyncDispose]()
  }

  /** A device that is asked for by name is looked for in every output before another device is taken. */
  #attempts({ audioOutput, audioDeviceName }: OutputWish): Attempt[] {
    const outputs = audioOutput === 'web' ? [this.#web] : [this.#portAudio, this.#web]
    const deviceNames = audioDeviceName === null ? [null] : [audioDeviceName, null]
    return deviceNames.flatMap((deviceName) => outputs.map((output) => ({ output, deviceName })))
  }
}

/** Automatic choice means web audio where PortAudio was never there, or does not know a device that the window knows. */
const isWorthTelling = (fault: AppError, { audioOutput }: OutputWish): boolean =>
  audioOutput !== 'auto' || (fault.params.reason !== 'not-installed' && fault.params.reason !== 'no-such-device')
