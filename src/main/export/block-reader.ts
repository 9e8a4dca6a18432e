import type { Mixdown } from '../../shared/audio/index.ts'

/** Reads a mixdown block by block, in the same memory. */
export class BlockReader {
  readonly #mixdown: Mixdown
  #channels: Float32Array[] = []
  #interleaved = new Float32Array(0)

  constructor(mixdown: Mixdown) {
    this.#mixdown = mixdown
  }

  /** @returns interleaved; overwritten by the next read */
  async read(startSamples: number, frames: number): Promise<Float32Array> {
    const { channelCount } = this.#mixdown
    if (this.#interleaved.length !== frames * channelCount) {
      this.#channels = Array.from({ length: channelCount }, () => new Float32Array(frames))
      this.#interleaved = new Float32Array(frames * channelCount)
    }
    await this.#mixdown.readInto(startSamples, this.#channels)
    const [left, right] = this.#channels
    if (left && !right) return left
    this.#channels.forEach((channel, channelIndex) => {
      for (let i = 0; i < frames; i++) this.#interleaved[i * channelCount + channelIndex] = channel[i] ?? 0
    })
    return this.#interleaved
  }
}
