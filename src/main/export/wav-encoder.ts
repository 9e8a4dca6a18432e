import { closeSync, openSync, writeSync } from 'node:fs'
import { type ExportTags, seededRandom } from '../../shared/audio/index.ts'
import { assert } from '../../shared/kernel/index.ts'
import type { AudioEncoder } from './audio-encoder.ts'
import { toPcmBytes } from './pcm-bytes.ts'
import { type WavSettings, wavHeader } from './wav-header.ts'

/** Any fixed value: exporting the same project twice gives the same bytes. */
const DITHER_SEED = 20_011

/** WAV files of a length known beforehand, so that the header is right from the first byte. */
export class WavEncoder implements AudioEncoder {
  readonly #settings: WavSettings
  readonly #durationSamples: number
  readonly #random = seededRandom(DITHER_SEED)
  #file: number | undefined
  #writtenSamples = 0
  #writtenBytes = 0

  constructor(filePath: string, settings: WavSettings, durationSamples: number, tags: ExportTags) {
    this.#settings = settings
    this.#durationSamples = durationSamples
    this.#file = openSync(filePath, 'w')
    try {
      this.#append(wavHeader(settings, durationSamples, tags))
    } catch (error) {
      this[Symbol.dispose]()
      throw error
    }
  }

  write(interleaved: Float32Array): void {
    this.#append(toPcmBytes(interleaved, this.#settings.sampleFormat, this.#random))
    this.#writtenSamples += interleaved.length / this.#settings.channelCount
  }

  finish(): number {
    assert(this.#writtenSamples === this.#durationSamples, 'a WAV file gets as many samples as its header says')
    if (this.#writtenBytes % 2 === 1) this.#append(new Uint8Array(1))
    this[Symbol.dispose]()
    return this.#writtenBytes
  }

  [Symbol.dispose](): void {
    if (this.#file === undefined) return
    const file = this.#file
    this.#file = undefined
    closeSync(file)
  }

  #append(bytes: Uint8Array): void {
    assert(this.#file !== undefined, 'the file is open')
    // One call may write less than it was given, on a disk that is about to be full.
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at)
    this.#writtenBytes += bytes.length
  }
}
