import type { FileHandle } from 'node:fs/promises'
import { BYTES_PER_SAMPLE, TAKE_HEADER_BYTES } from './take-wav.ts'
import { writeFully } from './write-file.ts'

/** Engines hand on a tenth of a second at a time; the disk likes a few seconds better. */
const BUFFER_SAMPLES = 65_536

/** Gathers samples and writes them after the head of a take. */
export class SampleWriter {
  readonly #handle: FileHandle
  readonly #buffer = new Float32Array(BUFFER_SAMPLES)
  #buffered = 0
  #written = 0

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  get durationSamples(): number {
    return this.#written + this.#buffered
  }

  async push(block: Float32Array): Promise<void> {
    for (let done = 0; done < block.length; ) {
      const part = block.subarray(done, done + BUFFER_SAMPLES - this.#buffered)
      this.#buffer.set(part, this.#buffered)
      this.#buffered += part.length
      done += part.length
      if (this.#buffered === BUFFER_SAMPLES) await this.flush()
    }
  }

  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#buffered * BYTES_PER_SAMPLE)
    await writeFully(this.#handle, bytes, TAKE_HEADER_BYTES + this.#written * BYTES_PER_SAMPLE)
    this.#written += this.#buffered
    this.#buffered = 0
  }
}
