/** Turns PCM into one file, block by block in constant memory. Everything may throw what the disk or the codec says. */
export interface AudioEncoder extends Disposable {
  /** @param interleaved f32 at the file's rate, channels interleaved */
  write(interleaved: Float32Array): void
  /**
   * Writes what is left and closes the file.
   * @returns the least number of bytes the file must now have; a shorter one was cut off without an error
   */
  finish(): number
}
