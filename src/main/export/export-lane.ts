import {
  type ChannelCount,
  createLoudnessMeter,
  type ExportSettings,
  type ExportTags,
  estimateSizeBytes,
  type Loudness,
  type LoudnessMeter,
} from '../../shared/audio/index.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { toExportError } from './export-error.ts'
import { openEncoder } from './open-encoder.ts'
import type { PendingFile } from './pending-file.ts'
import { RateChanger } from './rate-changer.ts'

/** One file to write. */
export type ExportTarget = PendingFile & { settings: ExportSettings }

/** What a lane has written; its name is still to be given. */
export type WrittenFile = Loudness & { target: ExportTarget; leastBytes: number; durationSamples: number }

type Output = { target: ExportTarget; encoder: AudioEncoder }

/** Every file of one rate and channel count: resampled once, measured once, encoded each. */
export class ExportLane implements Disposable {
  readonly #open = new DisposableStack()
  readonly #durationSamples: number
  readonly #rateChanger: RateChanger | undefined
  readonly #meter: LoudnessMeter
  readonly #outputs: Output[]

  /** @throws AppError `export.path-not-writable`, `export.disk-full` or `export.encoder-failed` */
  constructor(
    mix: { sampleRateHz: number; durationSamples: number },
    format: { sampleRateHz: number; channelCount: ChannelCount },
    targets: readonly ExportTarget[],
    tags: ExportTags,
  ) {
    this.#durationSamples = Math.round((mix.durationSamples * format.sampleRateHz) / mix.sampleRateHz)
    this.#meter = createLoudnessMeter(format)
    try {
      this.#rateChanger =
        mix.sampleRateHz === format.sampleRateHz
          ? undefined
          : this.#open.use(new RateChanger(mix.sampleRateHz, format.sampleRateHz, format.channelCount))
      this.#outputs = targets.map((target) => ({
        target,
        encoder: this.#open.use(
          this.#named(target, () => openEncoder(target.partPath, target.settings, this.#durationSamples, tags)),
        ),
      }))
    } catch (error) {
      this.#open.dispose()
      throw error
    }
  }

  /**
   * @param interleaved at the mixdown's rate; not kept
   * @throws AppError `export.disk-full` or `export.encoder-failed`
   */
  write(interleaved: Float32Array): void {
    this.#encode(this.#rateChanger ? this.#rateChanger.push(interleaved) : interleaved)
  }

  /** Completes and closes every file of the lane. */
  finish(): WrittenFile[] {
    if (this.#rateChanger) this.#encode(this.#rateChanger.flush())
    const loudness = this.#meter.measure()
    return this.#outputs.map(({ target, encoder }) => {
      const leastBytes = this.#named(target, () => encoder.finish())
      return { target, leastBytes, durationSamples: this.#durationSamples, ...loudness }
    })
  }

  [Symbol.dispose](): void {
    this.#open.dispose()
  }

  #encode(pcm: Float32Array): void {
    this.#meter.add(pcm)
    for (const { target, encoder } of this.#outputs) this.#named(target, () => encoder.write(pcm))
  }

  #named<Result>(target: ExportTarget, run: () => Result): Result {
    try {
      return run()
    } catch (error) {
      const neededBytes = estimateSizeBytes(target.settings, this.#durationSamples)
      throw toExportError(error, { path: target.targetPath, settings: target.settings, neededBytes })
    }
  }
}
