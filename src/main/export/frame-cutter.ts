/** Cuts a stream of interleaved PCM into frames of one length; what is left over waits for the next block. */
export class FrameCutter {
  readonly #staged: Float32Array<ArrayBuffer>
  #stagedLength = 0

  /** @param frameLength values per frame, all channels together */
  constructor(frameLength: number) {
    this.#staged = new Float32Array(frameLength)
  }

  /** Every full frame, in an array that is overwritten by the next. */
  *push(interleaved: Float32Array): Generator<Float32Array<ArrayBuffer>> {
    for (let at = 0; at < interleaved.length; ) {
      const taken = Math.min(this.#staged.length - this.#stagedLength, interleaved.length - at)
      this.#staged.set(interleaved.subarray(at, at + taken), this.#stagedLength)
      this.#stagedLength += taken
      at += taken
      if (this.#stagedLength < this.#staged.length) return
      this.#stagedLength = 0
      yield this.#staged
    }
  }

  /** The last frame, shorter than the others and possibly empty. */
  rest(): Float32Array<ArrayBuffer> {
    return this.#staged.slice(0, this.#stagedLength)
  }
}
