import { readFileSync } from 'node:fs'

/** A PNG, which is what Chromium's pictures of pages are. */
export class NativeImage {
  readonly #png: Buffer

  constructor(png: Buffer) {
    this.#png = png
  }

  isEmpty = (): boolean => this.#png.length === 0
  toPNG = (): Buffer => this.#png
  toDataURL = (): string => `data:image/png;base64,${this.#png.toString('base64')}`

  getSize(): { width: number; height: number } {
    if (this.isEmpty()) return { width: 0, height: 0 }
    // PNG: the header chunk holds both right after the signature.
    return { width: this.#png.readUInt32BE(16), height: this.#png.readUInt32BE(20) }
  }
}

export const nativeImage = {
  createEmpty: (): NativeImage => new NativeImage(Buffer.alloc(0)),
  createFromBuffer: (png: Buffer): NativeImage => new NativeImage(png),
  createFromPath: (file: string): NativeImage => {
    try {
      return new NativeImage(readFileSync(file))
    } catch {
      return nativeImage.createEmpty() // as in Electron: no picture is an empty picture
    }
  },
}
