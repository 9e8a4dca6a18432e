import type { FileHandle } from 'node:fs/promises'
import { writeFully } from '../disk/index.ts'
import { BYTES_PER_SAMPLE, TAKE_HEADER_BYTES } from './take-wav.ts'

/** Engines hand on a tenth of a second at a time; the disk likes a few seconds better. */
const BUFFER_SAMPLES = 65_536

/** Gathers samples and writes them after the head of a take. */
export class SampleWriter {
  readonly #handle: FileHandle
  readonly #buffer = new Float32Array(BUFFER_SAMPLES)
  #buffered = 0
  #written = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  get durationSamples(): number {
    return this.#written + this.#buffered
  }

  /** Samples that others can read from the file. */
  get writtenSamples(): number {
    return this.#written
  }

  /** One block at a time. */
  async push(block: Float32Array): Promise<void> {
    for (let done = 0; done < block.length; ) {
      const part = block.subarray(done, done + BUFFER_SAMPLES - this.#buffered)
      this.#buffer.set(part, this.#buffered)
      this.#buffered += part.length
      done += part.length
      if (this.#buffered === BUFFER_SAMPLES) await this.flush()
    }
  }

  /** At any time; a write that failed once fails for everybody who comes after. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeBuffered())
    return this.#writing
  }

  async #writeBuffered(): Promise<void> {
    const samples = this.#buffered
    const bytes = new Uint8Array(this.#buffer.buffer, 0, samples * BYTES_PER_SAMPLE)
    await writeFully(this.#handle, bytes, TAKE_HEADER_BYTES + this.#written * BYTES_PER_SAMPLE)
    this.#buffer.copyWithin(0, samples, this.#buffered)
    this.#buffered -= samples
    this.#written += samples
  }
}
